// Reading index tensors inside kernels, and bringing axes into place: what gather, scatter and their relatives share.
#pragma once

#include <vector>

#include "ops/elementwise.h"
#include "ops/ops.h"

namespace gradloom {

/// Calls f(indices) with a span of int32 or int64.
template <class F>
void visit_indices(const TensorView& indices, const F& f) {
  if (indices.dtype == DType::int32)
    f(indices.as<std::int32_t>());
  else
    f(indices.as<std::int64_t>());
}

/// The index at `place`, brought into [0, size); `what` says in the message what has that size.
template <class... What>
std::int64_t resolve(const Kernel& k, const TensorView& indices, std::int64_t place, std::int64_t index,
                     std::int64_t size, const What&... what) {
  if (index < -size || index >= size)
    k.fail("indices", indices.shape.empty() ? "" : position_text(indices.shape, place), " is ", index, " but ", what...,
           " ", size);
  return index < 0 ? index + size : index;
}

/// x with its axis `from` at the place `to`, the others in their order.
Value move_axis(Value x, std::size_t from, std::size_t to);

/// An input with the new axis in front, repeated when it has none.
Value with_axis(const Batching& b, std::size_t i);

}  // namespace gradloom
