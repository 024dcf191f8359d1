// What compiled graphs make of a cross-entropy and of its gradient: their kernels stand beside those of the operations.
#pragma once

#include "graph/op_def.h"

namespace gradloom {

/// Whether `gradient` is the cross_entropy_gradient of the same logits, targets and attributes as `loss`.
bool is_gradient_of_loss(const Node& gradient, const Node& loss);

/// logits, targets, active -> loss: rows that the mask leaves out are not read, their losses are 0.
void active_cross_entropy_kernel(const Kernel& k);
/// logits, targets, dy and perhaps active -> loss, dlogits.
void cross_entropy_with_gradient_kernel(const Kernel& k);

}  // namespace gradloom
