// A call of a function that the model defines: its nodes, with the caller's attributes in them.
#pragma once

#include <vector>

#include "serialization/onnx/model.h"

namespace gradloom {

/// Attributes that refer to one of the caller take its value, else the function's default, else they are left out.
std::vector<onnx::Node> nodes_of_call(const onnx::Function& function, const onnx::Node& call);

}  // namespace gradloom
