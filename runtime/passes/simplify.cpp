// Algebra: nodes that return what they were given, and pairs of nodes that one node does.
#include <algorithm>
#include <array>
#include <map>

#include "ops/ops.h"
#include "runtime/passes.h"
#include "runtime/passes/rewriter.h"

namespace gradloom {

namespace {

using Integers = std::vector<std::int64_t>;

bool is_op(const Node& node, std::string_view name) {
  return node.kind == NodeKind::operation && node.op->name == name;
}

// Whether every element is `number`, looked for through nodes that only repeat or rearrange.
bool is_filled(const Value& value, double number) {
  const Node& node = value.node();
  if (node.kind == NodeKind::constant) {
    if (node.literal.size() == 0 || node.literal.size() > 64) return false;
    Tensor numbers = node.literal.cast(DType::float64);
    auto all = numbers.values<double>();
    return std::all_of(all.begin(), all.end(), [&](double x) { return x == number; });
  }
  for (std::string_view name : {"broadcast_to", "reshape", "transpose"})
    if (is_op(node, name)) return is_filled(node.inputs[0], number);
  return false;
}

// x + 0, x - 0, x * 1, x / 1, x ** 1 when the result has the type of x; none otherwise.
Value neutral(const Node& node) {
  struct Rule {
    std::string_view op;
    double number;
    bool either_side;
  };
  constexpr std::array rules{Rule{"add", 0, true}, Rule{"sub", 0, false}, Rule{"mul", 1, true}, Rule{"div", 1, false},
                             Rule{"pow", 1, false}};
  for (const Rule& rule : rules) {
    if (!is_op(node, rule.op)) continue;
    for (std::size_t kept : {0, 1}) {
      if (kept == 1 && !rule.either_side) continue;
      if (node.inputs[kept].type() == node.types[0] && is_filled(node.inputs[1 - kept], rule.number))
        return node.inputs[kept];
    }
  }
  return {};
}

// Nodes that return their operand.
Value identity(const Node& node) {
  if (node.inputs.empty()) return {};
  Value x = node.inputs[0];
  if (is_op(node, "stop_gradient")) return x;
  if (is_op(node, "neg") && is_op(x.node(), "neg")) return x.node().inputs[0];
  if (is_op(node, "logical_not") && is_op(x.node(), "logical_not")) return x.node().inputs[0];
  if (is_op(node, "concat") && node.inputs.size() == 1) return x;
  if (is_op(node, "where") && node.inputs[1] == node.inputs[2] && node.inputs[1].type() == node.types[0])
    return node.inputs[1];
  if (node.types.size() != 1 || x.type() != node.types[0]) return {};
  for (std::string_view name : {"reshape", "broadcast_to", "cast"})
    if (is_op(node, name)) return x;
  if (is_op(node, "transpose")) {
    const auto& permutation = node.attributes.get<Integers>("permutation");
    return std::is_sorted(permutation.begin(), permutation.end()) ? x : Value();
  }
  if (is_op(node, "slice") && node.attributes.get<Dim>("begin").is(0)) return x;
  return {};
}

// Two nodes of one kind in a row as one.
bool join_pair(Node& node) {
  if (node.inputs.empty()) return false;
  const Node& before = node.inputs[0].node();
  if (before.kind != NodeKind::operation || before.op != node.op) return false;
  if (is_op(node, "reshape") || is_op(node, "broadcast_to")) {
    // The shape was complete when types were inferred; -1 would count from another operand.
    node.attributes.set("shape", node.types[0].shape);
  } else if (is_op(node, "transpose")) {
    const auto& first = before.attributes.get<Integers>("permutation");
    Integers both;
    for (std::int64_t axis : node.attributes.get<Integers>("permutation"))
      both.push_back(first[static_cast<std::size_t>(axis)]);
    node.attributes.set("permutation", std::move(both));
  } else {
    return false;
  }
  node.inputs[0] = before.inputs[0];
  return true;
}

// Element-wise operations broadcast by themselves; one with a body has said in it what it is handed.
bool drop_broadcasts(Node& node, Graph& target) {
  bool has_body = std::any_of(node.attributes.begin(), node.attributes.end(),
                              [](const Attributes::Item& item) { return std::holds_alternative<Body>(item.second); });
  if (!node.op->traits.has(Trait::elementwise) || has_body) return false;
  bool changed = false;
  for (Value& input : node.inputs) {
    if (!is_op(input.node(), "broadcast_to")) continue;
    Value before = std::exchange(input, input.node().inputs[0]);
    Attributes attributes = node.attributes;
    if (infer_types(*node.op, target, node.inputs, attributes) == node.types)
      changed = true;
    else
      input = before;
  }
  return changed;
}

// A product reads its operands' axes in any order, as long as the free ones keep theirs.
bool absorb_transpose(Node& node) {
  if (!is_op(node, "dot_general")) return false;
  bool changed = false;
  for (std::size_t side : {0, 1}) {
    const Node& operand = node.inputs[side].node();
    if (!is_op(operand, "transpose")) continue;
    const auto& permutation = operand.attributes.get<Integers>("permutation");
    std::vector<bool> is_bound(permutation.size());
    std::array names{side == 0 ? "batch_a" : "batch_b", side == 0 ? "contract_a" : "contract_b"};
    auto place = [&](std::int64_t axis) {
      return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(permutation.size()) : axis);
    };
    for (const char* name : names)
      for (std::int64_t axis : node.attributes.get<Integers>(name)) is_bound[place(axis)] = true;
    Integers free;
    for (std::size_t i = 0; i < permutation.size(); ++i)
      if (!is_bound[i]) free.push_back(permutation[i]);
    if (!std::is_sorted(free.begin(), free.end())) continue;
    for (const char* name : names) {
      Integers axes = node.attributes.get<Integers>(name);
      for (std::int64_t& axis : axes) axis = permutation[place(axis)];
      node.attributes.set(name, std::move(axes));
    }
    node.inputs[side] = operand.inputs[0];
    changed = true;
  }
  return changed;
}

// where(c, where(c, a, b), d) is where(c, a, d); the same on the other side.
bool join_choices(Node& node, Graph& target) {
  if (!is_op(node, "where")) return false;
  bool changed = false;
  for (std::size_t side : {1, 2}) {
    const Node& inner = node.inputs[side].node();
    if (!is_op(inner, "where") || inner.inputs[0] != node.inputs[0]) continue;
    Value before = std::exchange(node.inputs[side], inner.inputs[side]);
    Attributes attributes = node.attributes;
    if (infer_types(*node.op, target, node.inputs, attributes) == node.types)
      changed = true;
    else
      node.inputs[side] = before;
  }
  return changed;
}

std::vector<bool> read_nodes(const Graph& graph) {
  std::vector<bool> is_read(graph.nodes().size());
  auto read = [&](const Value& value) { is_read[static_cast<std::size_t>(value.node_index())] = true; };
  for (const Node& node : graph.nodes()) std::for_each(node.inputs.begin(), node.inputs.end(), read);
  for (const auto* results : {&graph.outputs(), &graph.updates()})
    for (const NamedValue& result : *results) read(result.value);
  return is_read;
}

// The condition of rows without the last axis of size 1 that it was given to choose whole rows by, or none.
Value condition_of_rows(const Value& condition, const Dims& rows) {
  const Node& node = condition.node();
  bool is_widened = is_op(node, "reshape") || is_op(node, "expand_dims");
  if (!is_widened || condition.rank() != rows.size() + 1 || !condition.shape().back().is(1)) return {};
  return node.inputs[0].shape() == rows ? node.inputs[0] : Value();
}

// Rows of a loss whose gradient is chosen away are rows of weight 0: where(c, cross_entropy_gradient(x, t, dy), 0) is
// cross_entropy_gradient(x, t, where(c, dy, 0)).
Value weigh_rows(const Node& node, Graph& target) {
  if (!is_op(node, "where") || !is_filled(node.inputs[2], 0)) return {};
  const Node& gradient = node.inputs[1].node();
  if (!is_op(gradient, "cross_entropy_gradient") || node.inputs[1].type() != node.types[0]) return {};
  Value rows = condition_of_rows(node.inputs[0], gradient.inputs[1].shape());
  if (!rows) return {};
  Node weighed = gradient;
  weighed.inputs[2] = where(rows, weighed.inputs[2], target.constant(weighed.inputs[2].dtype(), 0));
  return append_node(weighed, target)[0];
}

// What the logits are at rows of weight 0 does not matter: they need not be chosen.
bool take_any_logits(Node& node) {
  if (!is_op(node, "cross_entropy_gradient")) return false;
  const Node &logits = node.inputs[0].node(), &weights = node.inputs[2].node();
  if (!is_op(logits, "where") || !is_op(weights, "where") || !is_filled(weights.inputs[2], 0)) return false;
  Value rows = condition_of_rows(logits.inputs[0], node.inputs[1].shape());
  if (!rows || weights.inputs[0] != rows || logits.inputs[1].type() != logits.types[0]) return false;
  node.inputs[0] = logits.inputs[1];
  return true;
}

class Simplifier : public Rewriter {
 public:
  std::int64_t simplified = 0;

 protected:
  void begin(const Graph& source, Graph&) override { is_read_[&source] = read_nodes(source); }
  Values replace(const Graph& source, std::int32_t index, Node node, Graph& target) override {
    // It stays where it is, and hands its operand on as it came: what reads its result is not held up by it.
    if (node.op->traits.has(Trait::effect)) {
      simplified += is_read_.at(&source)[static_cast<std::size_t>(index)] ? 1 : 0;
      append_node(node, target);
      return {node.inputs[0]};
    }
    bool changed = join_pair(node);
    changed = drop_broadcasts(node, target) || changed;
    changed = absorb_transpose(node) || changed;
    changed = join_choices(node, target) || changed;
    changed = take_any_logits(node) || changed;
    Value found = node.types.size() == 1 ? neutral(node) : Value();
    if (!found) found = identity(node);
    if (!found) found = weigh_rows(node, target);
    simplified += changed || found ? 1 : 0;
    return found ? Values{found} : append_node(node, target);
  }

 private:
  std::map<const Graph*, std::vector<bool>> is_read_;
};

}  // namespace

PassResult simplify(std::unique_ptr<Module>& module, std::string_view function) {
  Simplifier simplifier;
  auto result = simplifier.run(*module, function);
  if (simplifier.simplified == 0) return {};
  module = std::move(result);
  return {simplifier.simplified, "simplified " + count_text(simplifier.simplified, "node")};
}

}  // namespace gradloom
