// Where the random choices of text/ come from: the order of batches, the sentences of the phrasebook. A number is a
// pure function of seed, stream and position, so that any of them can be had again.
#pragma once

#include <cstdint>
#include <iterator>
#include <span>
#include <utility>

namespace gradloom {

/// The finaliser of splitmix64 (Steele, Lea and Flood 2014).
constexpr std::uint64_t mix_bits(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

/// The numbers of one stream of one seed, in their order.
class Draws {
 public:
  Draws(std::uint64_t seed, std::uint64_t stream)
      : start_(mix_bits(mix_bits(seed + step) ^ mix_bits(stream + 2 * step))) {}

  std::uint64_t next() { return mix_bits(start_ + ++count_ * step); }
  /// A whole number in [0, limit), limit > 0.
  std::int64_t below(std::int64_t limit) {
    return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(limit));
  }
  bool chance(double probability) { return static_cast<double>(next() >> 11) * 0x1p-53 < probability; }
  /// One of a span's or an array's elements.
  template <class Range>
  const auto& pick(const Range& choices) {
    return *(std::begin(choices) + below(static_cast<std::int64_t>(std::size(choices))));
  }
  template <class T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i)
      std::swap(items[i - 1], items[static_cast<std::size_t>(below(static_cast<std::int64_t>(i)))]);
  }

 private:
  static constexpr std::uint64_t step = 0x9E3779B97F4A7C15u;
  std::uint64_t start_, count_ = 0;
};

}  // namespace gradloom
