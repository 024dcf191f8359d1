// active_product: a product of which padded rows are left out. It exists in compiled graphs only; files and users never
// see it.
#pragma once

#include "graph/op_def.h"

namespace gradloom {

/// dot_general(a, b) with a mask over a's first two axes, [time, batch]. With `summed` these are contracted, with b's
/// first two, and rows that the mask leaves out, of which those of a or b must be 0, add nothing; else they are the
/// result's first two as well, and rows that the mask leaves out are 0.
extern const OpDef active_product_op;

}  // namespace gradloom
