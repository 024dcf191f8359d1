// fused: a group of element-wise operations run as one, tile by tile. It exists in compiled graphs only; files and
// users never see it.
#pragma once

#include "graph/op_def.h"

namespace gradloom {

/// operands -> results of the body's graph, all of the shape that the attribute `shape` gives. The body's nodes are
/// element-wise; its inputs broadcast to the shape.
extern const OpDef fused_op;

/// Whether a node can be part of a fused group: there is a tile function for it and its result has a tile's type.
bool can_fuse(const Node& node);

}  // namespace gradloom
