// Reverse-mode automatic differentiation: graph in, bigger graph out.
#pragma once

#include "graph/graph.h"

namespace gradloom {

/// d loss / d wanted, one value for each, as nodes appended to the graph of `loss` under the scope "gradient". The loss
/// is a float scalar; where it does not depend on a wanted value the gradient is zeros. Since the result is graph,
/// it can be differentiated again. A UserError names an operation on the way that has no gradient rule.
Values gradients(Value loss, const Values& wanted);

/// The same for any ys, weighted by dys of their types (a none is zero); zeros come back as none.
Values vector_jacobian_product(const Values& ys, const Values& dys, const Values& xs);

}  // namespace gradloom
