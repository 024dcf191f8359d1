// The definitions of the compiled forms of cross_entropy: attributes and kernels are those of the operation.
#include "runtime/loss_ops.h"

#include "ops/loss.h"
#include "ops/ops.h"

namespace gradloom {

namespace {

constexpr AttributeDef smoothing_attribute{"label_smoothing", AttributeKind::real, "0", "as in cross_entropy"};
constexpr AttributeDef ignored_attribute{"ignored", AttributeKind::integer, "none", "as in cross_entropy"};

}  // namespace

const OpDef active_cross_entropy_op{.name = "active_cross_entropy",
                                    .summary = "cross_entropy of the rows that are not padding",
                                    .inputs = {"logits", "targets", "active"},
                                    .attributes = {smoothing_attribute, ignored_attribute},
                                    .traits = Trait::can_fail,
                                    .shape = [](const Infer& in) -> Types {
                                      return {{in.dtype(0), in.shape(1)}};
                                    },
                                    .kernel = active_cross_entropy_kernel};

const OpDef cross_entropy_with_gradient_op{.name = "cross_entropy_with_gradient",
                                           .summary = "cross_entropy and its gradient in one pass",
                                           .inputs = {"logits", "targets", "dy", "active?"},
                                           .outputs = {"loss", "dlogits"},
                                           .attributes = {smoothing_attribute, ignored_attribute},
                                           .traits = Trait::can_fail,
                                           .shape = [](const Infer& in) -> Types {
                                             return {{in.dtype(0), in.shape(1)}, in.type(0)};
                                           },
                                           .kernel = cross_entropy_with_gradient_kernel};

}  // namespace gradloom
