// Random functions with loops, branches, variables and updates, and inputs for them: what plans, passes and files are
// held to, against the interpreter.
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
  DType dtype = DType::float32;
};

struct RandomGraphOptions {
  /// The new weight is one step down from the gradient of a loss through everything; gradients are results too.
  bool with_gradients = false;
  DType dtype = DType::float32;
  int nodes = 12;  ///< top-level operations, loops and branches counted as one
};

/// Comparisons and kinks read the input x only: behind sums, another order of adding could turn them.
RandomGraph random_graph(std::uint64_t seed, const RandomGraphOptions& options = {});

/// Numbers in [-1, 1), a function of the seed.
Tensor random_tensor(DType dtype, Shape shape, std::uint64_t seed);

/// What differs between two maps of tensors, or "". Within `tolerance` of the largest magnitude of the tensor (or of
/// 1); 0: the same bytes.
std::string difference(const TensorMap& a, const TensorMap& b, double tolerance = 0);

}  // namespace gradloom::testing
