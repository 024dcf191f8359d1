// The plain way to run a graph: node by node in order, each op's own kernel, every result a tensor of its own. What
// compiled plans are held against, and what folding constants uses.
#pragma once

#include <map>
#include <string>

#include "graph/module.h"

namespace gradloom {

using TensorMap = std::map<std::string, Tensor, std::less<>>;

struct InterpreterResult {
  TensorMap outputs;
  TensorMap updates;  ///< new values by variable name
};

/// Runs a function on inputs by name; `variables` holds the values of all variables it reads. A UserError
/// (Fault::input) names an input that is missing, unknown, of another dtype or of a shape that does not bind.
InterpreterResult interpret(const Graph& function, const TensorMap& inputs, const TensorMap& variables = {});

/// Symbols bound by comparing declared input shapes with the given ones. A UserError names input and axis.
Binding bind_inputs(const Graph& function, const TensorMap& inputs);

}  // namespace gradloom
