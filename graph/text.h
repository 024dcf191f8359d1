// The text form of graphs: what `gradloom show` prints and pass tests compare.
#pragma once

#include <string>

#include "graph/module.h"

namespace gradloom {

/// `loss(source: int32 [batch, source_length], ...)`, one line a node, bodies indented below their node.
std::string graph_text(const Graph& graph);
/// Variables, then every function.
std::string module_text(const Module& module);

}  // namespace gradloom
