// Optimizers, clipping, accumulation and averages as graph code: what updates a model is part of its module, and is
// saved with it.
#pragma once

#include <variant>

#include "graph/module.h"

namespace gradloom {

/// Adam with bias correction (Kingma and Ba 2015, algorithm 1): eps outside of the root of the corrected moment. With a
/// weight decay it is AdamW (Loshchilov and Hutter 2019, algorithm 2): each update takes learning_rate * weight_decay
/// of a matrix off it; biases stay.
struct Adam {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
};

/// Stochastic gradient descent: p -= learning_rate * v with v = momentum * v + gradient (Polyak 1964).
struct GradientDescent {
  double momentum = 0;
};

using Optimizer = std::variant<Adam, GradientDescent>;

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

/// Gives `graph` the updates of every parameter of its module that the loss depends on, of the optimizer's slots and of
/// the step counter. learning_rate is a scalar of the loss's dtype. Returns the gradients' global norm before clipping.
Value minimize(Graph& graph, Value loss, Value learning_rate, const Optimizer& optimizer, double clip);

/// Gives `graph` updates that add the gradients of `loss_sum`, and `tokens` (int64), to slots; nothing else changes.
/// So a batch that does not fit into memory is gone through in parts.
void accumulate(Graph& graph, Value loss_sum, Value tokens);
/// As minimize, of the mean loss a token over this call and the calls of `accumulate` since the last update.
Value minimize_accumulated(Graph& graph, Value loss_sum, Value tokens, Value learning_rate, const Optimizer& optimizer,
                           double clip);

/// Gives `graph`, which minimizes, an exponential moving average of every parameter: after update t it has moved
/// 1 - min(decay, (t - 1) / (t + 9)) of the way to the new value, so the first is the value itself.
void average_parameters(Graph& graph, double decay);
/// The variable of the average: `average/NAME`.
std::string average_name(std::string_view parameter);

}  // namespace gradloom
