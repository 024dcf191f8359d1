// fused: a group of element-wise operations run as one, tile by tile. It exists in compiled graphs only; files and
// users never see it.
#pragma once

#include "graph/op_def.h"

namespace gradloom {

/// operands -> results of the body's graph, all of the shape that the attribute `shape` gives. The body's nodes are
/// element-wise; its inputs broadcast to the shape. `parts` has a number for each operand: -1, or which part of it
/// along the last axis the body takes, parts being as wide as the shape. `joined` says of each result how many of the
/// body's it is made of: more than one stand side by side along the last axis.
extern const OpDef fused_op;

/// Whether a node can be part of a fused group: there is a tile function for it and its result has a tile's type.
bool can_fuse(const Node& node);

}  // namespace gradloom
