// Stopping at the first result that is NaN or infinite, with what is needed to find out why.
#pragma once

#include <string>

#include "graph/op_def.h"

namespace gradloom {

/// Throws a UserError (Fault::input) when a float result of the kernel that just ran is not finite: it names op, the
/// place of the number, scope, and the ranges of the inputs. Loops add their steps.
void check_finite(const Kernel& kernel);

/// Throws when a tensor that a function was handed is not finite; `what` is `input "x"`.
void check_finite(const TensorView& view, const std::string& what);

}  // namespace gradloom
