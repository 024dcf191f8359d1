// The gradient of a loop is two loops: the forward one again, which also returns what the rules will need (residuals),
// and one in the other direction that carries the gradients of the carries and sums those of the constants.
#include <map>
#include <unordered_set>

#include "graph/rewrite.h"
#include "ops/row_axes.h"
#include "ops/scan.h"

namespace gradloom {

namespace {

std::size_t index_of(const Value& value) { return static_cast<std::size_t>(value.node_index()); }

// Which inputs of the body need a gradient: those asked for, and every float carry that they reach.
struct Wanted {
  std::vector<bool> carries, sequences, constants;
};

Wanted find_wanted(const Backward& b, const ScanView& scan) {
  Wanted wanted;
  std::size_t place = 0;
  for (std::size_t i = 0; i < scan.num_carries(); ++i) wanted.carries.push_back(b.wants(place++));
  for (std::size_t i = 0; i < scan.num_sequences(); ++i) wanted.sequences.push_back(b.wants(place++));
  for (std::size_t i = 0; i < scan.num_constants(); ++i) wanted.constants.push_back(b.wants(place++));
  const Graph& body = scan.body();
  // Each round adds at least one carry, so there are at most num_carries rounds and a last one that adds none.
  for (bool changed = true; changed;) {
    changed = false;
    std::vector<bool> reached(body.nodes().size());
    for (std::size_t i = 0; i < body.inputs().size(); ++i) {
      std::size_t k = i;
      bool want = k < scan.num_carries()                             ? wanted.carries[k]
                  : (k -= scan.num_carries()) < scan.num_sequences() ? wanted.sequences[k]
                                                                     : wanted.constants[k - scan.num_sequences()];
      reached[index_of(body.inputs()[i])] = want;
    }
    for (std::size_t i = 0; i < reached.size(); ++i)
      for (const Value& input : body.nodes()[i].inputs)
        if (reached[index_of(input)] && is_float(input.dtype())) reached[i] = true;
    for (std::size_t i = 0; i < scan.num_carries(); ++i) {
      Value next = scan.next_carry(i);
      if (wanted.carries[i] || !reached[index_of(next)] || !is_float(next.dtype())) continue;
      wanted.carries[i] = changed = true;
    }
  }
  return wanted;
}

// The pieces of the gradient of one scan, put together in the order of the methods.
class ScanGradient {
 public:
  explicit ScanGradient(const Backward& b)
      : b_(b), scan_(b.node()), outer_(b.graph()), wanted_(find_wanted(b, scan_)) {}

  Values build();

 private:
  void differentiate_body();
  ActiveRows body_rows() const;
  bool is_constant_of_rows(const Value& constant) const;
  void find_residuals();
  void run_forward_again();
  Value backward_value(const Value& forward);
  void start_backward();
  Values run_backward();
  Value out_grad(std::size_t result) const {
    Value gradient = b_.out_grad(result);
    return gradient && is_float(gradient.dtype()) ? gradient : Value();
  }
  // The copied nodes may have a name already that the loop of the next order wants.
  static Value free_input(Graph& body, std::string_view stem, std::size_t i, const Type& type) {
    std::string name = concat_text(stem, "_", i);
    while (body.find_node(name) >= 0) name += "_";
    return body.input(name, type.dtype, type.shape);
  }
  Value body_input(std::string_view stem, std::size_t i, const Type& type) { return free_input(*body_, stem, i, type); }

  const Backward& b_;
  ScanView scan_;
  Graph& outer_;
  Wanted wanted_;

  // The step and its gradient in one graph: a sketch, from which the two bodies are cut.
  Graph* sketch_ = nullptr;
  ValueMap to_sketch_;
  std::size_t num_forward_ = 0;      // nodes below this are of the step itself
  std::vector<Value> next_grads_;    // inputs of the sketch: gradients of the next carries
  std::vector<Value> output_grads_;  // and of the outputs; none where nothing flows back
  Value active_;                     // with lengths
  Values carry_grads_, slice_grads_, constant_grads_;
  std::vector<bool> invariant_;  // forward nodes that are the same at each step

  std::vector<Value> residuals_;                        // values of the sketch that the forward scan must return
  std::unordered_map<Value, Value, ValueHash> stacks_;  // their stacked values in the outer graph
  std::unordered_set<Value, ValueHash> hidden_;         // those that are stacked with a further axis in front

  Graph* body_ = nullptr;  // of the backward scan
  ScanParts parts_;
  Value mask_;  // of active rows, [time, batch]
  ValueMap to_body_;
  Values slices_, constants_;  // the backward body's own, in the order of parts_
};

void ScanGradient::differentiate_body() {
  BodyScope scope(outer_, "step");
  sketch_ = &scope.body();
  copy_without_effects(scan_.body(), *sketch_, to_sketch_);
  num_forward_ = sketch_->nodes().size();
  auto in_sketch = [&](const Value& value) { return to_sketch_.at(value); };
  auto seed = [&](std::string_view name, std::size_t i, const Type& type) {
    return free_input(*sketch_, name, i, type);
  };
  Values ys, dys, xs;
  next_grads_.resize(scan_.num_carries());
  for (std::size_t i = 0; i < scan_.num_carries(); ++i) {
    if (!wanted_.carries[i]) continue;
    next_grads_[i] = seed("next_grad", i, scan_.next_carry(i).type());
    ys.push_back(in_sketch(scan_.next_carry(i)));
    dys.push_back(next_grads_[i]);
  }
  output_grads_.resize(scan_.num_outputs());
  for (std::size_t i = 0; i < scan_.num_outputs(); ++i) {
    if (!out_grad(scan_.num_carries() + i)) continue;
    output_grads_[i] = seed("output_grad", i, scan_.body_output(i).type());
    ys.push_back(in_sketch(scan_.body_output(i)));
    dys.push_back(output_grads_[i]);
  }
  if (scan_.has_lengths()) active_ = seed("active", 0, {DType::boolean, {scan_.lengths().shape()[0]}});
  for (std::size_t i = 0; i < scan_.num_carries(); ++i) xs.push_back(in_sketch(scan_.body_carry(i)));
  for (std::size_t i = 0; i < scan_.num_sequences(); ++i) xs.push_back(in_sketch(scan_.body_slice(i)));
  for (std::size_t i = 0; i < scan_.num_constants(); ++i) xs.push_back(in_sketch(scan_.body_constant(i)));
  std::vector<bool> asked = wanted_.carries;
  asked.insert(asked.end(), wanted_.sequences.begin(), wanted_.sequences.end());
  asked.insert(asked.end(), wanted_.constants.begin(), wanted_.constants.end());
  Values asked_xs;
  for (std::size_t i = 0; i < xs.size(); ++i)
    if (asked[i]) asked_xs.push_back(xs[i]);
  Values found = ys.empty() ? Values(asked_xs.size()) : b_.engine().gradients(ys, dys, asked_xs, body_rows());
  Values all(xs.size());
  for (std::size_t i = 0, k = 0; i < xs.size(); ++i)
    if (asked[i]) all[i] = found[k++];
  auto begin = all.begin();
  auto carries_end = begin + static_cast<std::ptrdiff_t>(scan_.num_carries());
  auto slices_end = carries_end + static_cast<std::ptrdiff_t>(scan_.num_sequences());
  carry_grads_.assign(begin, carries_end);
  slice_grads_.assign(carries_end, slices_end);
  constant_grads_.assign(slices_end, all.end());
}

// Of a constant it is known only by a symbol of the same name that its axis 0 is the batch.
bool ScanGradient::is_constant_of_rows(const Value& constant) const {
  if (!active_ || constant.rank() == 0) return false;
  const Dim& batch = active_.shape()[0];
  return !batch.is_constant() && constant.shape()[0] == batch;
}

ActiveRows ScanGradient::body_rows() const {
  if (!active_) return {};
  const Dim& batch = active_.shape()[0];
  ActiveRows rows{active_, {active_}, {active_}};
  auto add_leaf = [&](const Value& leaf, bool plain, bool varies = true) {
    if (leaf && !plain && leaf.rank() > 0 && leaf.shape()[0] == batch) rows.rows.push_back(leaf);
    if (leaf && varies) rows.varying.push_back(leaf);
  };
  for (std::size_t i = 0; i < scan_.num_carries(); ++i) {
    add_leaf(to_sketch_.at(scan_.body_carry(i)), scan_.is_plain_carry(i));
    add_leaf(next_grads_[i], scan_.is_plain_carry(i));
  }
  for (std::size_t i = 0; i < scan_.num_outputs(); ++i) add_leaf(output_grads_[i], scan_.is_plain_output(i));
  for (std::size_t i = 0; i < scan_.num_sequences(); ++i) add_leaf(to_sketch_.at(scan_.body_slice(i)), false);
  for (std::size_t i = 0; i < scan_.num_constants(); ++i)
    add_leaf(to_sketch_.at(scan_.body_constant(i)), !is_constant_of_rows(scan_.constant(i)), false);
  return rows;
}

void ScanGradient::find_residuals() {
  invariant_.assign(num_forward_, true);
  for (std::size_t i = 0; i < scan_.num_carries() + scan_.num_sequences(); ++i)
    invariant_[index_of(to_sketch_.at(scan_.body().inputs()[i]))] = false;
  for (std::size_t i = 0; i < num_forward_; ++i)
    for (const Value& input : sketch_->nodes()[i].inputs)
      if (!invariant_[index_of(input)]) invariant_[i] = false;

  std::vector<bool> seen_slices(num_forward_);
  for (std::size_t i = 0; i < scan_.num_sequences(); ++i)
    seen_slices[index_of(to_sketch_.at(scan_.body_slice(i)))] = true;
  std::vector<bool> needed(sketch_->nodes().size());
  std::unordered_map<Value, bool, ValueHash> taken;
  auto need = [&](const Value& value) {
    needed[index_of(value)] = true;
    std::size_t i = index_of(value);
    if (i >= num_forward_ || invariant_[i] || seen_slices[i] || taken[value]) return;
    taken[value] = true;
    residuals_.push_back(value);
  };
  for (const Values* results : {&carry_grads_, &slice_grads_, &constant_grads_})
    for (const Value& value : *results)
      if (value) need(value);
  for (std::size_t i = sketch_->nodes().size(); i-- > num_forward_;)
    if (needed[i])
      for (const Value& input : sketch_->nodes()[i].inputs) need(input);
}

void ScanGradient::run_forward_again() {
  if (residuals_.empty()) return;
  ScanParts parts;
  for (std::size_t i = 0; i < scan_.num_carries(); ++i) parts.carries.push_back(scan_.carry(i));
  for (std::size_t i = 0; i < scan_.num_sequences(); ++i) parts.sequences.push_back(scan_.sequence(i));
  for (std::size_t i = 0; i < scan_.num_constants(); ++i) parts.constants.push_back(scan_.constant(i));
  parts.lengths = scan_.lengths();
  parts.reverse = scan_.reverse();
  parts.length = scan_.length();
  parts.plain_carries = b_.attribute<std::vector<std::int64_t>>("plain_carries");
  parts.plain_outputs = b_.attribute<std::vector<std::int64_t>>("plain_outputs");
  BodyScope scope(outer_, "scan");
  Graph& body = scope.body();
  ValueMap map, from_sketch;
  copy_without_effects(scan_.body(), body, map);
  for (const auto& [original, copy] : to_sketch_) from_sketch[copy] = map.at(original);
  for (const NamedValue& output : scan_.body().outputs()) body.output(output.name, map.at(output.value));
  RowAxes axes = active_ ? RowAxes(*sketch_, body_rows().rows, active_.shape()[0]) : RowAxes();
  for (std::size_t i = 0; i < residuals_.size(); ++i) {
    Value value = from_sketch.at(residuals_[i]);
    bool rows_first = axes.has_rows_first(residuals_[i]);
    // A slice as long as the batch is read as rows. An axis in front hides a literal size that is another's.
    bool looks_like_rows = active_ && !rows_first && value.rank() > 0 && value.shape()[0] == active_.shape()[0];
    if (looks_like_rows) hidden_.insert(residuals_[i]);
    body.output(concat_text("residual_", body.outputs().size()), looks_like_rows ? expand_dims(value, {0}) : value);
    // With lengths, a residual without rows in front cannot be zeroed by row; it is used by rows that are active only.
    if (active_ && !rows_first) parts.plain_outputs.push_back(static_cast<std::int64_t>(scan_.num_outputs() + i));
  }
  outer_.end_body(body);
  parts.body = &body;
  Values results = add_scan(outer_, parts);
  for (std::size_t i = 0; i < residuals_.size(); ++i)
    stacks_[residuals_[i]] = results[scan_.num_carries() + scan_.num_outputs() + i];
}

// The backward body's own value for a forward value of the sketch.
Value ScanGradient::backward_value(const Value& forward) {
  auto found = to_body_.find(forward);
  if (found != to_body_.end()) return found->second;
  Value own;
  for (std::size_t i = 0; i < scan_.num_sequences() && !own; ++i)
    if (forward == to_sketch_.at(scan_.body_slice(i))) {
      own = body_input("slice", slices_.size(), forward.type());
      slices_.push_back(own);
      parts_.sequences.push_back(scan_.sequence(i));
    }
  for (std::size_t i = 0; i < scan_.num_constants() && !own; ++i)
    if (forward == to_sketch_.at(scan_.body_constant(i))) {
      own = body_input("constant", constants_.size(), forward.type());
      constants_.push_back(own);
      parts_.constants.push_back(scan_.constant(i));
    }
  if (auto stack = stacks_.find(forward); !own && stack != stacks_.end()) {
    Type type = forward.type();
    if (hidden_.contains(forward)) type.shape.insert(type.shape.begin(), 1);
    own = body_input("residual", slices_.size(), type);
    slices_.push_back(own);
    parts_.sequences.push_back(stack->second);
    if (hidden_.contains(forward)) own = squeeze(own, {0});
  }
  if (!own) {
    // The same at each step: computed again from what it is made of. Bodies are shallow enough in constants.
    for (const Value& input : sketch_->node(forward.node_index()).inputs) backward_value(input);
    copy_node(*sketch_, forward.node_index(), *body_, to_body_);
    return to_body_.at(forward);
  }
  to_body_[forward] = own;
  return own;
}

// What the backward scan starts from, and the mask it reads, stand outside of its body.
void ScanGradient::start_backward() {
  parts_.reverse = !scan_.reverse();
  parts_.length = scan_.length();
  parts_.lengths = scan_.lengths();
  auto zeros = [&](const Value& like) { return fill(outer_, like.dtype(), like.shape(), 0); };
  for (std::size_t i = 0; i < scan_.num_carries(); ++i) {
    if (!wanted_.carries[i]) continue;
    Value start = out_grad(i);
    parts_.carries.push_back(start ? start : zeros(scan_.carry(i)));
  }
  for (std::size_t i = 0; i < scan_.num_constants(); ++i)
    if (constant_grads_[i]) parts_.carries.push_back(zeros(scan_.constant(i)));
  if (active_) mask_ = active_rows(scan_.lengths(), scan_.length());
}

Values ScanGradient::run_backward() {
  start_backward();
  BodyScope scope(outer_, "backward");
  body_ = &scope.body();
  Values carries, next, outputs;
  std::vector<std::size_t> result_of_input(b_.num_inputs(), std::size_t(-1));

  for (std::size_t i = 0; i < scan_.num_carries(); ++i) {
    if (!wanted_.carries[i]) continue;
    Value own = body_input("carry_grad", i, scan_.next_carry(i).type());
    to_body_[next_grads_[i]] = own;
    if (scan_.is_plain_carry(i)) parts_.plain_carries.push_back(static_cast<std::int64_t>(carries.size()));
    result_of_input[i] = carries.size();
    carries.push_back(own);
  }
  std::size_t first_constant = scan_.num_carries() + scan_.num_sequences();
  std::map<std::size_t, Value> sums;
  for (std::size_t i = 0; i < scan_.num_constants(); ++i) {
    if (!constant_grads_[i]) continue;
    sums[i] = body_input("sum", i, constant_grads_[i].type());
    // A constant of rows has a gradient a row, which freezes like the row; what is summed over rows never does.
    if (scan_.has_lengths() && !is_constant_of_rows(scan_.constant(i)))
      parts_.plain_carries.push_back(static_cast<std::int64_t>(carries.size()));
    result_of_input[first_constant + i] = carries.size();
    carries.push_back(sums[i]);
  }
  for (std::size_t i = 0; i < scan_.num_outputs(); ++i) {
    if (!output_grads_[i]) continue;
    Value own = body_input("output_grad", i, output_grads_[i].type());
    to_body_[output_grads_[i]] = own;
    slices_.push_back(own);
    parts_.sequences.push_back(out_grad(scan_.num_carries() + i));
  }
  if (active_) {
    Value own = body_input("active", 0, active_.type());
    to_body_[active_] = own;
    slices_.push_back(own);
    parts_.sequences.push_back(mask_);
  }

  std::vector<bool> needed(sketch_->nodes().size());
  for (const Values* results : {&carry_grads_, &slice_grads_, &constant_grads_})
    for (const Value& value : *results)
      if (value) needed[index_of(value)] = true;
  for (std::size_t i = needed.size(); i-- > num_forward_;)
    if (needed[i])
      for (const Value& input : sketch_->nodes()[i].inputs) needed[index_of(input)] = true;
  for (std::size_t i = num_forward_; i < needed.size(); ++i) {
    if (!needed[i] || sketch_->nodes()[i].kind == NodeKind::input) continue;
    for (const Value& input : sketch_->nodes()[i].inputs)
      if (index_of(input) < num_forward_) backward_value(input);
    copy_node(*sketch_, static_cast<std::int32_t>(i), *body_, to_body_);
  }
  auto in_body = [&](const Value& value) {
    return index_of(value) < num_forward_ ? backward_value(value) : to_body_.at(value);
  };

  for (std::size_t i = 0; i < scan_.num_carries(); ++i)
    if (wanted_.carries[i])
      next.push_back(carry_grads_[i] ? in_body(carry_grads_[i])
                                     : fill(*body_, scan_.carry(i).dtype(), scan_.carry(i).shape(), 0));
  for (const auto& [i, sum] : sums) next.push_back(add(sum, in_body(constant_grads_[i])));
  for (std::size_t i = 0; i < scan_.num_sequences(); ++i) {
    if (!slice_grads_[i]) continue;
    Value gradient = in_body(slice_grads_[i]);
    bool has_rows = active_ && gradient.rank() > 0 && gradient.shape()[0] == active_.shape()[0];
    if (active_ && !has_rows) parts_.plain_outputs.push_back(static_cast<std::int64_t>(outputs.size()));
    result_of_input[scan_.num_carries() + i] = carries.size() + outputs.size();
    outputs.push_back(gradient);
  }
  for (std::size_t i = 0; i < next.size(); ++i) body_->output(concat_text("carry_", i), next[i]);
  for (std::size_t i = 0; i < outputs.size(); ++i) body_->output(concat_text("output_", i), outputs[i]);
  Values order = carries;
  order.insert(order.end(), slices_.begin(), slices_.end());
  order.insert(order.end(), constants_.begin(), constants_.end());
  outer_.end_body(*body_);
  body_->order_inputs(std::move(order));
  parts_.body = body_;
  Values results = add_scan(outer_, parts_);
  Values gradients(b_.num_inputs());
  for (std::size_t i = 0; i < gradients.size(); ++i)
    if (result_of_input[i] != std::size_t(-1)) gradients[i] = results[result_of_input[i]];
  return gradients;
}

Values ScanGradient::build() {
  differentiate_body();
  find_residuals();
  bool any = false;
  for (const Values* results : {&carry_grads_, &slice_grads_, &constant_grads_})
    for (const Value& value : *results) any = any || value;
  for (std::size_t i = 0; i < scan_.num_carries(); ++i) any = any || out_grad(i);
  if (!any) return Values(b_.num_inputs());
  run_forward_again();
  return run_backward();
}

}  // namespace

Values scan_gradient(const Backward& b) { return ScanGradient(b).build(); }

}  // namespace gradloom
