// Philox4x32-10, the counter-based generator behind every random draw: a draw is a pure function of key and counter, so
// no order of execution can change it (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011, section
// 3).
#pragma once

#include <array>
#include <cstdint>

namespace gradloom {

struct PhiloxKey {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  friend bool operator==(const PhiloxKey&, const PhiloxKey&) = default;
};

/// A counter, or the four random words made from it.
using PhiloxWords = std::array<std::uint32_t, 4>;

/// Ten rounds over the counter. Agrees with the published vectors of Random123.
constexpr PhiloxWords philox(PhiloxWords counter, PhiloxKey key) {
  for (int round = 0; round < 10; ++round) {
    std::uint64_t even = std::uint64_t{0xD2511F53} * counter[0];
    std::uint64_t odd = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(odd >> 32) ^ counter[1] ^ key.low, static_cast<std::uint32_t>(odd),
               static_cast<std::uint32_t>(even >> 32) ^ counter[3] ^ key.high, static_cast<std::uint32_t>(even)};
    key.low += 0x9E3779B9;   // the golden ratio
    key.high += 0xBB67AE85;  // the square root of 3, less 1
  }
  return counter;
}

/// The two words of a 64-bit key, low word first.
constexpr PhiloxKey philox_key(std::uint64_t key) {
  return {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)};
}

/// The key of one stream of draws at one step: the first two words of Philox of {step low, step high, stream low,
/// stream high} under the user's key.
constexpr PhiloxKey derive_key(std::int64_t key, std::int64_t step, std::int64_t stream) {
  PhiloxKey from_step = philox_key(static_cast<std::uint64_t>(step));
  PhiloxKey from_stream = philox_key(static_cast<std::uint64_t>(stream));
  PhiloxWords words = philox({from_step.low, from_step.high, from_stream.low, from_stream.high},
                             philox_key(static_cast<std::uint64_t>(key)));
  return {words[0], words[1]};
}

}  // namespace gradloom
