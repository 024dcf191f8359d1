// The operations of each family, as the family's own file lists them. An operation is in the registry by standing in
// its file's list; a new family needs its line here and in registry.cpp.
#pragma once

#include <span>

#include "graph/op_def.h"

namespace gradloom {

using OpList = std::span<const OpDef* const>;

OpList arithmetic_ops();
OpList unary_arithmetic_ops();
OpList math_ops();
OpList activation_ops();
OpList comparison_ops();
OpList product_ops();
OpList reduction_ops();
OpList square_reduction_ops();
OpList layout_ops();
OpList join_ops();
OpList indexing_ops();
OpList random_ops();
OpList softmax_ops();
OpList loss_ops();
OpList control_ops();
OpList inverse_ops();
OpList rectifier_ops();
OpList norm_reduction_ops();
OpList logic_reduction_ops();
OpList order_ops();
OpList scattering_ops();
OpList normalisation_ops();
OpList branch_ops();
OpList debug_ops();

}  // namespace gradloom
