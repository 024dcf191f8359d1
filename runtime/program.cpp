// Liveness, views, results in place, and which storages the caller provides.
#include "runtime/program.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/error.h"
#include "graph/rewrite.h"
#include "ops/elementwise.h"
#include "ops/rows.h"
#include "ops/scan.h"
#include "runtime/fused_op.h"
#include "runtime/passes/padding.h"

namespace gradloom {

namespace {

constexpr std::int32_t to_the_end = std::numeric_limits<std::int32_t>::max();

bool is_view(const Node& node) { return node.op->traits.has(Trait::view); }

// Whether the node computes element i from elements i and cannot fail.
bool is_safe_elementwise(const Node& node) {
  return node.op->traits.has(Trait::elementwise) && !node.op->traits.has(Trait::effect) && !may_fail(node);
}

// Nodes in the order in which they run. What leads to new values of variables only, element-wise and without fail,
// comes last: from there on, variables may be overwritten.
std::vector<std::int32_t> run_order(const Graph& graph, const std::vector<bool>& needed, std::int32_t& late_from) {
  std::size_t count = graph.nodes().size();
  std::vector<bool> is_late(count), has_early_use(count);
  for (const NamedValue& output : graph.outputs())
    has_early_use[static_cast<std::size_t>(output.value.node_index())] = true;
  for (std::size_t i = count; i-- > 0;) {
    const Node& node = graph.nodes()[i];
    if (!needed[i] || node.kind != NodeKind::operation) continue;
    is_late[i] = !has_early_use[i] && is_safe_elementwise(node);
    if (is_late[i]) continue;
    for (const Value& input : node.inputs) has_early_use[static_cast<std::size_t>(input.node_index())] = true;
  }
  std::vector<std::int32_t> order;
  for (bool late : {false, true}) {
    late_from = static_cast<std::int32_t>(order.size());
    for (std::size_t i = 0; i < count; ++i)
      if (is_late[i] == late) order.push_back(static_cast<std::int32_t>(i));
  }
  return order;
}

}  // namespace

Program::Program(const Graph& graph, SizeTable& sizes, const ProgramOptions& options) : graph_(&graph) {
  number_values(sizes);
  find_last_uses();
  assign_storages(sizes, options);
  assign_outputs(options);
  if (options.overwrite) overwrite_variables();
}

Program::~Program() = default;

void Program::number_values(SizeTable& sizes) {
  std::vector<bool> needed = needed_nodes(*graph_);
  for (std::size_t i = 0; i < graph_->nodes().size(); ++i) {
    const Node& node = graph_->nodes()[i];
    // Inputs are pointed at whether read or not.
    bool is_kept = needed[i] || node.kind == NodeKind::input;
    first_value_.push_back(is_kept ? static_cast<std::int32_t>(values_.size()) : -1);
    if (!is_kept) continue;
    for (const Type& type : node.types) values_.push_back({type.dtype, sizes.indices_of(type.shape), -1});
  }
  size_one_ = sizes.index_of(1);
  order_ = run_order(*graph_, needed, late_from_);
}

void Program::find_last_uses() {
  last_use_.assign(values_.size(), -1);
  is_update_.resize(values_.size());
  for (const NamedValue& update : graph_->updates())
    is_update_[static_cast<std::size_t>(value_of(update.value))] = true;
  for (const auto* results : {&graph_->outputs(), &graph_->updates()})
    for (const NamedValue& result : *results) last_use_[static_cast<std::size_t>(value_of(result.value))] = to_the_end;
  for (std::size_t place = order_.size(); place-- > 0;) {
    const Node& node = graph_->node(order_[place]);
    std::int32_t value = first_value_[static_cast<std::size_t>(order_[place])];
    if (node.kind != NodeKind::operation || value < 0) continue;
    for (const Value& input : node.inputs) {
      std::int32_t& last = last_use_[static_cast<std::size_t>(value_of(input))];
      last = std::max(last, static_cast<std::int32_t>(place));
    }
    // What reads a view reads the bytes of its input.
    if (is_view(node)) {
      std::int32_t& last = last_use_[static_cast<std::size_t>(value_of(node.inputs[0]))];
      last = std::max(last, last_use_[static_cast<std::size_t>(value)]);
    }
  }
}

std::int32_t Program::add_storage(bool in_arena, std::int32_t value, std::int32_t step) {
  auto index = static_cast<std::int32_t>(storages_.size());
  storages_.push_back({in_arena, value, step, step});
  occupant_.push_back(value);
  value_at(value).storage = index;
  return index;
}

void Program::assign_storages(SizeTable& sizes, const ProgramOptions& options) {
  for (const Value& input : graph_->inputs()) {
    inputs_.push_back(value_of(input));
    add_storage(false, value_of(input), 0);
  }
  for (std::size_t place = 0; place < order_.size(); ++place) {
    const Node& node = graph_->node(order_[place]);
    std::int32_t value = first_value_[static_cast<std::size_t>(order_[place])];
    if (value < 0 || node.kind == NodeKind::input) continue;
    if (node.kind == NodeKind::operation) {
      if (is_view(node))
        value_at(value).storage = value_at(value_of(node.inputs[0])).storage;
      else
        add_step(node, value, static_cast<std::int32_t>(place), sizes, options);
      continue;
    }
    add_storage(false, value, 0);
    (node.kind == NodeKind::variable ? variables_ : literals_).emplace_back(&node, value);
  }
}

void Program::add_step(const Node& node, std::int32_t first, std::int32_t place, SizeTable& sizes,
                       const ProgramOptions& options) {
  auto step_index = static_cast<std::int32_t>(steps_.size());
  ProgramStep step;
  step.node = &node;
  for (const Value& input : node.inputs) {
    step.inputs.push_back(value_of(input));
    Storage& storage = storage_of(value_of(input));
    storage.last = std::max(storage.last, step_index);
  }
  place_of_step_.push_back(place);
  for (std::size_t i = 0; i < node.types.size(); ++i) {
    std::int32_t output = first + static_cast<std::int32_t>(i);
    step.outputs.push_back(output);
    std::int32_t operand = operand_to_overwrite(step, output, options);
    if (operand >= 0) {
      value_at(output).storage = value_at(operand).storage;
      occupant_[static_cast<std::size_t>(value_at(output).storage)] = output;
    } else {
      add_storage(true, output, step_index);
    }
  }
  sizes.add_attributes(node);
  if (node.op == &scan_op) {
    step.loop = std::make_unique<Loop>(node, sizes, options.overwrite);
  } else if (node.op->traits.has(Trait::control)) {
    for (const auto& [name, attribute] : node.attributes)
      if (const Body* body = std::get_if<Body>(&attribute); body && *body)
        step.branches.push_back(std::make_unique<Program>(**body, sizes, ProgramOptions{options.overwrite}));
  }
  steps_.push_back(std::move(step));
}

// Equal elements in equal order: one dtype, and the same sizes but for leading ones.
bool Program::same_layout(std::int32_t a, std::int32_t b) const {
  const ProgramValue &x = value(a), &y = value(b);
  if (x.dtype != y.dtype) return false;
  auto from = [&](const ProgramValue& v) {
    return std::find_if(v.shape.begin(), v.shape.end(), [&](std::int32_t size) { return size != size_one_; });
  };
  return std::equal(from(x), x.shape.end(), from(y), y.shape.end());
}

std::int32_t Program::operand_to_overwrite(const ProgramStep& step, std::int32_t output,
                                           const ProgramOptions& options) const {
  bool by_rows = reuses_rows(*step.node);
  if (!options.overwrite || !(by_rows || step.node->op->traits.has(Trait::elementwise))) return -1;
  if (step.node->types.size() != 1 && step.node->op != &fused_op && !by_rows) return -1;
  // A late step writes a variable's new value where the old one is (overwrite_variables), not over its gradient.
  bool has_memory = place_of_step_.back() >= late_from_ && is_update_[static_cast<std::size_t>(output)];
  for (std::int32_t input : step.inputs) {
    if (by_rows && input != step.inputs[0]) break;
    std::int32_t storage = value(input).storage;
    std::int32_t living = occupant_[static_cast<std::size_t>(storage)];
    bool dies_here = last_use_[static_cast<std::size_t>(living)] == place_of_step_.back();
    if (!dies_here || !same_layout(input, output)) continue;
    if (const Storage& known = storages_[static_cast<std::size_t>(storage)]; known.in_arena) {
      if (has_memory && place_of_step_[static_cast<std::size_t>(known.first)] < late_from_) continue;
      return input;
    }
    // A carry's old bytes may hold the new ones, unless the new ones are wanted in a stacked output.
    for (std::size_t i = 0; i < options.num_carries; ++i) {
      if (storage != value(inputs_[i]).storage || options.freezes[i]) continue;
      std::size_t uses = 0;
      for (const NamedValue& result : graph_->outputs()) uses += value_of(result.value) == output ? 1 : 0;
      if (uses == 1 && value_of(graph_->outputs()[i].value) == output) return input;
    }
  }
  return -1;
}

void Program::assign_outputs(const ProgramOptions& options) {
  for (const NamedValue& output : graph_->outputs()) outputs_.push_back({value_of(output.value), false, false});
  for (const NamedValue& update : graph_->updates()) updates_.push_back({value_of(update.value), false, false});
  auto last_step = static_cast<std::int32_t>(steps_.size());
  for (const auto* results : {&outputs_, &updates_})
    for (const ProgramOutput& result : *results) storage_of(result.value).last = last_step;
  // Stacked outputs before carries: a carry can be read from the slice it was written to.
  for (bool stacked : {true, false}) {
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      if ((i >= options.num_carries) != stacked) continue;
      Storage& storage = storage_of(outputs_[i].value);
      outputs_[i].is_direct = storage.in_arena;
      storage.in_arena = false;
      if (i < options.num_carries)
        outputs_[i].is_in_place = &storage == &storage_of(inputs_[i]) &&
                                  occupant_[static_cast<std::size_t>(value_at(inputs_[i]).storage)] != inputs_[i];
    }
  }
}

// A new value goes straight into its variable's memory when the old value has been read for the last time before, or
// is read element by element by the step that computes the new one, and no step from there on can fail.
void Program::overwrite_variables() {
  std::size_t safe_from = steps_.size();
  while (safe_from > 0 && is_safe_elementwise(*steps_[safe_from - 1].node)) --safe_from;
  for (std::size_t i = 0; i < updates_.size(); ++i) {
    const NamedValue& update = graph_->updates()[i];
    auto variable = std::find_if(variables_.begin(), variables_.end(),
                                 [&](const auto& known) { return known.first->name == update.name; });
    Storage& storage = storage_of(updates_[i].value);
    if (variable == variables_.end() || !storage.in_arena || storage.first < static_cast<std::int32_t>(safe_from))
      continue;
    const Storage& old = storage_of(variable->second);
    if (old.last > storage.first) continue;
    bool is_aligned = true;
    if (old.last == storage.first)
      for (std::int32_t input : steps_[static_cast<std::size_t>(storage.first)].inputs)
        if (value(input).storage == value(variable->second).storage)
          is_aligned = is_aligned && same_layout(input, updates_[i].value);
    if (!is_aligned) continue;
    updates_[i].is_direct = true;
    storage.in_arena = false;
  }
}

Loop::Loop(const Node& node, SizeTable& sizes, bool overwrite) {
  ScanView scan(node);
  num_carries = scan.num_carries();
  num_sequences = scan.num_sequences();
  num_constants = scan.num_constants();
  num_outputs = scan.num_outputs();
  reverse = scan.reverse();
  has_lengths = scan.has_lengths();
  length = sizes.index_of(scan.length());
  if (has_lengths) batch = sizes.index_of(scan.lengths().shape()[0]);
  may_stop = has_lengths;
  // What has no rows goes on at every step.
  for (std::size_t i = 0; i < num_carries; ++i) {
    freezes.push_back(has_lengths && !scan.is_plain_carry(i));
    may_stop = may_stop && freezes.back();
  }
  for (std::size_t i = 0; i < num_outputs; ++i) {
    zeroes.push_back(has_lengths && !scan.is_plain_output(i));
    may_stop = may_stop && zeroes.back();
  }
  std::optional<RestingRows> rows;
  if (has_lengths) rows.emplace(scan);
  for (std::size_t i = 0; i < num_sequences; ++i) {
    const Dims& slice = scan.body_slice(i).shape();
    ignores.push_back(has_lengths && rows->is_unread(static_cast<std::size_t>(scan.body_slice(i).node_index())));
    masks.push_back(has_lengths && !slice.empty() && slice[0] == scan.lengths().shape()[0]);
  }
  body = std::make_unique<Program>(scan.body(), sizes, ProgramOptions{overwrite, num_carries, freezes});
}

}  // namespace gradloom
