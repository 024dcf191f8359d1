// The wire format to the byte: what it says of good bytes, and each refusal with its place.
#include "serialization/onnx/wire.h"

#include <doctest/doctest.h>

#include "serialization/file.h"

using namespace gradloom;
using onnx::WireReader;

namespace {

// Reads all fields of the bytes; the error, or "" when there is none.
std::string refused(std::string_view bytes) {
  onnx::WireFile file{bytes_of(bytes), "w.onnx", 2};
  WireReader in(file, "Message");
  try {
    while (in.next()) {
    }
  } catch (const UserError& error) {
    CHECK(error.fault() == Fault::input);
    return error.what();
  }
  return "";
}

// What taking the value of the first field says.
template <class Take>
std::string refused_value(std::string_view bytes, const Take& take) {
  onnx::WireFile file{bytes_of(bytes), "w.onnx", 2};
  WireReader in(file, "Message");
  REQUIRE(in.next());
  try {
    take(in);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

std::vector<std::uint64_t> numbers_in(std::string_view bytes) {
  onnx::WireFile file{bytes_of(bytes), "w.onnx", 2};
  WireReader in(file, "Message");
  std::vector<std::uint64_t> out;
  while (in.next()) in.each_number([&](std::uint64_t number) { out.push_back(number); });
  return out;
}

using namespace std::string_view_literals;

}  // namespace

TEST_CASE("serialization/onnx/wire: numbers, one by one and packed") {
  CHECK(numbers_in("\x08\x00\x08\x96\x01"sv) == std::vector<std::uint64_t>{0, 150});
  CHECK(numbers_in("\x0a\x03\x03\x8e\x02\x0a\x00\x08\x05"sv) == std::vector<std::uint64_t>{3, 270, 5});
  CHECK(numbers_in("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv) == std::vector<std::uint64_t>{~std::uint64_t{0}});
  // More bytes than needed are no error.
  CHECK(numbers_in("\x08\x85\x80\x00"sv) == std::vector<std::uint64_t>{5});
}

TEST_CASE("serialization/onnx/wire: bytes that are no message are refused with their place") {
  CHECK(refused("") == "");
  CHECK(refused("\x08\x01\x80"sv) == "w.onnx: byte 2, in Message: a number that does not end");
  CHECK(refused("\x08\xff"sv) == "w.onnx: byte 0, in Message: a number that does not end");
  CHECK(refused("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"sv) ==
        "w.onnx: byte 0, in Message: a number of more than 64 bits");
  CHECK(refused("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv) ==
        "w.onnx: byte 0, in Message: a number of more than 64 bits");
  CHECK(refused("\x00\x01"sv) == "w.onnx: byte 0, in Message: a field of number 0");
  CHECK(refused("\x80\x80\x80\x80\x10\x01"sv) ==
        "w.onnx: byte 0, in Message: a field of number 536870912, above 536870911");
  CHECK(refused("\x12\x05\x61\x62"sv) == "w.onnx: byte 0, in Message: field 2 of 5 bytes, but 2 follow");
  CHECK(refused("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv) ==
        "w.onnx: byte 0, in Message: field 2 of 18446744073709551615 bytes, but 0 follow");
  CHECK(refused("\x08\x01\x15\x00\x00"sv) == "w.onnx: byte 2, in Message: field 2 of 4 bytes, but 2 follow");
  CHECK(refused("\x11\x00"sv) == "w.onnx: byte 0, in Message: field 2 of 8 bytes, but 1 follow");
  CHECK(refused("\x0b\x0c"sv) == "w.onnx: byte 0, in Message: field 1 is a group, which ONNX has none of");
  CHECK(refused("\x0c"sv) == "w.onnx: byte 0, in Message: field 1 is a group, which ONNX has none of");
  CHECK(refused("\x0e"sv) == "w.onnx: byte 0, in Message: field 1 of the wire type 6, which is unknown");
  CHECK(refused("\x0f"sv) == "w.onnx: byte 0, in Message: field 1 of the wire type 7, which is unknown");
}

TEST_CASE("serialization/onnx/wire: a field that holds something else is refused") {
  CHECK(refused_value("\x08\x01"sv, [](WireReader& in) { in.bytes(); }) ==
        "w.onnx: byte 0, in Message: field 1 is a varint, not a length with bytes");
  CHECK(refused_value("\x0a\x00"sv, [](WireReader& in) { in.number(); }) ==
        "w.onnx: byte 0, in Message: field 1 is a length with bytes, not a varint");
  CHECK(refused_value("\x09\x00\x00\x00\x00\x00\x00\x00\x00"sv, [](WireReader& in) { in.real(); }) ==
        "w.onnx: byte 0, in Message: field 1 is 8 bytes of fixed width, not 4 bytes of fixed width");
  CHECK(refused_value("\x0d\x00\x00\x00\x00"sv, [](WireReader& in) { in.each_number([](auto) {}); }) ==
        "w.onnx: byte 0, in Message: field 1 is 4 bytes of fixed width, not a length with bytes");
  CHECK(refused_value("\x0a\x03\x00\x00\x00"sv, [](WireReader& in) { in.each_fixed<4>([](auto) {}); }) ==
        "w.onnx: byte 0, in Message: field 1 of 3 bytes, which is no multiple of 4");
  CHECK(refused_value("\x0a\x02\x61\xff"sv, [](WireReader& in) { in.text(); }) ==
        "w.onnx: byte 0, in Message: field 1 is no UTF-8: \"a\\xff\"");
  CHECK(refused_value("\x0a\x02\x05\x80"sv, [](WireReader& in) { in.each_number([](auto) {}); }) ==
        "w.onnx: byte 0, in Message: a number that does not end");
}

TEST_CASE("serialization/onnx/wire: a message ends where its length says, and the levels are counted") {
  // A message of one byte: the varint behind it belongs to the outer one.
  auto inner_cut = [](WireReader& in) {
    WireReader inside = in.message("Inner");
    inside.next();
  };
  CHECK(refused_value("\x0a\x01\x08\x01"sv, inner_cut) == "w.onnx: byte 2, in Inner: a number that does not end");
  auto three = [](WireReader& in) {
    WireReader second = in.message("Second");
    REQUIRE(second.next());
    WireReader third = second.message("Third");
    REQUIRE(third.next());
    third.message("Fourth");
  };
  CHECK(refused_value("\x0a\x04\x0a\x02\x0a\x00"sv, three) ==
        "w.onnx: byte 4, in Third: more than 2 messages inside each other, the limit");
}

TEST_CASE("serialization/onnx/wire: what is written, to the byte") {
  auto content = [](onnx::WireWriter& out) {
    out.integer(1, 150);
    out.integer(16, -1);
    out.real(2, 1.5f);
    out.optional_text(3, "");
    out.message(4, [&] {
      out.text(1, "ab");
      out.message(2, [] {});
      out.message(3, [&] { out.text(1, std::string(200, 'x')); });
    });
    out.bytes(5, {});
  };
  std::string expected("\x08\x96\x01\x80\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x15\x00\x00\xc0\x3f"sv);
  // 4 + 2 + 3 + 203 bytes, and the 200 letters are 203 with field and length.
  expected += "\x22\xd4\x01\x0a\x02"sv;
  expected += "ab\x12\x00\x1a\xcb\x01\x0a\xc8\x01"sv;
  expected += std::string(200, 'x');
  expected += "\x2a\x00"sv;
  CHECK(onnx::wire_bytes(content) == expected);
}
