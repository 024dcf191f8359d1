// Gradients held against central differences along one random direction, in float64.
#pragma once

#include <functional>

#include "graph/module.h"
#include "runtime/interpreter.h"

namespace gradloom {

/// Declares a loss from the inputs; called in a fresh function.
using DeclareLoss = std::function<Value(const Values& inputs)>;

struct GradientCheck {
  double analytic = 0;  ///< gradient . direction
  double numeric = 0;   ///< (f(x + h d) - f(x - h d)) / 2h
  double relative_error() const;
};

/// The float64 inputs among `inputs` are differentiated. `order` 2 checks the gradient of (gradient . direction).
GradientCheck check_gradient(const std::vector<Tensor>& inputs, const DeclareLoss& declare, int order = 1,
                             std::uint64_t seed = 1);

/// Numbers in [-1, 1) from a seed, float64.
Tensor random_tensor(Shape shape, std::uint64_t seed);

}  // namespace gradloom
