// ONNX nodes of loops, branches and random draws. Bodies see the values around them, so constants are not handed over.
// ONNX Runtime fails on a Scan of no steps: an exported loop needs at least one.
#include "base/error.h"
#include "ops/branch.h"
#include "ops/scan.h"
#include "serialization/onnx/lowering.h"

namespace gradloom {

namespace {

using Axes = std::vector<std::int64_t>;

// bool [batch, 1, ...] of the value's rank, so that it broadcasts over a row.
std::string row_mask(OnnxGraph& to, const std::string& active, std::size_t rank) {
  Axes axes;
  for (std::size_t axis = 1; axis < rank; ++axis) axes.push_back(static_cast<std::int64_t>(axis));
  return axes.empty() ? active : to.add("Unsqueeze", {active, to.integers(axes)});
}

// ONNX Runtime has no Where of bools.
std::string chosen(OnnxGraph& to, const std::string& mask, const std::string& a, const std::string& b, DType dtype) {
  if (dtype != DType::boolean) return to.add("Where", {mask, a, b});
  return to.add("Or", {to.add("And", {mask, a}), to.add("And", {to.add("Not", {mask}), b})});
}

// A body being written: its inputs and results by name.
struct LoopBody {
  LoopBody(OnnxGraph& outer, const ScanView& scan) : to(graph, outer, scan.length()), name(scan.body().name()) {
    graph.name = name;
  }

  void input(Value own) {
    std::string unique = to.unique_name(name + "/" + own.node().name);
    to.add_input(unique, own.type());
    values[own] = unique;
  }

  // Results must be made in the body itself.
  void output(const std::string& value, const Type& type) { to.add_output(to.add("Identity", {value}), type); }

  onnx::Graph graph;
  OnnxGraph to;
  std::string name;
  OnnxValues values;
};

OnnxNames lower_scan(const Lowering& l) {
  // Gradients leave loops behind that nobody asks for anything, and ONNX wants a result.
  if (l.node().types.empty()) return {};
  ScanView scan(l.node());
  LoopBody body(l.to(), scan);
  OnnxNames operands;
  for (std::size_t i = 0; i < scan.num_carries(); ++i) {
    operands.push_back(l.name_of_value(scan.carry(i)));
    body.input(scan.body_carry(i));
  }
  for (std::size_t i = 0; i < scan.num_sequences(); ++i) {
    operands.push_back(l.name_of_value(scan.sequence(i)));
    body.input(scan.body_slice(i));
  }
  for (std::size_t i = 0; i < scan.num_constants(); ++i)
    body.values[scan.body_constant(i)] = l.name_of_value(scan.constant(i));
  std::string active;
  if (scan.has_lengths()) {
    const Type& lengths = scan.lengths().type();
    std::string steps = l.axis_added(l.range(scan.length()), 1);
    operands.push_back(l.add("Less", {steps, l.axis_added(l.cast(l.name_of_value(scan.lengths()), DType::int64), 0)}));
    active = body.to.unique_name("active");
    body.to.add_input(active, {DType::boolean, lengths.shape});
    for (std::size_t i = 0; i < scan.num_sequences(); ++i) {
      Value slice = scan.body_slice(i);
      if (slice.rank() == 0 || slice.shape()[0] != lengths.shape[0]) continue;
      std::string mask = row_mask(body.to, active, slice.rank());
      std::string& name = body.values[slice];
      name = chosen(body.to, mask, name, body.to.scalar(slice.dtype(), 0), slice.dtype());
    }
  } else if (scan.num_sequences() == 0) {
    operands.push_back(l.range(scan.length()));
    body.to.add_input(body.to.unique_name("step"), {DType::int64, {}});
  }
  lower_nodes(scan.body(), body.to, body.values);
  for (std::size_t i = 0; i < scan.body().outputs().size(); ++i) {
    Value value = scan.body().outputs()[i].value;
    std::string name = body.values.at(value);
    bool is_carry = i < scan.num_carries();
    bool plain = is_carry ? scan.is_plain_carry(i) : scan.is_plain_output(i - scan.num_carries());
    if (scan.has_lengths() && !plain) {
      std::string rest = is_carry ? body.values.at(scan.body_carry(i)) : body.to.scalar(value.dtype(), 0);
      name = chosen(body.to, row_mask(body.to, active, value.rank()), name, rest, value.dtype());
    }
    body.output(name, value.type());
  }
  for (const auto& [outside, slice] : body.to.drawn_slices()) operands.push_back(outside);
  auto num_slices = static_cast<std::int64_t>(operands.size() - scan.num_carries());
  OnnxAttributes attributes{{"body", &body.graph}, {"num_scan_inputs", num_slices}};
  if (scan.reverse()) {
    attributes.emplace_back("scan_input_directions", Axes(static_cast<std::size_t>(num_slices), 1));
    if (scan.num_outputs() > 0) attributes.emplace_back("scan_output_directions", Axes(scan.num_outputs(), 1));
  }
  return l.to().add_all("Scan", operands, l.node().types.size(), attributes);
}

OnnxNames lower_cond(const Lowering& l) {
  BranchView branch(l.node());
  onnx::Graph graphs[2];
  for (bool taken : {false, true}) {
    const Graph& body = branch.body(taken);
    OnnxGraph to(graphs[taken ? 1 : 0], l.to(), {});
    to.graph().name = body.name();
    OnnxValues values;
    for (std::size_t i = 0; i < branch.num_operands(); ++i)
      values[body.inputs()[i]] = l.name_of_value(branch.operand(i));
    lower_nodes(body, to, values);
    for (const NamedValue& output : body.outputs()) {
      std::string name = to.add("Identity", {values.at(output.value)});
      to.add_output(name, output.value.type());
    }
  }
  return l.to().add_all("If", {l.name_of_value(branch.condition())}, branch.num_results(),
                        {{"then_branch", &graphs[1]}, {"else_branch", &graphs[0]}});
}

// Draws of one stream are one input, wherever they are drawn again.
OnnxNames lower_draw(const Lowering& l) {
  std::string name = l.to().draw_name(l.attribute<std::int64_t>("stream"), l.node().name);
  return {l.to().draw(name, l.result())};
}

// ONNX has no operator that checks or prints.
OnnxNames pass_on(const Lowering& l) { return {l.add("Identity", {l.input(0)})}; }

constexpr LoweringRule rules[] = {{"scan", lower_scan},           {"cond", lower_cond},
                                  {"random_uniform", lower_draw}, {"random_normal", lower_draw},
                                  {"assert_true", pass_on},       {"print", pass_on}};

}  // namespace

std::span<const LoweringRule> control_lowerings() { return rules; }

OnnxNames lower_by_name(const Lowering& l) {
  OnnxNames inputs;
  for (std::size_t i = 0; i < l.num_inputs(); ++i) inputs.push_back(l.input(i));
  return {l.add(l.node().op->onnx, inputs)};
}

LoweringFunction find_lowering(const OpDef& op) {
  for (auto family : {elementwise_lowerings(), activation_lowerings(), shape_lowerings(), indexing_lowerings(),
                      row_lowerings(), norm_lowerings(), order_lowerings(), product_lowerings(), control_lowerings()})
    for (const LoweringRule& rule : family)
      if (rule.op == op.name) return rule.lower;
  return !op.onnx.empty() && op.attributes.size() == 0 ? lower_by_name : nullptr;
}

void lower_nodes(const Graph& graph, OnnxGraph& to, OnnxValues& values) {
  for (std::int32_t index = 0; index < static_cast<std::int32_t>(graph.nodes().size()); ++index) {
    const Node& node = graph.node(index);
    auto value = [&](std::size_t i) { return Value(const_cast<Graph&>(graph), index, static_cast<std::int32_t>(i)); };
    if (node.kind == NodeKind::constant) values[value(0)] = to.constant(node.literal);
    if (node.kind != NodeKind::operation) continue;
    LoweringFunction lower = find_lowering(*node.op);
    require(lower != nullptr, Fault::usage, "export: ", node.name, ": the operation ", node.op->name,
            " is not lowered to ONNX");
    OnnxNames names = lower(Lowering(node, to, values));
    ensure(names.size() == node.types.size(), "export: ", node.op->name, " gave ", names.size(), " values");
    for (std::size_t i = 0; i < names.size(); ++i) values[value(i)] = names[i];
  }
}

}  // namespace gradloom
