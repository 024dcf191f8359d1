// Sizes as values: constants where they are numbers, else what running the graph tells of them.
#pragma once

#include "graph/graph.h"

namespace gradloom {

/// An int64 scalar.
Value size_value(Graph& graph, const Dim& size);
/// int64 [number of sizes].
Value list_of_sizes(Graph& graph, const Dims& sizes);

}  // namespace gradloom
