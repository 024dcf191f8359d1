// Taking loops apart and building them again, as declared in loop_edit.h.
#include "runtime/passes/loop_edit.h"

#include <algorithm>

#include "autodiff/batching.h"
#include "base/error.h"
#include "ops/branch.h"
#include "ops/elementwise.h"
#include "runtime/passes/rewriter.h"
#include "runtime/passes/scan_rewrite.h"

namespace gradloom {

namespace {

std::string scope_of(std::string_view name) {
  std::size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? "" : std::string(name.substr(0, slash + 1));
}

// Names of nodes appended meanwhile begin with the scope of the node they come from.
class BorrowedScope {
 public:
  BorrowedScope(Graph& graph, std::string scope) : graph_(graph), before_(graph.scope()) {
    graph.set_scope(std::move(scope));
  }
  ~BorrowedScope() { graph_.set_scope(std::move(before_)); }
  BorrowedScope(const BorrowedScope&) = delete;
  BorrowedScope& operator=(const BorrowedScope&) = delete;

 private:
  Graph& graph_;
  std::string before_;
};

}  // namespace

LoopEdit::LoopEdit(Graph& outer, const Node& scan)
    : outer_(outer), name_(scan.name), node_(scan), scan_(node_), rows_(find_rows(scan_)) {
  for (std::size_t i = 0; i < scan_.num_sequences(); ++i) outside_[scan_.body_slice(i)] = {scan_.sequence(i), true};
  for (std::size_t i = 0; i < scan_.num_constants(); ++i) outside_[scan_.body_constant(i)] = {scan_.constant(i), false};
}

bool LoopEdit::is_outside(const Value& value) const {
  return outside_.contains(value) || value.node().kind == NodeKind::constant;
}

Outside LoopEdit::outside(const Value& value) {
  auto found = outside_.find(value);
  if (found != outside_.end()) return found->second;
  ensure(value.node().kind == NodeKind::constant, value.name(), " is not known outside of the loop ", name_);
  return outside_[value] = {outer_.constant(value.node().literal), false};
}

Value LoopEdit::zero_padding(Value x, std::size_t row_axis) { return fill_padding(x, row_axis, 0); }

Value LoopEdit::fill_padding(Value x, std::size_t row_axis, double value) {
  if (!scan_.has_lengths()) return x;
  BorrowedScope scope(outer_, scope_of(name_));
  Value active = active_rows(scan_.lengths(), scan_.length());
  Axes others;
  for (std::size_t axis = 1; axis < x.rank(); ++axis)
    if (axis != row_axis + 1) others.push_back(static_cast<std::int64_t>(axis));
  if (!others.empty()) active = expand_dims(active, others);
  return where(active, x, outer_.constant(x.dtype(), value));
}

bool LoopEdit::is_finite_in_padding(const Value& value) {
  Value known = outside(value).value;
  const Node& node = known.node();
  if (node.kind != NodeKind::operation) return false;
  if (node.op->name == "gather") return node.inputs[0].node().kind == NodeKind::variable;
  if (node.op != &scan_op) return false;
  ScanView from(node);
  auto result = static_cast<std::size_t>(known.output_index());
  return from.has_lengths() && from.lengths() == scan_.lengths() && result >= from.num_carries() &&
         !from.is_plain_output(result - from.num_carries());
}

bool LoopEdit::looks_like_rows(std::int32_t node) const {
  if (!scan_.has_lengths()) return false;
  const Dim& batch = scan_.lengths().shape()[0];
  const Types& types = body().node(node).types;
  for (std::size_t i = 0; i < types.size(); ++i) {
    Value value(const_cast<Graph&>(body()), node, static_cast<std::int32_t>(i));
    if (types[i].rank() > 0 && types[i].shape[0] == batch && !rows_.has_rows_first(value)) return true;
  }
  return false;
}

LoopEdit::Operands LoopEdit::operands(const Node& node, bool guarded) {
  Operands result;
  for (const Value& input : node.inputs) {
    Outside known = outside(input);
    // Of the values that an op refuses, all are integers: indices and targets, of which 0 is right, and divisors.
    if (auto axis = row_axis(input); guarded && known.per_step && axis && is_integer(input.dtype()))
      known.value = fill_padding(known.value, *axis, node.op->traits.has(Trait::elementwise) ? 1 : 0);
    result.values.push_back(known.value);
    result.per_step.push_back(known.per_step);
    result.any_per_step = result.any_per_step || known.per_step;
  }
  return result;
}

// What prints or checks, and a branch of which not every step takes the same: both sides of it would be computed.
bool LoopEdit::must_stay(const Node& node, const std::vector<bool>& per_step) {
  return has_effects(node) || (node.op == &cond_op && per_step[0]);
}

bool LoopEdit::move_out(std::int32_t index) {
  const Node& node = body().node(index);
  BorrowedScope scope(outer_, scope_of(name_) + scope_of(node.name));
  Operands from = operands(node, may_fail(node));
  Values results;
  if (must_stay(node, from.per_step)) return false;
  if (from.any_per_step) {
    results = batch_node(outer_, node, from.values, from.per_step, scan_.length());
    if (results.empty()) return false;
  } else {
    results = outer_.append_operation(*node.op, from.values, node.attributes, node.op->name);
  }
  for (std::size_t i = 0; i < results.size(); ++i)
    outside_[Value(const_cast<Graph&>(body()), index, static_cast<std::int32_t>(i))] = {results[i], from.any_per_step};
  return true;
}

bool LoopEdit::can_move_out(std::int32_t index, const std::vector<bool>& per_step) {
  const Node& node = body().node(index);
  if (must_stay(node, per_step)) return false;
  if (std::find(per_step.begin(), per_step.end(), true) == per_step.end()) return !may_fail(node);
  if (node.op->batching == nullptr) return false;
  Graph& scratch = outer_.module().add_body("scratch", nullptr);
  Values inputs;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    Type type = node.inputs[i].type();
    if (per_step[i]) type.shape.insert(type.shape.begin(), scan_.length());
    inputs.push_back(append_input(scratch, "x", type));
  }
  return !batch_node(scratch, node, inputs, per_step, scan_.length()).empty();
}

Value LoopEdit::output_from_outside(std::size_t output) {
  Outside known = outside(scan_.body_output(output));
  Value value = known.value;
  if (!known.per_step) {
    Dims shape = value.shape();
    shape.insert(shape.begin(), scan_.length());
    value = broadcast_to(value, std::move(shape));
  }
  return scan_.is_plain_output(output) ? value : zero_padding(value);
}

// The new body's value for one of the old body; its node has been built, or it comes from outside.
Value LoopEdit::own_value(const Value& value) {
  auto found = own_.find(value);
  if (found != own_.end()) return found->second;
  ensure(is_outside(value), "loop ", name_, ": ", value.name(), " was not built");
  if (value.node().kind == NodeKind::constant && !outside_.contains(value)) {
    copy_node(body(), value.node_index(), *target_, own_);
    return own_.at(value);
  }
  Outside known = outside_.at(value);
  Value own = append_input(*target_, value.node().name, value.type());
  (known.per_step ? own_slices_ : own_constants_).push_back(own);
  (known.per_step ? parts_.sequences : parts_.constants).push_back(known.value);
  return own_[value] = own;
}

void LoopEdit::build_value(const Value& last) {
  // Depth first without recursion: bodies may be long chains.
  Values pending{last};
  while (!pending.empty()) {
    Value value = pending.back();
    if (own_.contains(value) || is_outside(value)) {
      pending.pop_back();
      own_value(value);
      continue;
    }
    bool ready = true;
    for (const Value& input : value.node().inputs) {
      if (own_.contains(input)) continue;
      ready = false;
      pending.push_back(input);
    }
    if (!ready) continue;
    pending.pop_back();
    copy_node(body(), value.node_index(), *target_, own_);
  }
}

// A node for its own sake: it may have no results.
void LoopEdit::build_node(std::int32_t index) {
  if (own_.contains(Value(const_cast<Graph&>(body()), index))) return;
  for (const Value& input : body().node(index).inputs) build_value(input);
  copy_node(body(), index, *target_, own_);
}

Values LoopEdit::rebuild(const std::vector<std::size_t>& carries, const Values& stacked) {
  parts_ = ScanParts{};
  parts_.lengths = scan_.lengths();
  parts_.reverse = scan_.reverse();
  parts_.length = scan_.length();
  own_.clear();
  own_slices_.clear();
  own_constants_.clear();
  Graph& built = outer_.module().add_body(body().name(), nullptr);
  target_ = &built;
  Values order;
  for (std::size_t i : carries) {
    Value old = scan_.body_carry(i);
    own_[old] = append_input(built, old.node().name, old.type());
    order.push_back(own_[old]);
    if (scan_.is_plain_carry(i)) parts_.plain_carries.push_back(static_cast<std::int64_t>(parts_.carries.size()));
    parts_.carries.push_back(scan_.carry(i));
  }
  // In their order, and whether or not their results are used.
  bool any_effect = false;
  for (std::size_t i = 0; i < body().nodes().size(); ++i)
    if (has_effects(body().nodes()[i])) {
      build_node(static_cast<std::int32_t>(i));
      any_effect = true;
    }
  Values next;
  for (std::size_t i : carries) {
    build_value(scan_.next_carry(i));
    next.push_back(own_value(scan_.next_carry(i)));
  }
  for (const Value& value : stacked) build_value(value);
  for (std::size_t i = 0; i < next.size(); ++i) built.output(concat_text("carry_", i), next[i]);
  for (std::size_t i = 0; i < stacked.size(); ++i) {
    built.output(concat_text("output_", i), own_value(stacked[i]));
    if (scan_.has_lengths() && !is_zeroed(stacked[i])) parts_.plain_outputs.push_back(static_cast<std::int64_t>(i));
  }
  order.insert(order.end(), own_slices_.begin(), own_slices_.end());
  order.insert(order.end(), own_constants_.begin(), own_constants_.end());
  built.order_inputs(std::move(order));
  if (carries.empty() && stacked.empty() && !any_effect) return {};
  parts_.body = &built;
  Values results = append_scan(outer_, parts_, name_);
  for (std::size_t i = 0; i < stacked.size(); ++i) outside_[stacked[i]] = {results[carries.size() + i], true};
  results.resize(carries.size());
  return results;
}

// Also what the caller of a loop was promised zeros of: of a literal batch, it need not come from rows.
bool LoopEdit::is_zeroed(const Value& value) const {
  if (rows_.has_rows_first(value)) return true;
  for (std::size_t i = 0; i < scan_.num_outputs(); ++i)
    if (scan_.body_output(i) == value && !scan_.is_plain_output(i)) return true;
  return false;
}

RowAxes find_rows(const ScanView& scan) {
  if (!scan.has_lengths()) return {};
  const Dim batch = scan.lengths().shape()[0];
  Values leaves;
  auto add_leaf = [&](const Value& leaf) {
    if (leaf.rank() > 0 && leaf.shape()[0] == batch) leaves.push_back(leaf);
  };
  for (std::size_t i = 0; i < scan.num_carries(); ++i)
    if (!scan.is_plain_carry(i)) add_leaf(scan.body_carry(i));
  for (std::size_t i = 0; i < scan.num_sequences(); ++i) add_leaf(scan.body_slice(i));
  // A constant of the same literal size may be anything; a symbol is a size of its own.
  for (std::size_t i = 0; i < scan.num_constants() && !batch.is_constant(); ++i) add_leaf(scan.body_constant(i));
  return RowAxes(scan.body(), leaves, batch);
}

}  // namespace gradloom
