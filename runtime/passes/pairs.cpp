// Which nodes are pairs, and what takes their place.
#include "runtime/passes/pairs.h"

#include "ops/loss.h"
#include "runtime/loss_ops.h"

namespace gradloom {

namespace {

std::array<Value, 2> append_loss(const Node& loss, const Node& gradient, const ValueMap& map, Graph& target) {
  Values inputs = gradient.inputs;
  if (loss.op == &active_cross_entropy_op) inputs.push_back(loss.inputs[2]);
  for (Value& input : inputs) input = map.at(input);
  Values made = target.append_operation(cross_entropy_with_gradient_op, inputs, loss.attributes, gradient.name);
  return {made[0], made[1]};
}

}  // namespace

bool is_pair(const Node& a, const Node& b) {
  if (is_gradient_of_loss(b, a)) return &b.inputs[2].node() != &a;
  return is_gradient_of_loss(a, b) && &a.inputs[2].node() != &b;
}

std::array<Value, 2> append_pair(const Node& a, const Node& b, const ValueMap& map, Graph& target) {
  if (is_gradient_of_loss(b, a)) return append_loss(a, b, map, target);
  auto [of_b, of_a] = append_loss(b, a, map, target);
  return {of_a, of_b};
}

}  // namespace gradloom
