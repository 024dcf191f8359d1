// ONNX models written as text, for tests of the importer: what a case is about can be read where it stands.
#pragma once

#include <string>

#include "serialization/onnx/model.h"

namespace gradloom {

/// A line each, in this order:
///
///     opset 17                          opset ai.example 1        the versions of operators
///     graph body ... end                                          a graph for an attribute: then_branch=@body
///     function ai.example.twice x -> y : alpha ... end            its inputs, outputs and attributes
///     input x float32 [batch, 3]        input cond bool           `?` for a size that is not known
///     init w float32 [2] 0.5 1
///     y, z = Split(x, sizes) axis=1 mode="a" list=[1, 2] value=int64[2]{3, 4} to=$alpha
///     output y z
///
/// A number with a point is a float. An empty name is `_`. A throw of std::runtime_error names a line that is wrong.
onnx::Model model_of(const std::string& text);

}  // namespace gradloom
