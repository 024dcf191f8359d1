// The loop of reductions: the operand is walked once, in order, as runs that either become one element or are combined
// with a run of elements. A reduction is a body with an accumulator.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <type_traits>

#include "base/error.h"
#include "graph/op_def.h"
#include "tensor/threads.h"

namespace gradloom {

/// The walk over an operand, or over a part of it, some of whose axes are reduced. Adjacent axes of one kind are one;
/// it allocates nothing.
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
  /// Whether there is only one run, which becomes one element.
  bool is_single_run() const { return axes_ == 1 && reduces_runs(); }
  /// How many indices the outermost axis has if each goes to elements of its own, so that they can be walked apart.
  std::int64_t independent() const { return axes_ > 1 && axis_[axes_ - 1].step != 0 ? axis_[axes_ - 1].size : 1; }

  /// Whether the runs are the rows of one matrix that are added up element by element.
  bool sums_rows() const {
    return !empty_ && axes_ == 2 && !reduces_runs() && axis_[0].step == 1 && axis_[1].step == 0;
  }
  std::int64_t rows() const { return axis_[1].size; }

  /// Calls `run(at, to)` for each run, or only for those of this range of the outermost axis (when independent() is
  /// above 1): where it begins in the operand and in the result.
  template <class Run>
  void each_run(IndexRange outermost, const Run& run) const {
    if (empty_ || outermost.size() == 0) return;
    std::array<std::int64_t, most_axes> index{};
    std::int64_t at = 0, to = 0, outer_stride = 1;
    if (axes_ > 1) {
      for (std::size_t axis = 0; axis + 1 < axes_; ++axis) outer_stride *= axis_[axis].size;
      index[axes_ - 1] = outermost.begin;
      at = outermost.begin * outer_stride;
      to = outermost.begin * axis_[axes_ - 1].step;
    }
    while (true) {
      run(at, to);
      at += length();
      std::size_t axis = 1;
      for (; axis < axes_; ++axis) {
        to += axis_[axis].step;
        std::int64_t end = axis + 1 == axes_ ? outermost.end : axis_[axis].size;
        if (++index[axis] < end) break;
        to -= axis_[axis].step * axis_[axis].size;
        index[axis] = 0;
      }
      if (axis >= axes_) return;
    }
  }
  IndexRange whole() const { return {0, axes_ > 1 ? axis_[axes_ - 1].size : 1}; }

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

/// A run reduced as eight accumulators that do not wait for each other.
template <class Body, class T>
typename Body::Accumulator reduce_run(const T* x, std::int64_t count) {
  typename Body::Accumulator part[8];
  std::fill(part, part + 8, Body::start);
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (std::int64_t lane = 0; lane < 8; ++lane) part[lane] = Body::combine(part[lane], Body::of(x[i + lane]));
  for (; i < count; ++i) part[0] = Body::combine(part[0], Body::of(x[i]));
  for (std::int64_t step : {1, 2, 4})
    for (std::int64_t lane = 0; lane < 8; lane += 2 * step) part[lane] = Body::combine(part[lane], part[lane + step]);
  return part[0];
}

/// Reduces `x` into `accumulators`, one an element of the result, on the host's threads; the parts depend on shapes
/// only. A body has `Accumulator` (its type), `start`, `of(element)`, `combine(accumulator, accumulator)` and
/// `run(elements, count)`, which reduces a run; it may have `add_rows`, which combines the rows of a matrix.
template <class Body, class T>
void reduce(const Kernel& k, const ReductionWalk& walk, const T* x, typename Body::Accumulator* accumulators,
            std::int64_t results) {
  using Accumulator = typename Body::Accumulator;
  constexpr std::int64_t least_elements = 32768, most_parts = 16;
  std::fill(accumulators, accumulators + results, Body::start);
  std::int64_t length = walk.length();
  std::int64_t parts = count_parts(k.input(0).size(), least_elements, most_parts);
  ThreadPool& threads = k.host().threads();

  if (walk.is_single_run()) {
    if (k.input(0).size() == 0) return;
    std::array<Accumulator, most_parts> partial;
    threads.for_each_part(parts, [&](std::int64_t part) {
      IndexRange range = part_of(length, parts, part, 8);
      partial[static_cast<std::size_t>(part)] = Body::run(x + range.begin, range.size());
    });
    for (std::int64_t part = 0; part < parts; ++part)
      accumulators[0] = Body::combine(accumulators[0], partial[static_cast<std::size_t>(part)]);
    return;
  }
  if (walk.reduces_runs()) {
    parts = std::min(parts, walk.independent());
    threads.for_each_part(parts, [&](std::int64_t part) {
      IndexRange range = parts > 1 ? part_of(walk.independent(), parts, part) : walk.whole();
      walk.each_run(range, [&](std::int64_t at, std::int64_t to) {
        accumulators[to] = Body::combine(accumulators[to], Body::run(x + at, length));
      });
    });
    return;
  }
  // Each part takes some elements of every run.
  parts = std::min(parts, std::max<std::int64_t>(length / 64, 1));
  threads.for_each_part(parts, [&](std::int64_t part) {
    IndexRange range = part_of(length, parts, part, 16);
    if constexpr (requires { Body::add_rows(x, length, length, accumulators, length); })
      if (walk.sums_rows())
        return Body::add_rows(x + range.begin, length, walk.rows(), accumulators + range.begin, range.size());
    walk.each_run(walk.whole(), [&](std::int64_t at, std::int64_t to) {
      const T* from = x + at;
      Accumulator* result = accumulators + to;
      for (std::int64_t i = range.begin; i < range.end; ++i) result[i] = Body::combine(result[i], Body::of(from[i]));
    });
  });
}

}  // namespace gradloom
