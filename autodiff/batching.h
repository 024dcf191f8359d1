// Batching: the same computation on all slices of a new leading axis at once, by the ops' batching rules. What moves
// nodes out of loops, and what `vectorize` offers to users.
#pragma once

#include <string>

#include "graph/graph.h"

namespace gradloom {

struct OpDef;

/// The node's results for inputs in `graph` of which some (`batched`) have a new leading axis of size `size`; each
/// result has the axis. Empty when the op has no rule for this case. At least one input must be batched. `refused`, if
/// given and empty, then says which op it was, the innermost when it stands in a body.
Values batch_node(Graph& graph, const Node& node, const Values& inputs, const std::vector<bool>& batched,
                  const Dim& size, std::string* refused = nullptr);

/// The sum of the (only) result over the new axis, by the op's accumulation rule where there is one. None when the op
/// cannot be batched.
Value accumulate_node(Graph& graph, const Node& node, const Values& inputs, const std::vector<bool>& batched,
                      const Dim& size);

/// The body's nodes appended to `graph` with its inputs replaced, some of them batched. Returns the outputs and says
/// which have the new axis; empty when a node on the way has no rule, which `refused` then names.
Values batch_body(const Graph& body, Graph& graph, const Values& inputs, const std::vector<bool>& batched,
                  const Dim& size, std::vector<bool>& batched_outputs, std::string* refused = nullptr);

}  // namespace gradloom
