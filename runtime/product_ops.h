// Forms of dot_general that exist in compiled graphs only; files and users never see them.
#pragma once

#include "graph/op_def.h"

namespace gradloom {

/// dot_general(a, b) with a mask over a's first axes: [time, batch], or [batch] inside of a loop. With `summed` these
/// are contracted, with b's first ones, and rows that the mask leaves out, of which those of a or b must be 0, add
/// nothing; else they are the result's first ones as well, and rows that the mask leaves out are as if a's were 0. A
/// bias, as that of biased_product, is never summed.
extern const OpDef active_product_op;

/// dot_general(a, b) without batch axes, plus a bias of as many numbers as b's free axes have together, which are the
/// result's last.
extern const OpDef biased_product_op;

/// The product of rows summed over axes 0 and 1, [time, batch], of both operands, and beside it the sum of a over them.
/// Rows that a mask leaves out must be 0 in a.
extern const OpDef product_with_sums_op;

/// Whether the node multiplies matrices: dot_general or one of these.
bool is_product(const Node& node);

}  // namespace gradloom
