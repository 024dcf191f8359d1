// One test a rule of the safetensors format (row R10), sizes near the bounds (R9), and a file that the
// reference implementation (huggingface/safetensors 0.8, Rust) wrote.
#include "serialization/safetensors.h"

#include <doctest/doctest.h>

#include <cstring>

#include "serialization/file.h"
#include "tests/serialization/scratch_folder.h"

using namespace gradloom;

namespace {

// A file with this header, its true length in front, and this many bytes of data.
std::string file_of(const std::string& header, std::size_t data_bytes = 0) {
  std::uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + header + std::string(data_bytes, '\1');
}

Safetensors parse(const std::string& bytes) { return parse_safetensors(bytes_of(bytes), "w"); }

std::string refused(const std::string& bytes) {
  try {
    parse(bytes);
  } catch (const UserError& error) {
    CHECK(error.fault() == Fault::input);
    return error.what();
  }
  return "(no error)";
}

std::string refused(const std::string& header, std::size_t data_bytes) { return refused(file_of(header, data_bytes)); }

std::string with_length(std::uint64_t length, const std::string& rest) {
  return std::string(reinterpret_cast<const char*>(&length), 8) + rest;
}

}  // namespace

TEST_CASE("serialization/safetensors: what is written reads back, NaN and -0 and bools and empty ones too") {
  Safetensors content;
  float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  content.tensors.emplace_back("z", Tensor::from<float>({2, 2}, {nan, -0.0f, inf, 1.5f}));
  content.tensors.emplace_back("b", Tensor::from<std::int64_t>({1}, {-5}));
  content.tensors.emplace_back("scalar", Tensor::scalar(0.1));
  content.tensors.emplace_back("a", Tensor::from<std::int32_t>({3}, {1, 2, 3}));
  content.tensors.emplace_back("mask", Tensor::from<bool>({2}, {true, false}));
  content.tensors.emplace_back("empty", Tensor(DType::float64, {3, 0}));
  content.tensors.emplace_back("caf\xc3\xa9 \"x\"", Tensor::scalar(1.0f));
  content.metadata = {{"step", "7"}, {"format", "pt"}};
  ScratchFolder folder;
  write_safetensors(folder.path("w"), content);
  Safetensors back = read_safetensors(folder.path("w"));
  CHECK(back.metadata == content.metadata);
  REQUIRE(back.tensors.size() == content.tensors.size());
  std::vector<std::string> names;
  for (const auto& [name, tensor] : back.tensors) {
    names.push_back(name);
    for (const auto& [given, original] : content.tensors)
      if (given == name) CHECK(tensor.identical(original));
  }
  CHECK(names == std::vector<std::string>{"b", "empty", "scalar", "a", "caf\xc3\xa9 \"x\"", "z", "mask"});
  CHECK(read_file(folder.path("w"), 10'000) == safetensors_bytes(content));
}

TEST_CASE("serialization/safetensors: the bytes of a small file") {
  Safetensors content;
  content.tensors.emplace_back("a", Tensor::from<bool>({1}, {true}));
  content.tensors.emplace_back("b", Tensor::from<float>({1, 2}, {1, -2}));
  content.metadata["k"] = "v";
  std::string header = R"({"__metadata__":{"k":"v"},"b":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
                       R"("a":{"dtype":"BOOL","shape":[1],"data_offsets":[8,9]}})";
  std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
  CHECK(padded.size() % 8 == 0);
  std::string bytes = safetensors_bytes(content);
  CHECK(bytes == with_length(padded.size(), padded) + std::string("\0\0\x80\x3f\0\0\0\xc0\1", 9));
  std::swap(content.tensors[0], content.tensors[1]);
  CHECK(safetensors_bytes(content) == bytes);
  CHECK(safetensors_bytes({}) == with_length(8, "{}      "));
  CHECK(parse(safetensors_bytes({})).tensors.empty());
}

TEST_CASE("serialization/safetensors: the length of the header (R10)") {
  CHECK(refused("") == "w: 0 bytes, but the length of the header alone takes 8");
  CHECK(refused("1234567") == "w: 7 bytes, but the length of the header alone takes 8");
  CHECK(refused(with_length(3, "{}")) == "w: a header of 3 bytes, but only 2 follow its length");
  CHECK(refused(with_length(4294967296, "{}")) == "w: a header of 4294967296 bytes, more than the limit of 100000000");
  CHECK(refused(with_length(~std::uint64_t{0}, "{}")) ==
        "w: a header of 18446744073709551615 bytes, more than the limit of 100000000");
  CHECK(refused(with_length(100'000'001, "{}")) == "w: a header of 100000001 bytes, more than the limit of 100000000");
  CHECK(refused(with_length(100'000'000, "{}")) == "w: a header of 100000000 bytes, but only 2 follow its length");
}

TEST_CASE("serialization/safetensors: the header begins with { and may be padded with spaces only (R10)") {
  CHECK(refused(with_length(0, "")) == "w: the header begins with \"\", not with {");
  CHECK(refused(" {}", 0) == "w: the header begins with \" {}\", not with {");
  CHECK(refused("[]", 0) == "w: the header begins with \"[]\", not with {");
  CHECK(refused("\xef\xbb\xbf{}", 0) == "w: the header begins with \"\xef\xbb\xbf{}\", not with {");
  CHECK(parse(file_of("{}  ")).tensors.empty());
  CHECK(refused("{}\n", 0) == "w: the header ends with \"\\u000a\"; only spaces may follow its last }");
  CHECK(refused(std::string("{}\0", 3), 0) == "w: the header ends with \"\\u0000\"; only spaces may follow its last }");
  CHECK(refused("{\"a\": \xff}", 0) == "w: header: line 1, column 7: the byte 0xff is not UTF-8");
  CHECK(refused("{} {}", 0) == "w: header: line 1, column 4: unexpected '{'; expected end of input");
}

TEST_CASE("serialization/safetensors: equal keys (R10)") {
  CHECK(refused(R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"a":{"dtype":"I32","shape":[],)"
                R"("data_offsets":[0,4]}})",
                4) == R"(w: header: the key "a" occurs twice)");
  CHECK(refused(R"({"a":{"dtype":"F32","shape":[],"shape":[1],"data_offsets":[0,4]}})", 4) ==
        R"(w: header: /a: the key "shape" occurs twice)");
}

TEST_CASE("serialization/safetensors: an entry has its three keys and no other (R10)") {
  CHECK(refused(R"({"a":{"dtype":"F32","shape":[]}})", 4) ==
        R"(w: header: /a: the key "data_offsets" is missing; there are "dtype", "shape")");
  CHECK(refused(R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"offset":1}})", 4) ==
        R"(w: header: /a: no key "offset" is known; known are "dtype", "shape", "data_offsets")");
  CHECK(refused(R"({"a":[]})", 4) == "w: header: /a: an object was expected, not an array");
  CHECK(refused(R"({"a":{"dtype":4,"shape":[],"data_offsets":[0,4]}})", 4) ==
        "w: header: /a/dtype: a string was expected, not a number");
  CHECK(refused(R"({"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}})", 4) ==
        "w: header: /a/shape/0: an integer was expected, not a string");
  CHECK(refused(R"({"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}})", 4) ==
        "w: header: /a/shape: more than 3 levels of brackets");
  CHECK(refused(R"({"a":{"dtype":"F32","shape":4,"data_offsets":[0,4]}})", 4) ==
        "w: header: /a/shape: an array was expected, not a number");
}

TEST_CASE("serialization/safetensors: the metadata maps strings to strings (R10)") {
  CHECK(refused(R"({"__metadata__":{"a":1}})", 0) == "w: header: /__metadata__/a: a string was expected, not a number");
  CHECK(refused(R"({"__metadata__":null})", 0) == "w: header: /__metadata__: an object was expected, not null");
  CHECK(parse(file_of(R"({"__metadata__":{"a":"b"}})")).metadata.at("a") == "b");
}

TEST_CASE("serialization/safetensors: a dtype that no tensor holds is named (R10)") {
  for (std::string dtype : {"F16", "BF16", "I16", "I8", "U64", "U32", "U16", "U8", "F8_E4M3", "f32", "\\u001b"}) {
    std::string shown = dtype == "\\u001b" ? "\\u001b" : dtype;
    CHECK(refused("{\"net/x\":{\"dtype\":\"" + dtype + "\",\"shape\":[],\"data_offsets\":[0,4]}}", 4) ==
          "w: tensor \"net/x\" has dtype " + shown + "; a tensor can hold F64, F32, I64, I32 and BOOL");
  }
}

TEST_CASE("serialization/safetensors: offsets (R10)") {
  auto offsets = [](const std::string& text) {
    return refused(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":)" + text + "}}", 8);
  };
  CHECK(offsets("[0,8]") == "(no error)");
  CHECK(offsets("[-8,0]") ==
        "w: header: /a/data_offsets/0: an integer from 0 to 9223372036854775807 was expected, not -8");
  CHECK(offsets("[0,8.0]") == "w: header: /a/data_offsets/1: an integer was expected, not 8.0");
  CHECK(offsets("[0]") == "w: header: /a/data_offsets: 2 offsets were expected, not 1");
  CHECK(offsets("[0,8,8]") == "w: header: /a/data_offsets: 2 offsets were expected, not 3");
  CHECK(offsets("[8,0]") == "w: header: /a/data_offsets: the end 0 is before the beginning 8");
  CHECK(offsets("[0,4]") == R"(w: tensor "a": F32 [2] takes 8 bytes, but data_offsets [0, 4] hold 4)");
  CHECK(offsets("[0,16]") == R"(w: tensor "a": F32 [2] takes 8 bytes, but data_offsets [0, 16] hold 16)");
  CHECK(offsets("[4,12]") == R"(w: tensor "a" begins at byte 4 of the data, but it is the first and must begin at 0)");
  CHECK(offsets("[18446744073709551608,18446744073709551616]") ==
        "w: header: /a/data_offsets/0: an integer from 0 to 9223372036854775807 was expected, not "
        "18446744073709551608");
}

TEST_CASE("serialization/safetensors: no hole, no overlap, nothing behind, nothing missing (R10)") {
  auto two = [](const std::string& a, const std::string& b, std::size_t data_bytes) {
    return refused(R"({"a":{"dtype":"I32","shape":[2],"data_offsets":)" + a +
                       R"(},"b":{"dtype":"F32","shape":[1],"data_offsets":)" + b + "}}",
                   data_bytes);
  };
  CHECK(two("[0,8]", "[8,12]", 12) == "(no error)");
  CHECK(two("[4,12]", "[0,4]", 12) == "(no error)");
  CHECK(two("[0,8]", "[12,16]", 16) == R"(w: tensor "b" begins at byte 12 of the data, but tensor "a" ends at 8)");
  CHECK(two("[0,8]", "[4,8]", 8) == R"(w: tensor "b" begins at byte 4 of the data, but tensor "a" ends at 8)");
  CHECK(two("[0,8]", "[0,4]", 8) == R"(w: tensor "a" begins at byte 0 of the data, but tensor "b" ends at 4)");
  CHECK(two("[0,8]", "[8,12]", 13) == "w: the tensors take 12 bytes, but 13 follow the header");
  CHECK(two("[0,8]", "[8,12]", 11) == "w: the tensors take 12 bytes, but 11 follow the header");
  CHECK(refused("{}", 1) == "w: the tensors take 0 bytes, but 1 follow the header");
}

TEST_CASE("serialization/safetensors: empty tensors lie anywhere between the others (R10)") {
  std::string header =
      R"({"e":{"dtype":"F32","shape":[0],"data_offsets":[4,4]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
      R"("f":{"dtype":"F64","shape":[2,0],"data_offsets":[0,0]}})";
  Safetensors content = parse(file_of(header, 4));
  REQUIRE(content.tensors.size() == 3);
  CHECK(content.tensors[0].first == "e");
  CHECK(content.tensors[1].second.rank() == 0);
  CHECK(content.tensors[2].second.shape() == Shape{2, 0});
  CHECK(refused(R"({"e":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}})", 0) ==
        R"(w: tensor "e" begins at byte 4 of the data, but it is the first and must begin at 0)");
}

TEST_CASE("serialization/safetensors: a bool is 0 or 1") {
  std::string file = file_of(R"({"m":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}})", 3);
  CHECK(parse(file).tensors[0].second.values<bool>()[2]);
  file.back() = 2;
  CHECK(refused(file) == R"(w: tensor "m": element 2 is the byte 2, but a bool is 0 or 1)");
}

TEST_CASE("serialization/safetensors: sizes near the bounds of 32 and 64 bits (R9)") {
  auto shape = [](const std::string& text) {
    return refused(R"({"a":{"dtype":"F32","shape":[)" + text + R"(],"data_offsets":[0,4]}})", 4);
  };
  CHECK(shape("1") == "(no error)");
  CHECK(shape("0") == R"(w: tensor "a": F32 [0] takes 0 bytes, but data_offsets [0, 4] hold 4)");
  CHECK(shape("2147483647") ==
        R"(w: tensor "a": F32 [2147483647] takes 8589934588 bytes, but data_offsets [0, 4] hold 4)");
  CHECK(shape("2147483648") ==
        R"(w: tensor "a": F32 [2147483648] takes 8589934592 bytes, but data_offsets [0, 4] hold 4)");
  CHECK(shape("4294967296") ==
        R"(w: tensor "a": F32 [4294967296] takes 17179869184 bytes, but data_offsets [0, 4] hold 4)");
  for (const char* size :
       {"4611686018427387904", "9223372036854775807", "4294967296, 4294967296, 1", "4611686018427387904, 0, 4"})
    CHECK(shape(size) == concat_text(R"(w: tensor "a": F32 [)", size, "] has more bytes than a machine can address"));
  for (const char* size : {"-1", "-9223372036854775808", "9223372036854775808"})
    CHECK(shape(size) ==
          concat_text("w: header: /a/shape/0: an integer from 0 to 9223372036854775807 was expected, not ", size));
  std::string many = "1";
  for (int i = 0; i < 64; ++i) many += ",1";
  CHECK(shape(many) == "w: header: /a/shape: 65 axes, more than the limit of 64");
  CHECK(shape(many.substr(2)) == "(no error)");
}

TEST_CASE("serialization/safetensors: offsets near the bounds (R9)") {
  for (const char* size : {"0", "1", "2147483647", "2147483648", "4294967296", "4611686018427387904",
                           "9223372036854775807", "-1", "-9223372036854775808"}) {
    CAPTURE(size);
    std::string text = size;
    CHECK(refused(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[)" + text + "," + text + "]}}", 4) !=
          "(no error)");
    CHECK(refused(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,)" + text + "]}}", 4) != "(no error)");
  }
}

TEST_CASE("serialization/safetensors: a limit, a missing and a truncated file") {
  ScratchFolder folder;
  std::string path = folder.path("w");
  CHECK_THROWS_WITH_AS(read_safetensors(path), ("cannot read " + path + ": No such file or directory").c_str(),
                       UserError);
  Safetensors content;
  content.tensors.emplace_back("a", Tensor(DType::float64, {4}));
  write_safetensors(path, content);
  CHECK(read_safetensors(path, 32).tensors.size() == 1);
  CHECK_THROWS_WITH_AS(read_safetensors(path, 31), (path + ": 32 bytes of tensors, more than the limit of 31").c_str(),
                       UserError);
  std::string bytes = safetensors_bytes(content);
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK(refused(bytes.substr(0, size)) != "(no error)");
}

TEST_CASE("serialization/safetensors: names that cannot be written") {
  Safetensors content;
  content.tensors.emplace_back("a", Tensor());
  content.tensors.emplace_back("a", Tensor());
  CHECK_THROWS_WITH_AS(safetensors_bytes(content), R"(two tensors of a safetensors file are named "a")", UserError);
  content.tensors[1].first = "__metadata__";
  CHECK_THROWS_WITH_AS(safetensors_bytes(content), R"(no tensor of a safetensors file can be named "__metadata__")",
                       UserError);
  content.tensors[1].first = "\xff";
  CHECK_THROWS_WITH_AS(safetensors_bytes(content), R"(byte 0 of "\xff" is not UTF-8 and cannot be written as JSON)",
                       UserError);
}

TEST_CASE("serialization/safetensors: a file that the reference implementation wrote") {
  Safetensors content = read_safetensors(GRADLOOM_SOURCE_DIR "/tests/golden/reference.safetensors");
  CHECK(content.metadata == std::map<std::string, std::string>{{"format", "np"}, {"note", "caf\xc3\xa9"}});
  REQUIRE(content.tensors.size() == 5);
  std::map<std::string, Tensor> by_name(content.tensors.begin(), content.tensors.end());
  CHECK(by_name.at("matrix").text() == "float32 [2, 3] {0, 0.5, 1, 1.5, 2, 2.5}");
  CHECK(by_name.at("wide").text() == "float64 [2] {0.1, -inf}");
  CHECK(by_name.at("ids").text() == "int32 [3] {-1, 0, 2147483647}");
  CHECK(by_name.at("step").text() == "int64 [] {9007199254740993}");
  CHECK(by_name.at("mask").text() == "bool [2] {true, false}");
}
