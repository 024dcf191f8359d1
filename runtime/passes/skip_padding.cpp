// skip_padding: products of rows by time leave out the rows that a loop's lengths call padding, where these are 0 or
// nobody reads what becomes of them. Rows stay where they are: the product is given the mask of those it computes.
#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "ops/elementwise.h"
#include "ops/ops.h"
#include "ops/scan.h"
#include "runtime/active_product_op.h"
#include "runtime/passes.h"
#include "runtime/passes/rewriter.h"

namespace gradloom {

namespace {

using Integers = std::vector<std::int64_t>;

bool is_op(const Node& node, std::string_view name) {
  return node.kind == NodeKind::operation && node.op->name == name;
}

bool same_rows(const Value& x, const Value& y) {
  return x.rank() >= 2 && y.rank() >= 2 && x.shape()[0] == y.shape()[0] && x.shape()[1] == y.shape()[1];
}

// The lengths of which the condition is the mask, or none.
Value lengths_of_mask(const Value& condition) {
  const Value* mask = &condition;
  while (is_op(mask->node(), "reshape") || is_op(mask->node(), "expand_dims")) mask = &mask->node().inputs[0];
  if (mask->node().op != &active_rows_op || mask->node().kind != NodeKind::operation) return {};
  if (!same_rows(*mask, condition)) return {};
  for (std::size_t axis = 2; axis < condition.rank(); ++axis)
    if (!condition.shape()[axis].is(1)) return {};
  return mask->node().inputs[0];
}

bool multiplies_rows(const Node& node) {
  if (!is_op(node, "dot_general") || !node.attributes.get<Integers>("batch_a").empty()) return false;
  const auto& contracted = node.attributes.get<Integers>("contract_a");
  return node.inputs[0].rank() > 2 && is_float(node.inputs[0].dtype()) &&
         std::all_of(contracted.begin(), contracted.end(), [](std::int64_t axis) { return axis >= 2; });
}

bool sums_over_rows(const Node& node) {
  if (!is_op(node, "dot_general") || !node.attributes.get<Integers>("batch_a").empty()) return false;
  Integers a = node.attributes.get<Integers>("contract_a");
  if (a != node.attributes.get<Integers>("contract_b") || !is_float(node.inputs[0].dtype())) return false;
  std::sort(a.begin(), a.end());
  return a == Integers{0, 1};
}

// Operations whose results' rows come from the same rows of operands of the same two first axes.
bool works_row_by_row(const Node& node) {
  if (node.kind != NodeKind::operation || may_fail(node) || has_effects(node)) return false;
  if (node.op->traits.has(Trait::elementwise) || multiplies_rows(node) || is_op(node, "reshape")) return true;
  for (std::string_view name : {"concat", "split", "slice"})
    if (is_op(node, name)) return node.attributes.get<std::int64_t>("axis") >= 2;
  return false;
}

// Which values of a graph have rows of zeros in padding, and whose padding is read by nobody: by the lengths.
class Padding {
 public:
  explicit Padding(const Graph& graph) : graph_(graph), zero_(graph.nodes().size()), unread_(zero_.size()) {
    for (std::size_t i = 0; i < zero_.size(); ++i) {
      zero_[i].resize(graph.nodes()[i].types.size());
      unread_[i].resize(zero_[i].size());
      find_zeros(i);
    }
    std::vector<std::vector<bool>> is_read(zero_.size());
    for (std::size_t i = 0; i < zero_.size(); ++i) is_read[i].resize(zero_[i].size());
    for (const auto* results : {&graph.outputs(), &graph.updates()})
      for (const NamedValue& result : *results) at(is_read, result.value) = true;
    std::vector<bool> needed = needed_nodes(graph);
    for (std::size_t i = zero_.size(); i-- > 0;) {
      // What is read has no lengths for good; all that reads a node's results has been seen.
      for (std::size_t j = 0; j < unread_[i].size(); ++j)
        if (is_read[i][j]) unread_[i][j] = Value();
      const Node& node = graph.nodes()[i];
      if (!needed[i] || node.kind != NodeKind::operation) continue;
      for (std::size_t j = 0; j < node.inputs.size(); ++j) {
        const Value& input = node.inputs[j];
        Value lengths = unread_by(i, j);
        Value& known = at(unread_, input);
        if (!lengths || (known && known != lengths)) at(is_read, input) = true;
        known = lengths;
      }
    }
  }

  Value zero(const Value& value) const {
    return zero_[static_cast<std::size_t>(value.node_index())][static_cast<std::size_t>(value.output_index())];
  }
  Value unread(std::size_t node) const { return unread_[node][0]; }

 private:
  template <class Table>
  static auto at(Table& table, const Value& value) -> decltype(table[0][0]) {
    return table[static_cast<std::size_t>(value.node_index())][static_cast<std::size_t>(value.output_index())];
  }
  Value result(std::size_t node, std::size_t output = 0) const {
    return Value(const_cast<Graph&>(graph_), static_cast<std::int32_t>(node), static_cast<std::int32_t>(output));
  }

  void find_zeros(std::size_t i) {
    const Node& node = graph_.nodes()[i];
    if (node.kind != NodeKind::operation) return;
    if (node.op == &scan_op) {
      ScanView scan(node);
      for (std::size_t j = scan.num_carries(); j < node.types.size(); ++j)
        if (scan.has_lengths() && !scan.is_plain_output(j - scan.num_carries())) zero_[i][j] = scan.lengths();
      return;
    }
    Value y = result(i);
    if (is_op(node, "cross_entropy_gradient")) zero_[i][0] = zero(node.inputs[2]);
    if (is_op(node, "where") && is_zero(node.inputs[2]) && same_rows(node.inputs[0], y) &&
        node.inputs[0].rank() == y.rank())
      zero_[i][0] = lengths_of_mask(node.inputs[0]);
    if (zero_[i][0] || !works_row_by_row(node)) return;
    auto zero_rows = [&](const Value& input) {
      return same_rows(input, y) && (input.rank() == y.rank() || is_op(node, "reshape")) ? zero(input) : Value();
    };
    Value found = zero_rows(node.inputs[0]);
    bool any = is_op(node, "mul");
    if (any && !found) found = zero_rows(node.inputs[1]);
    constexpr std::array keep_zeros{"add",  "sub",    "mul",   "neg",   "tanh",    "relu",
                                    "cast", "concat", "split", "slice", "reshape", "dot_general"};
    if (!found || std::find(keep_zeros.begin(), keep_zeros.end(), node.op->name) == keep_zeros.end()) return;
    if (!any && !is_op(node, "dot_general"))
      for (const Value& input : node.inputs)
        if (zero_rows(input) != found) return;
    for (Value& lengths : zero_[i]) lengths = found;
  }

  static bool is_zero(const Value& value) {
    const Node& node = value.node();
    if (node.kind != NodeKind::constant || node.literal.size() != 1) return false;
    return node.literal.cast(DType::float64).values<double>()[0] == 0;
  }

  // The lengths beyond which node i does not care what its operand j holds, or none.
  Value unread_by(std::size_t i, std::size_t j) const {
    const Node& node = graph_.nodes()[i];
    const Value& input = node.inputs[j];
    if (node.op == &scan_op) {
      ScanView scan(node);
      bool is_sequence = j >= scan.num_carries() && j < scan.num_carries() + scan.num_sequences();
      if (!scan.has_lengths() || !is_sequence) return {};
      const Dims& slice = scan.body_slice(j - scan.num_carries()).shape();
      return !slice.empty() && slice[0] == scan.lengths().shape()[0] ? scan.lengths() : Value();
    }
    if (sums_over_rows(node)) return zero(node.inputs[1 - j]);
    if (is_op(node, "cross_entropy_gradient")) return j == 0 ? zero(node.inputs[2]) : Value();
    if (is_op(node, "cross_entropy")) return j == 0 ? unread_[i][0] : Value();
    Value y = result(i);
    if (!same_rows(input, y)) return {};
    bool same_rank = input.rank() == y.rank();
    if (is_op(node, "where") && j == 1 && same_rank && node.inputs[0].rank() == y.rank())
      if (Value lengths = lengths_of_mask(node.inputs[0])) return lengths;
    if (!works_row_by_row(node) || (multiplies_rows(node) && j != 0)) return {};
    if (!same_rank && !is_op(node, "reshape")) return {};
    for (std::size_t k = 1; k < unread_[i].size(); ++k)
      if (unread_[i][k] != unread_[i][0]) return {};
    return unread_[i][0];
  }

  const Graph& graph_;
  std::vector<Values> zero_, unread_;  // of each result of each node
};

class SkipPadding : public Rewriter {
 public:
  SkipPadding(const Graph& function) : function_(function), padding_(function) {}
  std::int64_t products() const { return products_; }

 protected:
  Values replace(const Graph& source, std::int32_t index, Node node, Graph& target) override {
    if (&source == &function_ && node.op == &active_rows_op)
      return {mask_of(target, node.inputs[0], node.attributes.get<Dim>("steps"))};
    bool summed = sums_over_rows(node);
    if (&source != &function_ || !(summed || multiplies_rows(node))) return append_node(node, target);
    const Node& old = source.node(index);
    Value lengths = padding_.zero(old.inputs[0]);
    if (!lengths) lengths = summed ? padding_.zero(old.inputs[1]) : padding_.unread(static_cast<std::size_t>(index));
    Value here = lengths ? copied(lengths) : Value();
    if (!here || here.shape()[0] != node.inputs[0].shape()[1]) return append_node(node, target);
    Value mask = mask_of(target, here, node.inputs[0].shape()[0]);
    Attributes attributes = node.attributes;
    attributes.set("summed", summed);
    attributes.set("shape", node.types[0].shape);
    ++products_;
    return target.append_operation(active_product_op, {node.inputs[0], node.inputs[1], mask}, attributes, node.name);
  }

 private:
  // One for the same lengths and steps, the graph's own included.
  Value mask_of(Graph& target, const Value& lengths, const Dim& steps) {
    Value& mask = masks_[{lengths.node_index(), lengths.output_index(), steps.text()}];
    if (!mask) mask = target.apply(active_rows_op, {lengths}, {{"steps", steps}})[0];
    return mask;
  }

  const Graph& function_;
  Padding padding_;
  std::map<std::tuple<std::int32_t, std::int32_t, std::string>, Value> masks_;
  std::int64_t products_ = 0;
};

}  // namespace

PassResult skip_padding(std::unique_ptr<Module>& module, std::string_view function) {
  SkipPadding pass(module->function(function));
  auto rewritten = pass.run(*module, function);
  if (pass.products() == 0) return {};
  module = std::move(rewritten);
  return {pass.products(), concat_text("left padding out of ", count_text(pass.products(), "product"))};
}

}  // namespace gradloom
