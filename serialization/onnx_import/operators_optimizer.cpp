// The optimizers of ONNX's training domain. One node moves any number of tensors: its inputs are the learning rate, the
// number of updates so far, then all tensors, all their gradients, and all of each memory; its outputs follow this
// order.
#include <functional>

#include "serialization/onnx_import/operators.h"

namespace gradloom {

namespace {

Value as_scalar(Value x) { return x.rank() == 0 ? x : reshape(x, {}); }

struct Optimizer {
  Value rate, updates;  ///< scalars
  double regularization;

  explicit Optimizer(const ImportNode& node)
      : rate(as_scalar(node.input(0))),
        updates(as_scalar(node.input(1))),
        regularization(node.real("norm_coefficient", 0)) {}

  Value rate_for(Value x) const { return cast(rate, x.dtype()); }
  Value updates_for(Value x) const { return cast(updates, x.dtype()); }
  Value is_later() const { return greater(updates, scalar_like(updates, 0)); }
  /// The gradient of the loss and of norm_coefficient / 2 * |x|^2.
  Value gradient(Value x, Value given) const { return regularization == 0 ? given : x * regularization + given; }
};

// Given one tensor with its gradient and memories, its next value and memories.
using Update = std::function<Values(const Values& tensor)>;

Values for_each_tensor(const ImportNode& node, std::size_t memories, const Update& update) {
  std::size_t parts = memories + 2;
  node.require(node.num_inputs() > 2 && (node.num_inputs() - 2) % parts == 0, node.num_inputs(),
               " inputs but R, T and ", parts, " for each tensor are needed");
  std::size_t count = (node.num_inputs() - 2) / parts;
  Values results((memories + 1) * count);
  for (std::size_t i = 0; i < count; ++i) {
    Values tensor;
    for (std::size_t part = 0; part < parts; ++part) tensor.push_back(node.input(2 + part * count + i));
    Values next = update(tensor);
    for (std::size_t part = 0; part <= memories; ++part) results[part * count + i] = next[part];
  }
  return results;
}

Values adagrad(const ImportNode& node) {
  Optimizer optimizer(node);
  double decay = node.real("decay_factor", 0), epsilon = node.real("epsilon", 1e-6);
  return for_each_tensor(node, 1, [&](const Values& tensor) -> Values {
    Value x = tensor[0], g = optimizer.gradient(x, tensor[1]), h = tensor[2] + square(g);
    Value rate = optimizer.rate_for(x) / (optimizer.updates_for(x) * decay + 1);
    return {x - rate * g / (sqrt(h) + epsilon), h};
  });
}

Values adam(const ImportNode& node) {
  Optimizer optimizer(node);
  double alpha = node.real("alpha", 0.9), beta = node.real("beta", 0.999), epsilon = node.real("epsilon", 1e-6);
  double shrinking = node.real("norm_coefficient_post", 0);
  return for_each_tensor(node, 2, [&](const Values& tensor) -> Values {
    Value x = tensor[0], g = optimizer.gradient(x, tensor[1]);
    Value v = tensor[2] * alpha + g * (1 - alpha), h = tensor[3] * beta + square(g) * (1 - beta);
    Value rate = optimizer.rate_for(x), t = optimizer.updates_for(x);
    Value corrected = rate * sqrt(1 - pow(scalar_like(t, beta), t)) / (1 - pow(scalar_like(t, alpha), t));
    x = x - where(optimizer.is_later(), corrected, rate) * v / (sqrt(h) + epsilon);
    return {shrinking == 0 ? x : x * (1 - shrinking), v, h};
  });
}

// The first update takes the gradient whole, later ones times beta.
Values momentum(const ImportNode& node) {
  Optimizer optimizer(node);
  double alpha = node.real("alpha", 0), beta = node.real("beta", 1);
  std::string mode = node.text("mode");
  node.require(mode == "nesterov" || mode == "standard", "mode is \"", mode, "\" but standard or nesterov is needed");
  return for_each_tensor(node, 1, [&](const Values& tensor) -> Values {
    Value x = tensor[0], g = optimizer.gradient(x, tensor[1]);
    Value share = where(optimizer.is_later(), scalar_like(x, beta), scalar_like(x, 1));
    Value v = tensor[2] * alpha + share * g;
    Value direction = mode == "nesterov" ? g + v * alpha : v;
    return {x - optimizer.rate_for(x) * direction, v};
  });
}

constexpr std::string_view domain = "ai.onnx.preview.training";

constexpr ImportRule rules[] = {
    {"Adagrad", adagrad, 1, domain},
    {"Adam", adam, 1, domain},
    {"Momentum", momentum, 1, domain},
};

}  // namespace

ImportRules optimizer_imports() { return rules; }

}  // namespace gradloom
