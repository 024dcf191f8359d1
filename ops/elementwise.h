// What element-wise operations share: their shape rules and their batching rule. The loops are in
// ops/elementwise_kernel.h.
#pragma once

#include <string>

#include "graph/op_def.h"

namespace gradloom {

/// float32, float64, int32 or int64; a UserError otherwise.
void require_number(const Infer& i, std::size_t input);
void require_bool(const Infer& i, std::size_t input);

// ---- shape rules of one input: the result is of the same type
Types same_as_float(const Infer& i);
Types same_as_number(const Infer& i);

// ---- shape rules of several inputs of one dtype, which broadcast together
Types broadcast_numbers(const Infer& i);   ///< to that dtype
Types broadcast_ordered(const Infer& i);   ///< numbers, to bool
Types broadcast_equality(const Infer& i);  ///< any dtype, to bool
Types broadcast_logical(const Infer& i);   ///< bools, to bool

/// The same operation on all slices at once. A batched input of lower rank than the result gets axes of size 1 behind
/// the new one, so that its own axes stay aligned at the end.
Values elementwise_batching(const Batching& b);

/// `value` with axes of size 1 inserted behind its leading one, until its rank is `rank`.
Value align_rank(Value value, std::size_t rank);

/// Whether a node, or one in a body that it runs, may throw because of the values it reads. Element-wise operations
/// refuse values of integers only (a division by zero); of floats they always have a result.
bool may_fail(const Node& node);

/// `[1, 2]`: where the element of this flat index stands.
std::string position_text(const Shape& shape, std::int64_t index);

}  // namespace gradloom
