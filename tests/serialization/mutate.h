// Small damage to a file, decided by a seed alone: what a bad disk, a bad writer or a stranger may do to it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gradloom {

/// Seeded 64-bit numbers (SplitMix64: Steele, Lea and Flood 2014).
class SeededNumbers {
 public:
  explicit SeededNumbers(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// From 0 to bound - 1; 0 when the bound is 0.
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : static_cast<std::size_t>(next() % bound); }

 private:
  std::uint64_t state_;
};

/// The text with one to four changes: bits, bytes, ranges, numbers near the bounds of their types, tokens, a cut end.
inline std::string mutated(std::string_view original, std::uint64_t seed) {
  constexpr std::array<std::string_view, 14> numbers{
      "0",  "1",   "2147483647", "2147483648", "4294967296", "4611686018427387904",  "9223372036854775807",
      "-1", "1.0", "1e999",      "-0",         "NaN",        "-9223372036854775808", "18446744073709551616"};
  constexpr std::array<std::string_view, 20> tokens{
      "[",         "]",        "{",         "}",   ",",       ":",    "\"",
      "null",      "true",     "\"nan\"",   "\\",  "\\u0000", "\xff", "\xef\xbb\xbf",
      "{\"a\":1}", "[[[[[[[[", "\"shape\"", "F16", " ",       "'"};
  SeededNumbers random(seed);
  std::string text(original);
  for (std::size_t changes = 1 + random.below(4); changes > 0; --changes) {
    std::size_t at = random.below(text.size());
    std::size_t length = std::min(1 + random.below(random.below(2) == 0 ? 4 : 64), text.size() - at);
    switch (random.below(10)) {
      case 0:
        if (!text.empty()) text[at] = static_cast<char>(text[at] ^ (1 << random.below(8)));
        break;
      case 1:
        if (!text.empty()) text[at] = static_cast<char>(random.below(256));
        break;
      case 2:
        text.erase(at, length);
        break;
      case 3:
        text.insert(at, text.substr(at, length));
        break;
      case 4:
        text.insert(random.below(text.size()), text.substr(at, length));
        break;
      case 5:
        text.insert(at, tokens[random.below(tokens.size())]);
        break;
      case 6:
        text.resize(at);
        break;
      case 7:
        for (std::uint64_t bytes = random.next(), i = 0; i < length && i < 8; ++i)
          text[at + i] = static_cast<char>(random.below(2) == 0 ? 0xff : bytes >> (8 * i));
        break;
      default: {
        // A number that is there becomes another one, so that the syntax stays whole.
        std::size_t digit = text.find_first_of("0123456789", at);
        if (digit == std::string::npos) break;
        std::size_t end = std::min(text.find_first_not_of("0123456789", digit), text.size());
        text.replace(digit, end - digit, numbers[random.below(numbers.size())]);
      }
    }
  }
  return text;
}

}  // namespace gradloom
