// What reductions share: which axes they remove, and shapes and values brought back to the operand's rank.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/op_def.h"

namespace gradloom {

/// The axes that a checked attribute `axes` names, brought into [0, rank) and sorted; `[]` is all of them.
std::vector<std::size_t> reduced_axes(const std::vector<std::int64_t>& axes, std::size_t rank);

/// The shape rule's result: the reduced axes are gone, or 1 with the attribute `keep_dims`.
Dims reduced_shape(const Infer& i);

/// A reduced value (or its gradient) with the axes back as 1, so that it broadcasts against the operand.
Value with_reduced_axes(Value reduced, const Backward& b);

/// The number of elements that become one, as a scalar of x's dtype.
Value reduced_count(Value x, const std::vector<std::size_t>& axes);

/// The same reduction of every slice: the axes are counted behind the new one.
Values reduction_batching(const Batching& b);

}  // namespace gradloom
