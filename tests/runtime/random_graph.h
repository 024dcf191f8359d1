// Random functions with loops, variables and updates, and inputs for them: what plans and passes are held to, against
// the interpreter.
#pragma once

#include <cstdint>
#include <memory>

#include "graph/module.h"
#include "runtime/interpreter.h"

namespace gradloom::testing {

struct RandomGraph {
  std::unique_ptr<Module> module;  ///< one function, "f"
  TensorMap variables;
  /// Inputs under a binding that depends on `round`.
  TensorMap inputs(int round) const;
  std::uint64_t seed = 0;
};

/// With gradients the new weight is one step down from the gradient of a loss through everything.
RandomGraph random_graph(std::uint64_t seed, bool with_gradients = false);

/// Numbers in [-1, 1), a function of the seed.
Tensor random_tensor(DType dtype, Shape shape, std::uint64_t seed);

/// What differs between two maps of tensors, or "". Within `tolerance` of each other; 0: the same bytes.
std::string difference(const TensorMap& a, const TensorMap& b, double tolerance = 0);

}  // namespace gradloom::testing
