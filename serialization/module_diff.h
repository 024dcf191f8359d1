// What differs between two modules, in words: for reviews of a changed module.json and for finding what an edit did.
#pragma once

#include <string>

#include "graph/module.h"
#include "runtime/interpreter.h"

namespace gradloom {

/// One line a difference: variables, functions, their nodes by name (operation, inputs, attributes, results), bodies
/// below the node that runs them, outputs and new values of variables. "" when there is none. `left` and `right` are
/// what the lines call the two.
std::string module_difference(const Module& a, const Module& b, const std::string& left, const std::string& right);

/// The same for tensors by name: missing ones, types, and the largest difference of the elements. `kind` begins each
/// line, as `weight`.
std::string tensor_difference(const TensorMap& a, const TensorMap& b, const std::string& kind, const std::string& left,
                              const std::string& right);

}  // namespace gradloom
