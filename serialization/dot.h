// Graphviz text of a function: scopes as nested boxes, loops as boxes with their bodies, types on the edges.
#pragma once

#include <string>

#include "graph/graph.h"

namespace gradloom {

/// A `digraph` that `dot -Tsvg` draws. Every graph of the same content gives the same text.
std::string dot_text(const Graph& graph);

}  // namespace gradloom
