// Which nodes are pairs, and what takes their place.
#include "runtime/passes/pairs.h"

#include "ops/loss.h"
#include "runtime/loss_ops.h"
#include "runtime/passes/padding.h"
#include "runtime/product_ops.h"

namespace gradloom {

namespace {

using Integers = std::vector<std::int64_t>;

std::array<Value, 2> append_loss(const Node& loss, const Node& gradient, const ValueMap& map, Graph& target) {
  Values inputs = gradient.inputs;
  if (loss.op == &active_cross_entropy_op) inputs.push_back(loss.inputs[2]);
  for (Value& input : inputs) input = map.at(input);
  Values made = target.append_operation(cross_entropy_with_gradient_op, inputs, loss.attributes, gradient.name);
  return {made[0], made[1]};
}

// The gradients of a weight and of the bias beside it: dy contracted with x over all rows, and summed over them.
bool is_sum_beside(const Node& sum, const Node& product) {
  if (sum.kind != NodeKind::operation || sum.op->name != "sum" || sum.attributes.get<bool>("keep_dims")) return false;
  if (sum.attributes.get<Integers>("axes") != Integers{0, 1} || sum.inputs[0] != product.inputs[0]) return false;
  if (product.op != &active_product_op) return sums_over_rows(product);
  return product.attributes.get<bool>("summed") && product.attributes.get<bool>("a_rests");
}

std::array<Value, 2> append_product(const Node& product, const ValueMap& map, Graph& target) {
  Values inputs = product.inputs;
  for (Value& input : inputs) input = map.at(input);
  Attributes attributes;
  for (std::string_view name : {"batch_a", "batch_b", "contract_a", "contract_b"})
    attributes.set(name, product.attributes.get<Integers>(name));
  attributes.set("shape", product.types[0].shape);
  Values made = target.append_operation(product_with_sums_op, inputs, std::move(attributes), product.name);
  return {made[0], made[1]};
}

enum class Pair { none, loss, sum };

// Of a loss and then its gradient, or of a product and then the sum beside it.
Pair find_pair(const Node& first, const Node& second) {
  if (is_gradient_of_loss(second, first)) return &second.inputs[2].node() != &first ? Pair::loss : Pair::none;
  return first.kind == NodeKind::operation && is_product(first) && is_sum_beside(second, first) ? Pair::sum
                                                                                                : Pair::none;
}

}  // namespace

bool is_pair(const Node& a, const Node& b) { return find_pair(a, b) != Pair::none || find_pair(b, a) != Pair::none; }

std::array<Value, 2> append_pair(const Node& a, const Node& b, const ValueMap& map, Graph& target) {
  switch (find_pair(a, b)) {
    case Pair::loss:
      return append_loss(a, b, map, target);
    case Pair::sum:
      return append_product(a, map, target);
    case Pair::none:
      break;
  }
  auto [of_b, of_a] = append_pair(b, a, map, target);
  return {of_a, of_b};
}

}  // namespace gradloom
