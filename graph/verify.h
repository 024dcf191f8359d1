// Verification: what must hold of every graph, however it was made (declared, rewritten, loaded).
#pragma once

#include "graph/module.h"

namespace gradloom {

/// Inputs come before their node and from the same graph, names are unique, stored types equal inferred ones, bodies
/// fit their node, updates fit their variables. Throws an InternalError naming the node otherwise.
void verify(const Graph& graph);
void verify(const Module& module);

}  // namespace gradloom
