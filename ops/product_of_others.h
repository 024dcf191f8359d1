// product_of_others: what the gradient of a product needs, without dividing by elements that may be 0.
#pragma once

#include <vector>

#include "graph/op_def.h"

namespace gradloom {

/// [..., n] -> [..., n]; its text says what it computes.
extern const OpDef product_of_others_op;

/// Of each element, the product of the other elements along these sorted axes together; x's shape.
Value product_of_others(Value x, const std::vector<std::size_t>& axes);

}  // namespace gradloom
