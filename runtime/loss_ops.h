// Forms of cross_entropy that exist in compiled graphs only; files and users never see them.
#pragma once

#include "graph/op_def.h"

namespace gradloom {

/// cross_entropy of the rows that the mask [rows...] does not leave out; of the others the loss is 0, whatever the
/// logits and targets are.
extern const OpDef active_cross_entropy_op;
/// cross_entropy and cross_entropy_gradient in one pass over the logits, whose memory the gradient may take. Rows that
/// the mask, where there is one, leaves out are 0 in both results.
extern const OpDef cross_entropy_with_gradient_op;

}  // namespace gradloom
