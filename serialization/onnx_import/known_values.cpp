// Constants, what can be computed of them, and what a value depends on: as declared in known_values.h.
#include "serialization/onnx_import/known_values.h"

#include <algorithm>
#include <unordered_set>

#include "graph/op_def.h"
#include "graph/rewrite.h"
#include "runtime/interpreter.h"

namespace gradloom {

namespace {

// Results up to this size are stored even where they are larger than what they are made of.
constexpr std::int64_t small_elements = 64;
constexpr std::int64_t most_elements = 1 << 17;

bool is_number(const Dim& dim) { return dim.is_constant(); }

// The elements of a value of numbers only; -1 when it is of symbols or too large.
std::int64_t count_elements(const Type& type) {
  if (!std::ranges::all_of(type.shape, is_number)) return -1;
  std::int64_t count = 1;
  for (const Dim& dim : type.shape) {
    if (dim.constant() > most_elements) return -1;
    count *= dim.constant();
    if (count > most_elements) return -1;
  }
  return count;
}

bool can_compute(const Node& node) {
  if (node.op->traits.has(Trait::effect) || node.op->traits.has(Trait::control)) return false;
  for (const Type& type : node.types)
    if (count_elements(type) < 0) return false;
  for (const auto& [name, attribute] : node.attributes) {
    if (const Dim* dim = std::get_if<Dim>(&attribute); dim && !dim->is_constant()) return false;
    if (const Dims* dims = std::get_if<Dims>(&attribute); dims && !std::ranges::all_of(*dims, is_number)) return false;
  }
  return true;
}

// The part of a graph that computes one value from constants, in a module of its own.
class ConstantPart {
 public:
  ConstantPart(const Value& value, std::size_t first) : value_(value), first_(first) {}

  std::optional<Tensor> compute() {
    if (!collect()) return {};
    std::int64_t elements = count_elements(value_.type());
    if (elements > small_elements && elements > given_) return {};
    try {
      for (std::size_t i = 0; i < needed_.size(); ++i)
        if (needed_[i]) copy_node(value_.graph(), static_cast<std::int32_t>(first_ + i), function_, map_);
      function_.output("y", map_.at(value_));
      return interpret(function_, {}).outputs.at("y");
    } catch (const UserError&) {
      return {};  // it will say so when it runs
    }
  }

 private:
  // From the value back to constants; they come into the new function.
  bool collect() {
    const Graph& graph = value_.graph();
    auto index = static_cast<std::size_t>(value_.node_index());
    if (index < first_) return false;
    needed_.resize(index - first_ + 1);
    needed_.back() = true;
    for (std::size_t i = index + 1; i-- > first_;) {
      const Node& node = graph.nodes()[i];
      if (!needed_[i - first_] || node.kind == NodeKind::constant) continue;
      if (node.kind != NodeKind::operation || !can_compute(node)) return false;
      for (const Value& input : node.inputs) {
        if (const Tensor* known = known_value(input)) {
          if (map_.contains(input)) continue;
          given_ += known->size();
          if (given_ > most_elements) return false;
          map_[input] = function_.constant(*known);
        } else {
          auto at = static_cast<std::size_t>(input.node_index());
          if (at < first_) return false;
          needed_[at - first_] = true;
        }
      }
    }
    return true;
  }

  const Value value_;
  const std::size_t first_;
  Module module_;
  Graph& function_ = module_.add_function("fold");
  ValueMap map_;
  std::vector<bool> needed_;
  std::int64_t given_ = 0;
};

}  // namespace

Value captured_from(Value value) {
  while (value.node().kind == NodeKind::input && value.graph().parent()) {
    const auto& captures = value.graph().captures();
    auto found = std::ranges::find(captures, value, [](const auto& capture) { return capture.second; });
    if (found == captures.end()) return value;
    value = found->first;
  }
  return value;
}

const Tensor* known_value(const Value& value) {
  const Node& node = captured_from(value).node();
  return node.kind == NodeKind::constant ? &node.literal : nullptr;
}

Value fold_value(const Value& value, std::size_t first) {
  if (value.node().kind != NodeKind::operation) return value;
  std::optional<Tensor> tensor = ConstantPart(value, first).compute();
  return tensor ? value.graph().constant(std::move(*tensor)) : value;
}

std::vector<std::string> inputs_behind(const Value& value) {
  std::unordered_set<Value, ValueHash> seen;
  Values open{captured_from(value)};
  std::vector<Value> found;
  while (!open.empty()) {
    Value next = open.back();
    open.pop_back();
    if (!seen.insert(next).second) continue;
    const Node& node = next.node();
    if (node.kind == NodeKind::input && !next.graph().parent()) found.push_back(next);
    for (const Value& input : node.inputs) open.push_back(captured_from(input));
  }
  std::ranges::sort(found, {}, &Value::node_index);
  std::vector<std::string> names;
  for (const Value& input : found) names.push_back(input.node().name);
  return names;
}

}  // namespace gradloom
