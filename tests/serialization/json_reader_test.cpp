// The JSON reader: numbers exactly as written, limits, and each refusal (rows R8 and R9) to the letter.
#include "serialization/json_reader.h"

#include <doctest/doctest.h>

#include <bit>
#include <chrono>
#include <cmath>

using namespace gradloom;

namespace {

JsonDocument parse(std::string_view text, const JsonLimits& limits = {}) {
  return JsonDocument::parse(text, "module.json", limits);
}

// The text of the UserError, which must be a fault of the input.
template <class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (const UserError& error) {
    CHECK(error.fault() == Fault::input);
    return error.what();
  }
  return "(no error)";
}

std::string refused(std::string_view text, const JsonLimits& limits = {}) {
  return refusal([&] { parse(text, limits); });
}

}  // namespace

TEST_CASE("serialization/json_reader: every kind of value is read, in the order of the text") {
  JsonDocument document = parse(R"( {"b": [1, -2, 2.5, "x\n\u00e9\ud83d\ude00", true, null], "a": {}, "": []} )");
  JsonValue root = document.root();
  CHECK(root.kind() == JsonKind::object);
  CHECK(root.size() == 3);
  auto members = root.members();
  CHECK(members[0].first == "b");
  CHECK(members[1].first == "a");
  CHECK(members[2].first == "");
  CHECK(members[1].second.size() == 0);
  auto list = root.at("b").elements();
  REQUIRE(list.size() == 6);
  CHECK(list[0].as_int64() == 1);
  CHECK(list[1].as_int64() == -2);
  CHECK(list[2].as_number() == 2.5);
  CHECK(list[3].as_string() == "x\n\xc3\xa9\xf0\x9f\x98\x80");
  CHECK(list[4].as_bool());
  CHECK(list[5].is_null());
  CHECK(list[5].pointer() == "/b/5");
  CHECK(root.pointer() == "");
  CHECK(root.find("a").has_value());
  CHECK(!root.find("c").has_value());
  JsonDocument number = parse("7");
  CHECK(number.root().as_int64() == 7);
}

TEST_CASE("serialization/json_reader: integers are exact up to their bounds") {
  JsonDocument document = parse("[9223372036854775807, -9223372036854775808, 18446744073709551615, 0]");
  auto list = document.root().elements();
  CHECK(list[0].as_int64() == std::numeric_limits<std::int64_t>::max());
  CHECK(list[1].as_int64() == std::numeric_limits<std::int64_t>::min());
  CHECK(list[2].as_uint64() == std::numeric_limits<std::uint64_t>::max());
  CHECK(list[3].as_uint64() == 0);
  CHECK(refusal([&] { list[2].as_int64(); }) ==
        "module.json: /2: an integer from -9223372036854775808 to 9223372036854775807 was expected, not "
        "18446744073709551615");
  CHECK(refusal([&] { list[0].as_int64(0, 5); }) ==
        "module.json: /0: an integer from 0 to 5 was expected, not 9223372036854775807");
}

TEST_CASE("serialization/json_reader: what is not written as an integer is none") {
  JsonDocument document = parse(R"([1.0, 1e2, -1, 18446744073709551616, -9223372036854775809, -0, "1", 2.5E+3])");
  auto list = document.root().elements();
  CHECK(refusal([&] { list[0].as_int64(); }) == "module.json: /0: an integer was expected, not 1.0");
  CHECK(refusal([&] { list[1].as_uint64(); }) == "module.json: /1: an integer was expected, not 1e2");
  CHECK(refusal([&] { list[2].as_uint64(); }) ==
        "module.json: /2: an integer from 0 to 18446744073709551615 was expected, not -1");
  CHECK(refusal([&] { list[3].as_uint64(); }) ==
        "module.json: /3: an integer from 0 to 18446744073709551615 was expected, not 18446744073709551616");
  CHECK(refusal([&] { list[4].as_int64(); }) ==
        "module.json: /4: an integer from -9223372036854775808 to 9223372036854775807 was expected, not "
        "-9223372036854775809");
  CHECK(refusal([&] { list[5].as_int64(); }) == "module.json: /5: an integer was expected, not -0");
  CHECK(refusal([&] { list[6].as_int64(); }) == "module.json: /6: an integer was expected, not a string");
  CHECK(list[3].as_number() == 18446744073709551616.0);
  CHECK(list[7].as_number() == 2500);
}

TEST_CASE("serialization/json_reader: sizes near the bounds of 32 and 64 bits (R9)") {
  for (const char* text :
       {"0", "1", "2147483647", "2147483648", "4294967296", "4611686018427387904", "9223372036854775807"}) {
    JsonDocument document = parse(text);
    CHECK(std::to_string(document.root().as_int64(0)) == text);
    CHECK(std::to_string(document.root().as_uint64()) == text);
  }
  for (const char* text : {"-1", "-9223372036854775808"}) {
    JsonDocument document = parse(text);
    CHECK(std::to_string(document.root().as_int64()) == text);
    CHECK(refusal([&] { document.root().as_int64(0); }) ==
          concat_text("module.json: an integer from 0 to 9223372036854775807 was expected, not ", text));
  }
}

TEST_CASE("serialization/json_reader: floats are the nearest of their type") {
  JsonDocument document = parse(R"([0.1, 16777217, 1e-400, "nan", "inf", "-inf", -0, -0.0, 1e39, "NaN", 5e-324, 1e-50,)"
                                R"( 1.000000059604644775390625000000000000000000001])");
  auto list = document.root().elements();
  CHECK(list[0].as_float64() == 0.1);
  CHECK(list[0].as_float32() == 0.1f);
  CHECK(list[1].as_float32() == 16777216.0f);
  CHECK(list[1].as_float64() == 16777217.0);
  CHECK(list[2].as_number() == 0);
  CHECK(std::isnan(list[3].as_float32()));
  CHECK(list[4].as_float64() == std::numeric_limits<double>::infinity());
  CHECK(list[5].as_float32() == -std::numeric_limits<float>::infinity());
  CHECK(std::signbit(list[6].as_float64()));
  CHECK(std::signbit(list[6].as_float32()));
  CHECK(std::signbit(list[7].as_float32()));
  CHECK(list[10].as_float64() == 5e-324);
  CHECK(list[11].as_float32() == 0.0f);
  // A hair above the middle of two floats: by way of a double it would round down to the even one.
  CHECK(list[12].as_float32() == 1.00000011920928955078125f);
  CHECK(refusal([&] { list[8].as_float32(); }) == "module.json: /8: a number within float32 was expected, not 1e39");
  CHECK(refusal([&] { list[9].as_float64(); }) ==
        R"(module.json: /9: a number, "nan", "inf" or "-inf" was expected, not a string)");
  CHECK(refusal([&] { list[3].as_number(); }) == "module.json: /3: a number was expected, not a string");
}

TEST_CASE("serialization/json_reader: another kind of value is refused by its place") {
  JsonDocument document = parse(R"({"functions": {"loss": {"nodes": [0, 1, 2, {"inputs": [7]}]}}, "a/b~c": 1})");
  JsonValue root = document.root();
  JsonValue input = root.at("functions").at("loss").at("nodes").elements()[3].at("inputs").elements()[0];
  CHECK(refusal([&] { input.as_string(); }) ==
        "module.json: /functions/loss/nodes/3/inputs/0: a string was expected, not a number");
  CHECK(refusal([&] { input.as_bool(); }) ==
        "module.json: /functions/loss/nodes/3/inputs/0: true or false was expected, not a number");
  CHECK(refusal([&] { input.elements(); }) ==
        "module.json: /functions/loss/nodes/3/inputs/0: an array was expected, not a number");
  CHECK(refusal([&] { root.as_string(); }) == "module.json: a string was expected, not an object");
  CHECK(refusal([&] { root.at("a/b~c").members(); }) == "module.json: /a~1b~0c: an object was expected, not a number");
  CHECK(refusal([&] { root.at("functions").refuse("no function ", 3); }) == "module.json: /functions: no function 3");
  CHECK(refusal([&] { input.size(); }) ==
        "module.json: /functions/loss/nodes/3/inputs/0: an array or an object was expected, not a number");
}

TEST_CASE("serialization/json_reader: missing and unknown keys") {
  JsonDocument document = parse(R"({"node": {"name": 1, "inpts": 2}, "none": {}})");
  JsonValue node = document.root().at("node");
  CHECK(refusal([&] { node.at("inputs"); }) ==
        R"(module.json: /node: the key "inputs" is missing; there are "name", "inpts")");
  CHECK(refusal([&] { document.root().at("none").at("x"); }) ==
        R"(module.json: /none: the key "x" is missing; the object is empty)");
  CHECK(refusal([&] {
          node.allow_keys({"name", "inputs"});
        }) == R"(module.json: /node: no key "inpts" is known; did you mean "inputs"?)");
  CHECK(refusal([&] {
          node.allow_keys({"name", "type"});
        }) == R"(module.json: /node: no key "inpts" is known; known are "name", "type")");
  CHECK_NOTHROW(node.allow_keys({"name", "inpts"}));
}

TEST_CASE("serialization/json_reader: a million brackets are refused at once (R8)") {
  auto begin = std::chrono::steady_clock::now();
  CHECK(refused(std::string(1'000'000, '[')) == "module.json: " + [] {
    std::string place;
    for (int i = 0; i < 63; ++i) place += "/0";
    return place;
  }() + ": more than 64 levels of brackets");
  std::string objects;
  for (int i = 0; i < 250'000; ++i) objects += "{\"a\":";
  CHECK(refused(objects, {.depth = 3}) == "module.json: /a/a: more than 3 levels of brackets");
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(1));
  CHECK_NOTHROW(parse("[[[]]]", {.depth = 3}));
}

TEST_CASE("serialization/json_reader: limits of size (R8)") {
  CHECK(refused("[1, 2, 3]", {.input_bytes = 8}) == "module.json: 9 bytes, more than the limit of 8");
  CHECK(refused("[1, [2, 3]]", {.values = 4}) == "module.json: /1: more than 4 values");
  CHECK_NOTHROW(parse("[1, 2, 3]", {.values = 4}));
  CHECK(refused(R"({"a": ["x", "12345"]})", {.string_bytes = 4}) ==
        "module.json: /a: a string of 5 bytes, more than the limit of 4");
  CHECK(refused(R"({"a": {"12345": 0}})", {.string_bytes = 4}) ==
        "module.json: /a: a key of 5 bytes, more than the limit of 4");
  CHECK(refused("[1.2345]", {.string_bytes = 4}) == "module.json: a number of 6 bytes, more than the limit of 4");
  CHECK(refused("\"" + std::string(2'000'000, 'x') + "\"") ==
        "module.json: a string of 2000000 bytes, more than the limit of 1048576");
}

TEST_CASE("serialization/json_reader: equal keys are refused (R8)") {
  CHECK(refused(R"({"a": {"x": 1, "y": 2, "x": 3}})") == R"(module.json: /a: the key "x" occurs twice)");
  CHECK(refused(R"({"x": 1, "\u0078": 3})") == R"(module.json: the key "x" occurs twice)");
  std::string many = "{";
  for (int i = 0; i < 100'000; ++i) many += "\"k" + std::to_string(i) + "\":0,";
  auto begin = std::chrono::steady_clock::now();
  CHECK(refused(many + "\"k5\":1}") == R"(module.json: the key "k5" occurs twice)");
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

TEST_CASE("serialization/json_reader: bytes that are no text (R8)") {
  CHECK(refused("\xef\xbb\xbf{}") ==
        "module.json: line 1, column 1: a byte order mark (EF BB BF) stands before the text");
  CHECK(refused("[\n \"\xc3\xa9\xff\"]") == "module.json: line 2, column 4: the byte 0xff is not UTF-8");
  CHECK(refused("\"\xed\xa0\x80\"") == "module.json: line 1, column 2: the byte 0xed is not UTF-8");
  CHECK(refused("\"\xc0\x80\"") == "module.json: line 1, column 2: the byte 0xc0 is not UTF-8");
  CHECK(refused("\"\xf4\x90\x80\x80\"") == "module.json: line 1, column 2: the byte 0xf4 is not UTF-8");
  CHECK(refused("\"\xe2\x82") == "module.json: line 1, column 2: the byte 0xe2 is not UTF-8");
  // nlohmann's lexer takes a NUL for the end and would hide what follows.
  CHECK(refused(std::string_view("{}\0 hidden", 10)) == "module.json: line 1, column 3: the byte 0x00 is not text");
  CHECK(refused(R"("\ud800")") ==
        "module.json: line 1, column 8: invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF; "
        "last read: '\"\\ud800\"'");
}

TEST_CASE("serialization/json_reader: what is not JSON has a line and a column (R8)") {
  CHECK(refused("") == "module.json: line 1, column 1: unexpected end of input; expected '[', '{', or a literal");
  CHECK(refused("{\n  \"a\": [1,\n 2,]}") ==
        "module.json: line 3, column 4: unexpected ']'; expected '[', '{', or a literal");
  CHECK(refused("{\"\xc3\xa9\" 1}") == "module.json: line 1, column 6: unexpected number literal; expected ':'");
  CHECK(refused("[NaN]") == "module.json: line 1, column 2: invalid literal; last read: '[N'");
  CHECK(refused("[1] [2]") == "module.json: line 1, column 5: unexpected '['; expected end of input");
  CHECK(refused("[1]]") == "module.json: line 1, column 4: unexpected ']'; expected end of input");
  CHECK(refused("[01]") == "module.json: line 1, column 3: unexpected number literal; expected ']'");
  CHECK(refused("[+1]") == "module.json: line 1, column 2: invalid literal; last read: '[+'");
  CHECK(refused("[1.]") == "module.json: line 1, column 4: invalid number; expected digit after '.'; last read: '1.]'");
  CHECK(refused("// no\n1") == "module.json: line 1, column 1: invalid literal; last read: '/'");
  CHECK(refused("\"a\nb\"") ==
        "module.json: line 1, column 3: invalid string: control character U+000A (LF) must be escaped to \\u000A or "
        "\\n; last read: '\"a<U+000A>'");
  CHECK(refused("{'a': 1}") ==
        "module.json: line 1, column 2: invalid literal; last read: '{''; expected string literal");
  CHECK(refused("{\"a\": 1,}") == "module.json: line 1, column 9: unexpected '}'; expected string literal");
  CHECK(refused("[\"" + std::string(300, 'x')) ==
        "module.json: line 1, column 303: invalid string: missing closing quote; last read: '\"" +
            std::string(59, 'x') + "...");
  CHECK(refused("[1, 1e999]") == "module.json: line 1, column 9: the number 1e999 is beyond float64");
}

TEST_CASE("serialization/json_reader: a key from a stranger is shown short and without control characters") {
  CHECK(refused("{\"a\\u001b[31m\": {\"" + std::string(100, 'k') + "\": {\"x\":1,\"x\":2}}}") ==
        "module.json: /a\\u001b[31m/" + std::string(80, 'k') + "...: the key \"x\" occurs twice");
}

TEST_CASE("serialization/json_reader: a document of half a million values is read in a second") {
  std::string text = "[";
  for (int i = 0; i < 100'000; ++i) text += "{\"op\": \"add\", \"inputs\": [\"x\", 1.5]},\n";
  text += "0]";
  auto begin = std::chrono::steady_clock::now();
  JsonDocument document = parse(text);
  CHECK(document.root().size() == 100'001);
  auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  MESSAGE("parsed ", text.size(), " bytes in ", seconds, " s");
  CHECK(seconds < 5);
}
