// Strings and numbers written as JSON read back to the same bits through the strict reader.
#include "serialization/json_writer.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/text.h"
#include "serialization/json_reader.h"

using namespace gradloom;

namespace {

// A cheap sequence of all 64-bit patterns (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number
// generators").
std::uint64_t split_mix(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

TEST_CASE("serialization/json_writer: strings") {
  CHECK(json_string("decoder/gru") == R"("decoder/gru")");
  CHECK(json_string("a\"b\\c\n\t\r\x01\x7f") == "\"a\\\"b\\\\c\\n\\t\\r\\u0001\x7f\"");
  CHECK(json_string("caf\xc3\xa9") == "\"caf\xc3\xa9\"");
  CHECK(json_string(std::string_view("\0", 1)) == "\"\\u0000\"");
  CHECK_THROWS_WITH_AS(json_string("ab\xff"), "byte 2 of \"ab\\xff\" is not UTF-8 and cannot be written as JSON",
                       UserError);
}

TEST_CASE("serialization/json_writer: every string of bytes 1 to 127 reads back") {
  std::string all;
  for (char c = 0; c < 127; ++c) all += c;
  JsonDocument document = JsonDocument::parse(json_string(all), "x");
  CHECK(document.root().as_string() == all);
}

TEST_CASE("serialization/json_writer: numbers") {
  CHECK(json_number(0.1) == "0.1");
  CHECK(json_number(0.1f) == "0.1");
  CHECK(json_number(1.0) == "1");
  CHECK(json_number(-0.0) == "-0.0");
  CHECK(json_number(-0.0f) == "-0.0");
  CHECK(json_number(1e300) == "1e+300");
  CHECK(json_number(-7) == "-7");
  CHECK(json_number(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(json_number(std::numeric_limits<double>::quiet_NaN()) == "\"nan\"");
  CHECK(json_number(std::numeric_limits<float>::infinity()) == "\"inf\"");
  CHECK(json_number(-std::numeric_limits<double>::infinity()) == "\"-inf\"");
}

TEST_CASE("serialization/json_writer: floats of every size read back to the same bits") {
  std::uint64_t state = 1;
  std::string text = "[";
  std::vector<double> doubles;
  std::vector<float> floats;
  while (floats.size() < 50'000) {
    std::uint64_t bits = split_mix(state);
    auto wide = std::bit_cast<double>(bits);
    auto narrow = std::bit_cast<float>(static_cast<std::uint32_t>(split_mix(state)));
    if (!std::isfinite(wide) || !std::isfinite(narrow)) continue;
    text += concat_text(doubles.empty() ? "" : ",", json_number(wide), ",", json_number(narrow));
    doubles.push_back(wide);
    floats.push_back(narrow);
  }
  JsonDocument document = JsonDocument::parse(text + "]", "x");
  auto list = document.root().elements();
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < floats.size(); ++i) {
    wrong += std::bit_cast<std::uint64_t>(list[2 * i].as_float64()) != std::bit_cast<std::uint64_t>(doubles[i]);
    wrong += std::bit_cast<std::uint32_t>(list[2 * i + 1].as_float32()) != std::bit_cast<std::uint32_t>(floats[i]);
  }
  CHECK(wrong == 0);
}
