// Following zeros forward and readers backward through a graph.
#include "runtime/passes/padding.h"

#include <algorithm>
#include <array>

#include "graph/rewrite.h"
#include "ops/elementwise.h"
#include "runtime/product_ops.h"

namespace gradloom {

namespace {

using Integers = std::vector<std::int64_t>;

bool is_op(const Node& node, std::string_view name) {
  return node.kind == NodeKind::operation && node.op->name == name;
}

// Whether both have the same first axes, those of the rows.
bool same_rows(const Value& x, const Value& y, std::size_t row_axes) {
  if (x.rank() < row_axes || y.rank() < row_axes) return false;
  for (std::size_t axis = 0; axis < row_axes; ++axis)
    if (x.shape()[axis] != y.shape()[axis]) return false;
  return true;
}

// Operations whose results' rows come from the same rows of operands of the same first axes.
bool works_row_by_row(const Node& node, std::size_t row_axes) {
  if (node.kind != NodeKind::operation || may_fail(node) || has_effects(node)) return false;
  if (node.op->traits.has(Trait::elementwise) || multiplies_rows(node, row_axes) || is_op(node, "reshape")) return true;
  for (std::string_view name : {"concat", "split", "slice"})
    if (is_op(node, name)) return node.attributes.get<std::int64_t>("axis") >= static_cast<std::int64_t>(row_axes);
  return false;
}

// Whether operand j of such an operation is one whose rows are the result's.
bool has_rows_of_result(const Node& node, std::size_t j, const Value& y, std::size_t row_axes) {
  if (!works_row_by_row(node, row_axes) || (multiplies_rows(node, row_axes) && j != 0)) return false;
  return same_rows(node.inputs[j], y, row_axes) &&
         (node.inputs[j].rank() == y.rank() || !node.op->traits.has(Trait::elementwise));
}

// Whether the value's rows stand in results of loops as they are. What else is 0 may be NaN beside an infinite operand.
bool is_stacked(const Value& value) {
  const Node& node = value.node();
  if (node.kind != NodeKind::operation) return false;
  if (node.op == &scan_op) return true;
  bool moves_only = is_op(node, "reshape");
  for (std::string_view name : {"concat", "split", "slice"}) moves_only = moves_only || is_op(node, name);
  return moves_only && std::all_of(node.inputs.begin(), node.inputs.end(), is_stacked);
}

template <class Table>
auto at(Table& table, const Value& value) -> decltype(table[0][0]) {
  return table[static_cast<std::size_t>(value.node_index())][static_cast<std::size_t>(value.output_index())];
}

}  // namespace

Value lengths_of_mask(const Value& condition) {
  const Value* mask = &condition;
  while (is_op(mask->node(), "reshape") || is_op(mask->node(), "expand_dims")) mask = &mask->node().inputs[0];
  if (!same_rows(*mask, condition, 2)) return {};
  for (std::size_t axis = 2; axis < condition.rank(); ++axis)
    if (!condition.shape()[axis].is(1)) return {};
  if (mask->rank() != 2 || mask->node().kind != NodeKind::operation || mask->node().op != &active_rows_op) return {};
  return mask->node().inputs[0];
}

bool is_zero(const Value& value) {
  const Node& node = value.node();
  if (node.kind != NodeKind::constant || node.literal.size() != 1) return false;
  return node.literal.cast(DType::float64).values<double>()[0] == 0;
}

bool multiplies_rows(const Node& node, std::size_t row_axes) {
  if (!is_product(node) || node.op == &product_with_sums_op || !node.attributes.get<Integers>("batch_a").empty())
    return false;
  if (node.op == &active_product_op && node.attributes.get<bool>("summed")) return false;
  const auto& contracted = node.attributes.get<Integers>("contract_a");
  return node.inputs[0].rank() > row_axes && is_float(node.inputs[0].dtype()) &&
         std::all_of(contracted.begin(), contracted.end(),
                     [&](std::int64_t axis) { return axis >= static_cast<std::int64_t>(row_axes); });
}

bool sums_over_rows(const Node& node) {
  if (!is_op(node, "dot_general") || !node.attributes.get<Integers>("batch_a").empty()) return false;
  Integers a = node.attributes.get<Integers>("contract_a");
  if (a != node.attributes.get<Integers>("contract_b") || !is_float(node.inputs[0].dtype())) return false;
  std::sort(a.begin(), a.end());
  return a == Integers{0, 1};
}

Padding::Padding(const Graph& graph) : graph_(graph), zero_(graph.nodes().size()), unread_(zero_.size()) {
  for (std::size_t i = 0; i < zero_.size(); ++i) {
    zero_[i].resize(graph.nodes()[i].types.size());
    unread_[i].resize(zero_[i].size());
    find_zeros(i);
  }
  find_unread();
}

Value Padding::zero(const Value& value) const { return at(zero_, value); }

bool Padding::masks_zeros(std::size_t i) const {
  const Node& node = graph_.nodes()[i];
  if (!is_op(node, "where") || !is_zero(node.inputs[2]) || node.inputs[1].type() != node.types[0]) return false;
  if (!same_rows(node.inputs[0], node.inputs[1], 2) || node.inputs[0].rank() != node.types[0].rank()) return false;
  Value lengths = lengths_of_mask(node.inputs[0]);
  return lengths && zero(node.inputs[1]) == lengths && is_stacked(node.inputs[1]);
}

Value Padding::result(std::size_t node, std::size_t output) const {
  return Value(const_cast<Graph&>(graph_), static_cast<std::int32_t>(node), static_cast<std::int32_t>(output));
}

void Padding::find_zeros(std::size_t i) {
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
  if (is_op(node, "where") && is_zero(node.inputs[2]) && same_rows(node.inputs[0], y, 2) &&
      node.inputs[0].rank() == y.rank())
    zero_[i][0] = lengths_of_mask(node.inputs[0]);
  if (zero_[i][0] || !works_row_by_row(node, 2)) return;
  auto zero_rows = [&](std::size_t j) { return has_rows_of_result(node, j, y, 2) ? zero(node.inputs[j]) : Value(); };
  Value found = zero_rows(0);
  bool any = is_op(node, "mul");
  if (any && !found) found = zero_rows(1);
  constexpr std::array keep_zeros{"add",  "sub",    "mul",   "neg",   "tanh",    "relu",
                                  "cast", "concat", "split", "slice", "reshape", "dot_general"};
  if (!found || std::find(keep_zeros.begin(), keep_zeros.end(), node.op->name) == keep_zeros.end()) return;
  if (!any && !is_op(node, "dot_general"))
    for (std::size_t j = 0; j < node.inputs.size(); ++j)
      if (zero_rows(j) != found) return;
  for (Value& lengths : zero_[i]) lengths = found;
}

void Padding::find_unread() {
  std::vector<std::vector<bool>> is_read(zero_.size());
  for (std::size_t i = 0; i < zero_.size(); ++i) is_read[i].resize(zero_[i].size());
  for (const auto* results : {&graph_.outputs(), &graph_.updates()})
    for (const NamedValue& named : *results) at(is_read, named.value) = true;
  std::vector<bool> needed = needed_nodes(graph_);
  for (std::size_t i = zero_.size(); i-- > 0;) {
    // What is read has no lengths for good; all that reads a node's results has been seen.
    for (std::size_t j = 0; j < unread_[i].size(); ++j)
      if (is_read[i][j]) unread_[i][j] = Value();
    const Node& node = graph_.nodes()[i];
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

// The lengths beyond which node i does not care what its operand j holds, or none.
Value Padding::unread_by(std::size_t i, std::size_t j) const {
  const Node& node = graph_.nodes()[i];
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
  if (!has_rows_of_result(node, j, y, 2)) return {};
  if (is_op(node, "where") && j == 1 && node.inputs[0].rank() == y.rank())
    if (Value lengths = lengths_of_mask(node.inputs[0])) return lengths;
  for (std::size_t k = 1; k < unread_[i].size(); ++k)
    if (unread_[i][k] != unread_[i][0]) return {};
  return unread_[i][0];
}

RestingRows::RestingRows(const ScanView& scan) : is_read_(scan.body().nodes().size()) {
  const Graph& body = scan.body();
  for (std::size_t i = 0; i < scan.num_sequences(); ++i) {
    if (lengths_of_mask(scan.sequence(i)) != scan.lengths()) continue;
    masks_.push_back(scan.body_slice(i));
    if (!active_ && masks_.back().rank() == 1) active_ = masks_.back();
  }
  auto read = [&](const Value& value) { is_read_[static_cast<std::size_t>(value.node_index())] = true; };
  // Rows at rest of what is carried stay what they were, and of what is stacked are 0.
  for (std::size_t i = 0; i < scan.num_carries(); ++i)
    if (scan.is_plain_carry(i)) read(scan.next_carry(i));
  for (std::size_t i = 0; i < scan.num_outputs(); ++i)
    if (scan.is_plain_output(i)) read(scan.body_output(i));
  std::vector<bool> needed = needed_nodes(body);
  for (std::size_t i = is_read_.size(); i-- > 0;) {
    const Node& node = body.nodes()[i];
    if (!needed[i] || node.kind != NodeKind::operation) continue;
    Value y(const_cast<Graph&>(body), static_cast<std::int32_t>(i));
    for (std::size_t j = 0; j < node.inputs.size(); ++j) {
      bool is_unread = has_rows_of_result(node, j, y, 1) && (!is_read_[i] || chooses_active(node, j));
      if (!is_unread) read(node.inputs[j]);
    }
  }
}

// Whether operand j is taken at rows at work only: where(active, x, ...).
bool RestingRows::chooses_active(const Node& node, std::size_t j) const {
  if (!is_op(node, "where") || j != 1 || node.inputs[0].rank() != node.types[0].rank()) return false;
  const Value& condition = node.inputs[0];
  for (std::size_t axis = 1; axis < condition.rank(); ++axis)
    if (!condition.shape()[axis].is(1)) return false;
  const Value* mask = &condition;
  while (is_op(mask->node(), "reshape") || is_op(mask->node(), "expand_dims")) mask = &mask->node().inputs[0];
  return condition.shape()[0] == node.types[0].shape[0] &&
         std::find(masks_.begin(), masks_.end(), *mask) != masks_.end();
}

}  // namespace gradloom
