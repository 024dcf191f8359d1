// How fast this machine reads memory right now: what products of one row with a large matrix are held against.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace gradloom {

class ReadRate {
 public:
  /// Reads a buffer of so many bytes, as large as what it is compared with, so that the same cache holds both.
  explicit ReadRate(std::size_t bytes);

  /// Reads it a few times now, on one thread, in the fastest way known.
  void measure();
  /// GB/s, the median of all measurements; 0 before the first.
  double median() const;

 private:
  std::size_t words_;
  std::shared_ptr<std::byte> memory_;
  std::vector<double> rates_;
  std::uint64_t seen_ = 0;  // keeps the loads from being left out
};

}  // namespace gradloom
