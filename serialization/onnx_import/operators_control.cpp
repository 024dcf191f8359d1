// Scan, Loop and If. A loop whose number of steps is known becomes our loop; when its body needs the number of the step
// itself to be known, it is written out step by step.
#include "serialization/onnx_import/operators_control.h"

#include <algorithm>

#include "autodiff/gradients.h"
#include "autodiff/vectorize.h"

namespace gradloom {

namespace {

// ---- If

Values branched(const ImportNode& node) {
  const onnx::Graph &then_graph = node.subgraph("then_branch"), &else_graph = node.subgraph("else_branch");
  if (const Tensor* condition = node.known(0)) {
    node.require(condition->dtype() == DType::boolean && condition->size() == 1, "the condition is ",
                 name_of(condition->dtype()), " ", shape_text(condition->shape()), ", but one bool is needed");
    bool taken = condition->item() != 0;
    return node.import_subgraph(taken ? then_graph : else_graph, {});
  }
  Value condition = node.input(0);
  if (condition.rank() > 0) condition = reshape(condition, {});
  return cond(
      condition, [&] { return node.import_subgraph(then_graph, {}); },
      [&] { return node.import_subgraph(else_graph, {}); }, "if");
}

// ---- Scan

struct ScanForm {
  std::size_t states = 0, sequences = 0, outputs = 0;
  Axes input_axes, output_axes;
  std::vector<bool> input_backward, output_backward;
};

std::vector<bool> directions(const ImportNode& node, std::string_view name, std::size_t count) {
  std::vector<std::int64_t> given = node.integers(name, std::vector<std::int64_t>(count, 0));
  node.require(given.size() == count, name, " are ", given.size(), " numbers, but ", count, " are needed");
  std::vector<bool> result;
  for (std::int64_t one : given) result.push_back(one != 0);
  return result;
}

Axes axes_of(const ImportNode& node, std::string_view name, std::size_t count) {
  Axes axes = node.integers(name, Axes(count, 0));
  node.require(axes.size() == count, name, " are ", axes.size(), " numbers, but ", count, " are needed");
  return axes;
}

// `first` inputs of the node come before the states.
ScanForm form_of(const ImportNode& node, const onnx::Graph& body, std::size_t first) {
  ScanForm form;
  std::int64_t sequences = node.integer("num_scan_inputs");
  auto inputs = static_cast<std::int64_t>(node.num_inputs()) - static_cast<std::int64_t>(first);
  node.require(sequences >= 1 && sequences <= inputs, "num_scan_inputs is ", sequences, " of the ", inputs, " inputs");
  form.sequences = static_cast<std::size_t>(sequences);
  form.states = static_cast<std::size_t>(inputs) - form.sequences;
  node.require(body.outputs.size() >= form.states, "its graph gives ", body.outputs.size(), " outputs for ",
               form.states, " states");
  form.outputs = body.outputs.size() - form.states;
  return form;
}

Value axis_moved(Value x, std::size_t from, std::size_t to) {
  if (from == to) return x;
  Axes order;
  for (std::size_t axis = 0; axis < x.rank(); ++axis)
    if (axis != from) order.push_back(static_cast<std::int64_t>(axis));
  order.insert(order.begin() + static_cast<std::ptrdiff_t>(to), static_cast<std::int64_t>(from));
  return transpose(x, std::move(order));
}

// Sequences have their time on axis 0 here. Ours gives output t where slice t was taken, ONNX in the order of the
// steps: the two differ when the loop runs backwards.
Values run_scan(const ImportNode& node, const onnx::Graph& body, const ScanForm& form, const Values& states,
                Values sequences) {
  bool reverse_all = std::ranges::all_of(form.input_backward, [](bool backward) { return backward; });
  for (std::size_t i = 0; i < sequences.size(); ++i)
    if (form.input_backward[i] && !reverse_all) sequences[i] = reverse(sequences[i], {0});
  ScanOptions options;
  options.reverse = reverse_all;
  auto step = [&](const Values& carries, const Values& slices) {
    Values inputs = carries;
    inputs.insert(inputs.end(), slices.begin(), slices.end());
    Values results = node.import_subgraph(body, inputs);
    auto middle = results.begin() + static_cast<std::ptrdiff_t>(carries.size());
    return Step{Values(results.begin(), middle), Values(middle, results.end())};
  };
  ScanResult made = scan(states, std::move(sequences), step, options);
  Values results = made.carries;
  for (std::size_t i = 0; i < made.outputs.size(); ++i)
    results.push_back(form.output_backward[i] == reverse_all ? made.outputs[i] : reverse(made.outputs[i], {0}));
  return results;
}

// Until opset 8 states and sequences had a batch axis in front of all, and the body saw one row of it.
Values scanned_by_rows(const ImportNode& node) {
  const onnx::Graph& body = node.subgraph("body");
  node.require(!node.has_input(0), "sequence_lens are given, which are not imported");
  ScanForm form = form_of(node, body, 1);
  form.input_backward = directions(node, "directions", form.sequences);
  form.output_backward.assign(form.outputs, false);
  Values operands;
  for (std::size_t i = 1; i < node.num_inputs(); ++i) operands.push_back(node.input(i));
  auto row = [&](const Values& values) {
    auto middle = values.begin() + static_cast<std::ptrdiff_t>(form.states);
    return run_scan(node, body, form, Values(values.begin(), middle), Values(middle, values.end()));
  };
  return vectorize(row)(operands);
}

Values scanned(const ImportNode& node) {
  if (node.opset() < 9) return scanned_by_rows(node);
  const onnx::Graph& body = node.subgraph("body");
  ScanForm form = form_of(node, body, 0);
  form.input_axes = axes_of(node, "scan_input_axes", form.sequences);
  form.output_axes = axes_of(node, "scan_output_axes", form.outputs);
  form.input_backward = directions(node, "scan_input_directions", form.sequences);
  form.output_backward = directions(node, "scan_output_directions", form.outputs);
  Values states, sequences;
  for (std::size_t i = 0; i < form.states; ++i) states.push_back(node.input(i));
  for (std::size_t i = 0; i < form.sequences; ++i) {
    Value x = node.input(form.states + i);
    sequences.push_back(axis_moved(x, node.axis(form.input_axes[i], x.rank()), 0));
  }
  Values results = run_scan(node, body, form, states, std::move(sequences));
  for (std::size_t i = 0; i < form.outputs; ++i) {
    Value& y = results[form.states + i];
    y = axis_moved(y, 0, node.axis(form.output_axes[i], y.rank()));
  }
  return results;
}

// ---- Gradient

// d y / d xs, of the training operators: in our graph the derivative is at hand.
Values derived(const ImportNode& node) {
  Value y = node.named(node.text("y"));
  Values wanted;
  for (const std::string& name : node.texts("xs")) wanted.push_back(node.named(name));
  // The values may be given under other names; then the derivative is taken there.
  for (std::size_t i = 0; i < wanted.size(); ++i)
    node.require(node.has_input(i) && node.input(i) == wanted[i], "input ", i, " is another value than xs names");
  return gradients(y.rank() == 0 ? y : sum(y), wanted);
}

constexpr ImportRule rules[] = {
    {"If", branched},
    {"Scan", scanned},
    {"Loop", looped},
    {"Gradient", derived, 1, "ai.onnx.preview.training"},
};

}  // namespace

ImportRules control_imports() { return rules; }

}  // namespace gradloom
