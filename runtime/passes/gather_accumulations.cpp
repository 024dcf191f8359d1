// gather_accumulations: a carry that only sums something up leaves the loop, and the sum over time is taken at once:
// the weight gradients of a backward loop become one product each, by the ops' accumulation rules.
//
// Before: c = scan(c0, ...){ c + dot(a, b) }      After: c = c0 + dot(as, bs) with time among the contracted axes
#include <algorithm>

#include "autodiff/batching.h"
#include "ops/elementwise.h"
#include "ops/ops.h"
#include "runtime/passes.h"
#include "runtime/passes/loop_edit.h"
#include "runtime/passes/rewriter.h"

namespace gradloom {

namespace {

std::size_t index_of(const Value& value) { return static_cast<std::size_t>(value.node_index()); }

bool is_op(const Value& value, std::string_view name) {
  const Node& node = value.node();
  return node.kind == NodeKind::operation && node.op->name == name;
}

std::vector<int> count_uses(const Graph& body) {
  std::vector<int> uses(body.nodes().size());
  std::vector<bool> needed = needed_nodes(body);
  for (std::size_t i = 0; i < uses.size(); ++i)
    if (needed[i])
      for (const Value& input : body.nodes()[i].inputs) ++uses[index_of(input)];
  for (const NamedValue& output : body.outputs()) ++uses[index_of(output.value)];
  return uses;
}

// What a carry gains at each step, as a list of summands; empty when the carry is anything but a sum.
class Summands {
 public:
  Summands(const ScanView& scan, std::size_t carry, const std::vector<int>& uses) : uses_(uses) {
    Value c = scan.body_carry(carry), next = scan.next_carry(carry);
    // The carry's one use is in its own sum, so no summand depends on it.
    if (uses[index_of(c)] == 1 && next != c && !collect(next, c)) list.clear();
  }

  Values list;

 private:
  // Whether `sum` is c, or a sum that holds c once and that nothing else uses.
  bool collect(Value sum, const Value& c) {
    while (sum != c) {
      if (!is_op(sum, "add") || uses_[index_of(sum)] != 1) return false;
      Value a = sum.node().inputs[0], b = sum.node().inputs[1];
      if (a.type() != sum.type() || b.type() != sum.type()) return false;
      bool in_a = leads_to(a, c);
      if (!in_a && !leads_to(b, c)) return false;
      list.push_back(in_a ? b : a);
      sum = in_a ? a : b;
    }
    return true;
  }
  bool leads_to(Value value, const Value& c) const {
    while (value != c) {
      if (!is_op(value, "add")) return false;
      const Values& inputs = value.node().inputs;
      if (inputs[0] == c || inputs[1] == c) return true;
      if (is_op(inputs[0], "add") && leads_to(inputs[0], c)) return true;
      value = inputs[1];
    }
    return true;
  }
  const std::vector<int>& uses_;
};

// An op whose result for a sum is the sum of its results, element for element (transpose, reshape, neg).
bool passes_sums_on(const Node& node) {
  return node.op->traits.has(Trait::linear) && node.inputs.size() == 1 &&
         element_count(node.types[0].shape) == element_count(node.inputs[0].type().shape) &&
         node.types[0].dtype == node.inputs[0].dtype();
}

// Whether rows of zeros (axis 0) in any operand that has rows give rows of zeros in the product.
bool product_keeps_rows(const Node& node, const LoopEdit& loop) {
  if (node.kind != NodeKind::operation || node.op->name != "dot_general") return false;
  bool any = false;
  for (std::size_t side : {0, 1}) {
    if (!loop.has_rows_first(node.inputs[side])) continue;
    const auto& batch = node.attributes.get<Axes>(side == 0 ? "batch_a" : "batch_b");
    const auto& contracted = node.attributes.get<Axes>(side == 0 ? "contract_a" : "contract_b");
    bool is_first = batch.empty() ? side == 0 && std::find(contracted.begin(), contracted.end(), 0) == contracted.end()
                                  : batch[0] == 0;
    if (!is_first) return false;
    any = true;
  }
  return any;
}

bool is_sum_of_equals(const Value& value) {
  return is_op(value, "add") && value.node().inputs[0].type() == value.type() &&
         value.node().inputs[1].type() == value.type();
}

class Gathering {
 public:
  explicit Gathering(LoopEdit& loop) : loop_(loop), stacked_(loop.scan().num_outputs()) {
    for (std::size_t i = 0; i < stacked_.size(); ++i) stacked_[i] = loop.scan().body_output(i);
  }

  // Notes which values must leave the loop so that `summand` can be summed outside. False when it cannot be.
  bool prepare(const Value& summand, bool by_row) {
    const Node& node = summand.node();
    if (is_summed_as_it_is(summand, by_row)) return stack(summand);
    if (is_sum_of_equals(summand)) return prepare(node.inputs[0], by_row) && prepare(node.inputs[1], by_row);
    if (!by_row && passes_sums_on(node)) return prepare(node.inputs[0], false);
    std::vector<bool> per_step;
    for (const Value& input : node.inputs)
      per_step.push_back(!(loop_.is_outside(input) && !loop_.outside(input).per_step));
    bool varies = std::find(per_step.begin(), per_step.end(), true) != per_step.end();
    if (!varies || !loop_.can_move_out(summand.node_index(), per_step)) return stack(summand);
    for (const Value& input : node.inputs)
      if (!loop_.is_outside(input)) stack(input);
    return true;
  }

  // The sum over all steps, once the loop has been rebuilt.
  Value sum_outside(const Value& summand, bool by_row) {
    const Node& node = summand.node();
    Graph& outer = loop_.outer();
    bool direct = is_summed_as_it_is(summand, by_row);
    if (!direct && is_sum_of_equals(summand))
      return add(sum_outside(node.inputs[0], by_row), sum_outside(node.inputs[1], by_row));
    if (!direct && !by_row && passes_sums_on(node))
      return outer.append_operation(*node.op, {sum_outside(node.inputs[0], false)}, node.attributes, node.op->name)[0];
    if (direct) {
      // What is outside anyhow may hold anything in its padding.
      Value steps = loop_.outside(summand).value;
      auto row_axis = loop_.row_axis(summand);
      if (by_row) row_axis = 0;
      return sum(row_axis ? loop_.zero_padding(steps, *row_axis) : steps, {0});
    }
    LoopEdit::Operands from = loop_.operands(node, may_fail(node));
    // Of the operands of a product one is 0 in padding; the other must not be NaN there, as a user's sequence may be.
    for (std::size_t i = 0; i < from.values.size(); ++i)
      if (auto axis = loop_.row_axis(node.inputs[i]);
          from.per_step[i] && axis && !loop_.is_finite_in_padding(node.inputs[i]))
        if (by_row || is_float(from.values[i].dtype())) from.values[i] = loop_.zero_padding(from.values[i], *axis);
    return accumulate_node(outer, node, from.values, from.per_step, loop_.scan().length());
  }

  const Values& stacked() const { return stacked_; }

 private:
  // An accumulation rule gives the sum of a node's only result. Where rows rest, what they would add is masked: in the
  // operands of a product, else in the stacked summand.
  bool is_summed_as_it_is(const Value& summand, bool by_row) const {
    if (summand.node().kind != NodeKind::operation || summand.node().types.size() != 1 || loop_.is_outside(summand))
      return true;
    return by_row && !is_sum_of_equals(summand) && !product_keeps_rows(summand.node(), loop_);
  }
  bool stack(const Value& value) {
    if (loop_.is_outside(value)) return loop_.outside(value).per_step;
    if (std::find(stacked_.begin(), stacked_.end(), value) == stacked_.end()) stacked_.push_back(value);
    return true;
  }
  LoopEdit& loop_;
  Values stacked_;  // the scan's own outputs first
};

class GatherAccumulations : public Rewriter {
 public:
  std::int64_t gathered() const { return gathered_; }

 protected:
  Values replace(const Graph&, std::int32_t, Node node, Graph& target) override {
    if (node.op != &scan_op) return append_node(node, target);
    LoopEdit loop(target, node);
    const ScanView& scan = loop.scan();
    std::vector<int> uses = count_uses(loop.body());
    Gathering gathering(loop);
    std::vector<Values> summands(scan.num_carries());
    std::vector<std::size_t> staying;
    auto by_row = [&](std::size_t i) { return scan.has_lengths() && !scan.is_plain_carry(i); };
    for (std::size_t i = 0; i < scan.num_carries(); ++i) {
      summands[i] = Summands(scan, i, uses).list;
      bool possible = !summands[i].empty();
      for (const Value& summand : summands[i]) possible = possible && gathering.prepare(summand, by_row(i));
      if (!possible) {
        summands[i].clear();
        staying.push_back(i);
      }
    }
    if (staying.size() == scan.num_carries()) return append_node(node, target);
    gathered_ += static_cast<std::int64_t>(scan.num_carries() - staying.size());

    Values stacked;
    for (const Value& value : gathering.stacked())
      if (!loop.is_outside(value) && std::find(stacked.begin(), stacked.end(), value) == stacked.end())
        stacked.push_back(value);
    Values last = loop.rebuild(staying, stacked), results;
    for (std::size_t i = 0, k = 0; i < scan.num_carries(); ++i) {
      if (summands[i].empty()) {
        results.push_back(last[k++]);
        continue;
      }
      Value total = scan.carry(i);
      for (const Value& summand : summands[i]) total = add(total, gathering.sum_outside(summand, by_row(i)));
      results.push_back(total);
    }
    for (std::size_t i = 0; i < scan.num_outputs(); ++i) {
      Value value = scan.body_output(i);
      bool from_loop = std::find(stacked.begin(), stacked.end(), value) != stacked.end();
      results.push_back(from_loop ? loop.outside(value).value : loop.output_from_outside(i));
    }
    return results;
  }

 private:
  std::int64_t gathered_ = 0;
};

}  // namespace

PassResult gather_accumulations(std::unique_ptr<Module>& module, std::string_view function) {
  GatherAccumulations pass;
  auto rewritten = pass.run(*module, function);
  if (pass.gathered() == 0) return {};
  module = std::move(rewritten);
  return {pass.gathered(), concat_text("took ", count_text(pass.gathered(), "sum"), " over time out of loops")};
}

}  // namespace gradloom
