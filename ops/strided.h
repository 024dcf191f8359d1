// Copies between two layouts of the same axes: what transposing, slicing, padding and packing for products are made of.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/error.h"

namespace gradloom {

/// A list of known capacity: kernels hold axes in it, so that a warm step allocates nothing.
template <class T>
class AxisList {
 public:
  static constexpr std::size_t most = 32;

  void add(T item) {
    require(count_ < most, Fault::input, "a tensor has more than ", most, " axes");
    items_[count_++] = item;
  }
  void erase(std::size_t i) {
    for (; i + 1 < count_; ++i) items_[i] = items_[i + 1];
    --count_;
  }
  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  T& operator[](std::size_t i) { return items_[i]; }
  const T& operator[](std::size_t i) const { return items_[i]; }
  T* begin() { return items_.data(); }
  T* end() { return items_.data() + count_; }
  const T* begin() const { return items_.data(); }
  const T* end() const { return items_.data() + count_; }
  T& back() { return items_[count_ - 1]; }

 private:
  std::array<T, most> items_{};
  std::size_t count_ = 0;
};

/// An axis with the steps, in elements, from one index to the next in the target and in the source. A step of the
/// source may be 0 (repeated) or negative (reversed).
struct StridedAxis {
  std::int64_t size = 1;
  std::int64_t to = 0;
  std::int64_t from = 0;
};
using StridedAxes = AxisList<StridedAxis>;

/// Copies every element, each of `bytes` (1, 4 or 8) bytes. Both pointers are those of index 0 of all axes.
void copy_strided(void* to, const void* from, StridedAxes axes, std::size_t bytes);

}  // namespace gradloom
