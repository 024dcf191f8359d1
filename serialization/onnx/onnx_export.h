// A function of a module as a model of standard ONNX, for other people's runtimes.
#pragma once

#include "runtime/interpreter.h"
#include "serialization/onnx/model.h"

namespace gradloom {

/// The function, opset 17: names of inputs and outputs are kept and symbols are dim_params. Of a function that updates
/// variables, each variable `v` is an input `v`, its new value an output `next_v`; of another the variables are
/// initialisers with these values. Draws are inputs `random/NODE`, in loops with the axes of time in front. A UserError
/// names the node that ONNX, or this version, cannot say.
onnx::Model export_onnx(const Module& module, const Graph& function, const TensorMap& variables);

}  // namespace gradloom
