// Equality of nodes, bodies and constants.
#include "runtime/passes/interner.h"

#include <algorithm>

#include "runtime/passes/rewriter.h"

namespace gradloom {

namespace {

bool equal_attributes(const Attributes& a, const Attributes& b) {
  if (a == b) return true;
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    const Body *p = std::get_if<Body>(&x.second), *q = std::get_if<Body>(&y.second);
    if (p && q && *p && *q) return x.first == y.first && (*p == *q || equal_bodies(**p, **q));
    Attributes one, other;
    one.set(x.first, x.second);
    other.set(y.first, y.second);
    return one == other;
  });
}

bool equal_inputs(const Node& a, const Node& b) {
  if (a.inputs == b.inputs) return true;
  return a.op->traits.has(Trait::commutative) && a.inputs.size() == 2 && b.inputs.size() == 2 &&
         a.inputs[0] == b.inputs[1] && a.inputs[1] == b.inputs[0];
}

std::size_t hash_of(const Node& node) {
  std::size_t hash = std::hash<const void*>()(node.op), sum = 0;
  // A sum, so that the order does not count.
  for (const Value& input : node.inputs) sum += ValueHash()(input) * 0x9E3779B97F4A7C15;
  return hash ^ sum;
}

}  // namespace

bool equal_bodies(const Graph& a, const Graph& b) {
  if (a.nodes().size() != b.nodes().size() || a.inputs().size() != b.inputs().size()) return false;
  auto place = [](const Value& value) { return std::pair(value.node_index(), value.output_index()); };
  auto same_place = [&](const Value& x, const Value& y) { return place(x) == place(y); };
  auto same_inputs = [&](const Values& x, const Values& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), same_place);
  };
  auto same_outputs = [&](const std::vector<NamedValue>& x, const std::vector<NamedValue>& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                      [&](const NamedValue& p, const NamedValue& q) { return same_place(p.value, q.value); });
  };
  auto same_node = [&](const Node& x, const Node& y) {
    if (x.kind != y.kind || x.op != y.op || x.types != y.types || !same_inputs(x.inputs, y.inputs)) return false;
    if (x.kind == NodeKind::constant) return x.literal.identical(y.literal);
    return equal_attributes(x.attributes, y.attributes);
  };
  return same_inputs(a.inputs(), b.inputs()) && same_outputs(a.outputs(), b.outputs()) &&
         std::equal(a.nodes().begin(), a.nodes().end(), b.nodes().begin(), same_node);
}

Values Interner::append(const Node& node) {
  if (has_effects(node)) return append_node(node, target_);
  std::size_t hash = hash_of(node);
  auto [begin, end] = nodes_.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    const Node& known = target_.node(it->second);
    if (known.op != node.op || !equal_inputs(known, node) || !equal_attributes(known.attributes, node.attributes))
      continue;
    ++shared_;
    Values results;
    for (std::size_t i = 0; i < known.types.size(); ++i)
      results.emplace_back(target_, it->second, static_cast<std::int32_t>(i));
    return results;
  }
  Values results = append_node(node, target_);
  if (!results.empty()) nodes_.emplace(hash, results[0].node_index());
  return results;
}

Value Interner::append_constant(const Node& node) {
  auto hash = static_cast<std::size_t>(node.literal.size()) * 8 + static_cast<std::size_t>(node.literal.dtype());
  auto [begin, end] = nodes_.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    const Node& known = target_.node(it->second);
    if (known.kind != NodeKind::constant || !known.literal.identical(node.literal)) continue;
    ++shared_;
    return Value(target_, it->second);
  }
  Value value = target_.rename(target_.constant(node.literal), node.name);
  nodes_.emplace(hash, value.node_index());
  return value;
}

}  // namespace gradloom
