// Optimizers and clipping as graph code: what updates a model is part of its module, and is saved with it.
#pragma once

#include "graph/module.h"

namespace gradloom {

/// Adam with bias correction (Kingma and Ba 2015, algorithm 1): eps outside of the root of the corrected moment.
struct Adam {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

/// The variable that counts updates, int64.
inline constexpr const char* step_variable = "step";
/// The variable that random draws are keyed by, int64; Session::initialize sets it to the seed.
inline constexpr const char* key_variable = "random_key";

/// Declares the counter of updates and the random key unless the module has them.
void declare_counters(Module& module);

/// Gradients scaled by min(1, limit / (norm + 1e-6)).
struct Clipped {
  Values gradients;
  Value norm;  ///< the global norm before
};
/// A limit of 0 leaves the gradients as they are.
Clipped clip_by_global_norm(const Values& gradients, double limit);

/// Gives `graph` the updates of every parameter of its module that the loss depends on, of Adam's slots and of the
/// step counter. learning_rate is a scalar of the loss's dtype. Returns the gradients' global norm before clipping.
Value minimize(Graph& graph, Value loss, Value learning_rate, const Adam& adam, double clip);

}  // namespace gradloom
