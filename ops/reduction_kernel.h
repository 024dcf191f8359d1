// The loop of reductions: the operand is walked once, in order, as runs that either become one element or are combined
// with a run of elements. A reduction is a body with an accumulator.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <type_traits>

#include "base/error.h"
#include "graph/op_def.h"

namespace gradloom {

/// The walk over an operand, some of whose axes are reduced. Adjacent axes of one kind are one; it allocates nothing.
class ReductionWalk {
 public:
  static constexpr std::size_t most_axes = 32;

  ReductionWalk(const Shape& shape, const std::vector<std::int64_t>& axes);

  /// Elements in a run.
  std::int64_t length() const { return axis_[0].size; }
  /// Whether a run becomes one element; otherwise element i of it goes to element i of the result's run.
  bool reduces_runs() const { return axis_[0].step == 0; }
  /// Elements that become one.
  std::int64_t count() const { return count_; }

  /// Calls `run(at, to)` for each run: where it begins in the operand and in the result.
  template <class Run>
  void each_run(const Run& run) const {
    if (empty_) return;
    std::array<std::int64_t, most_axes> index{};
    std::int64_t at = 0, to = 0;
    while (true) {
      run(at, to);
      at += length();
      std::size_t axis = 1;
      for (; axis < axes_; ++axis) {
        to += axis_[axis].step;
        if (++index[axis] < axis_[axis].size) break;
        to -= axis_[axis].step * axis_[axis].size;
        index[axis] = 0;
      }
      if (axis == axes_) return;
    }
  }

 private:
  struct Axis {
    std::int64_t size = 1;
    std::int64_t step = 0;  // in the result; 0 when the axis is reduced
  };
  std::array<Axis, most_axes> axis_;  // innermost first
  std::size_t axes_ = 0;
  std::int64_t count_ = 1;
  bool empty_ = false;
};

/// Reduces `x` into `accumulators`, one an element of the result. A body has
///   `Accumulator` (its type), `start`, `combine(accumulator, element)` and `run(elements, count)`, which reduces a
///   run.
template <class Body, class T>
void reduce(const ReductionWalk& walk, const T* x, typename Body::Accumulator* accumulators, std::int64_t results) {
  std::fill(accumulators, accumulators + results, Body::start);
  std::int64_t length = walk.length();
  if (walk.reduces_runs()) {
    walk.each_run([&](std::int64_t at, std::int64_t to) {
      accumulators[to] = Body::combine(accumulators[to], Body::run(x + at, length));
    });
  } else {
    walk.each_run([&](std::int64_t at, std::int64_t to) {
      const T* from = x + at;
      typename Body::Accumulator* result = accumulators + to;
      for (std::int64_t i = 0; i < length; ++i)
        result[i] = Body::combine(result[i], static_cast<typename Body::Accumulator>(from[i]));
    });
  }
}

}  // namespace gradloom
