// Pairs of nodes that one node computes, reading what they share once: what the pass fuse joins beside chains of
// element-wise operations.
#pragma once

#include <array>

#include "graph/rewrite.h"

namespace gradloom {

/// Whether there is such a node for both, of which neither may lead to the other: a cross-entropy and its gradient;
/// a product summed over rows and the sum of its first operand over them.
bool is_pair(const Node& a, const Node& b);

/// Appends it to the target, where `map` has their operands. What stands for the results of a and of b.
std::array<Value, 2> append_pair(const Node& a, const Node& b, const ValueMap& map, Graph& target);

}  // namespace gradloom
