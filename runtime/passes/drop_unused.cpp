// Removes what no result needs: nodes, of loops the carries, outputs, sequences and constants that nobody reads, and of
// branches the operands and results.
#include "ops/branch.h"
#include "ops/scan.h"
#include "runtime/passes.h"
#include "runtime/passes/rewriter.h"
#include "runtime/passes/scan_rewrite.h"

namespace gradloom {

namespace {

using Flags = std::vector<bool>;

// What of a loop is kept.
struct KeptLoop {
  Flags carries, outputs, sequences, constants;
};

// What of a graph is used, when some of its outputs are.
struct Usage {
  std::vector<Flags> results;  // of each node's results
  Flags nodes;
};

Usage find_usage(const Graph& graph, const Flags& outputs);

bool is_used(const Usage& usage, const Value& value) {
  return usage.results[static_cast<std::size_t>(value.node_index())][static_cast<std::size_t>(value.output_index())];
}

// Carries that nothing outside reads are kept as far as kept ones depend on them.
KeptLoop find_kept(const ScanView& scan, const Flags& results) {
  KeptLoop kept;
  auto middle = results.begin() + static_cast<std::ptrdiff_t>(scan.num_carries());
  kept.carries.assign(results.begin(), middle);
  kept.outputs.assign(middle, results.end());
  for (bool changed = true; changed;) {
    changed = false;
    Flags wanted = kept.carries;
    wanted.insert(wanted.end(), kept.outputs.begin(), kept.outputs.end());
    Usage usage = find_usage(scan.body(), wanted);
    for (std::size_t i = 0; i < scan.num_carries(); ++i) {
      if (kept.carries[i] || !is_used(usage, scan.body_carry(i))) continue;
      kept.carries[i] = changed = true;
    }
    if (changed) continue;
    for (std::size_t i = 0; i < scan.num_sequences(); ++i) kept.sequences.push_back(is_used(usage, scan.body_slice(i)));
    for (std::size_t i = 0; i < scan.num_constants(); ++i)
      kept.constants.push_back(is_used(usage, scan.body_constant(i)));
  }
  return kept;
}

// The operands that either branch uses for the results that are.
Flags find_kept(const BranchView& branch, const Flags& results) {
  Flags kept(branch.num_operands());
  for (bool taken : {false, true}) {
    Usage usage = find_usage(branch.body(taken), results);
    for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = kept[i] || is_used(usage, branch.body(taken).inputs()[i]);
  }
  return kept;
}

Usage find_usage(const Graph& graph, const Flags& outputs) {
  Usage usage;
  for (const Node& node : graph.nodes()) usage.results.emplace_back(node.types.size());
  usage.nodes.resize(graph.nodes().size());
  auto use = [&](const Value& value) {
    usage.results[static_cast<std::size_t>(value.node_index())][static_cast<std::size_t>(value.output_index())] = true;
    usage.nodes[static_cast<std::size_t>(value.node_index())] = true;
  };
  for (std::size_t i = 0; i < graph.outputs().size(); ++i)
    if (outputs[i]) use(graph.outputs()[i].value);
  for (const NamedValue& update : graph.updates()) use(update.value);
  for (std::size_t i = graph.nodes().size(); i-- > 0;) {
    const Node& node = graph.nodes()[i];
    if (node.kind != NodeKind::operation) continue;
    if (has_effects(node)) usage.nodes[i] = true;
    if (!usage.nodes[i]) continue;
    if (node.op == &cond_op) {
      BranchView branch(node);
      Flags kept = find_kept(branch, usage.results[i]);
      use(branch.condition());
      for (std::size_t j = 0; j < kept.size(); ++j)
        if (kept[j]) use(branch.operand(j));
      continue;
    }
    if (node.op != &scan_op) {
      for (const Value& input : node.inputs) use(input);
      continue;
    }
    ScanView scan(node);
    KeptLoop kept = find_kept(scan, usage.results[i]);
    for (std::size_t j = 0; j < scan.num_carries(); ++j)
      if (kept.carries[j]) use(scan.carry(j));
    for (std::size_t j = 0; j < scan.num_sequences(); ++j)
      if (kept.sequences[j]) use(scan.sequence(j));
    for (std::size_t j = 0; j < scan.num_constants(); ++j)
      if (kept.constants[j]) use(scan.constant(j));
    if (scan.has_lengths()) use(scan.lengths());
  }
  return usage;
}

class Dropper {
 public:
  explicit Dropper(Module& module) : module_(module) {}

  // Copies what is used. Inputs of a body that are not kept have no copy.
  void copy(const Graph& source, const Flags& outputs, const Flags& inputs, Graph& target) {
    Usage usage = find_usage(source, outputs);
    ValueMap map;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (inputs[i]) copy_node(source, source.inputs()[i].node_index(), target, map);
    for (std::size_t i = 0; i < source.nodes().size(); ++i) {
      const Node& node = source.nodes()[i];
      if (!usage.nodes[i] || node.kind == NodeKind::input) continue;
      if (node.kind == NodeKind::operation && node.op == &scan_op)
        copy_scan(source, static_cast<std::int32_t>(i), usage.results[i], target, map);
      else if (node.kind == NodeKind::operation && node.op == &cond_op)
        copy_cond(source, static_cast<std::int32_t>(i), usage.results[i], target, map);
      else
        copy_node(source, static_cast<std::int32_t>(i), target, map);
    }
    for (std::size_t i = 0; i < source.outputs().size(); ++i)
      if (outputs[i]) target.output(source.outputs()[i].name, map.at(source.outputs()[i].value));
    for (const NamedValue& update : source.updates()) target.update(update.name, map.at(update.value));
  }

 private:
  void copy_scan(const Graph& source, std::int32_t index, const Flags& results, Graph& target, ValueMap& map) {
    const Node& node = source.node(index);
    ScanView scan(node);
    KeptLoop kept = find_kept(scan, results);
    ScanParts parts;
    parts.reverse = scan.reverse();
    parts.length = scan.length();
    if (scan.has_lengths()) parts.lengths = map.at(scan.lengths());
    Flags inputs = kept.carries, outputs = kept.carries;
    inputs.insert(inputs.end(), kept.sequences.begin(), kept.sequences.end());
    inputs.insert(inputs.end(), kept.constants.begin(), kept.constants.end());
    outputs.insert(outputs.end(), kept.outputs.begin(), kept.outputs.end());
    for (std::size_t i = 0; i < scan.num_carries(); ++i) {
      if (!kept.carries[i]) continue;
      if (scan.is_plain_carry(i)) parts.plain_carries.push_back(static_cast<std::int64_t>(parts.carries.size()));
      parts.carries.push_back(map.at(scan.carry(i)));
    }
    for (std::size_t i = 0; i < scan.num_sequences(); ++i)
      if (kept.sequences[i]) parts.sequences.push_back(map.at(scan.sequence(i)));
    for (std::size_t i = 0; i < scan.num_constants(); ++i)
      if (kept.constants[i]) parts.constants.push_back(map.at(scan.constant(i)));
    std::int64_t num_outputs = 0;
    for (std::size_t i = 0; i < scan.num_outputs(); ++i) {
      if (!kept.outputs[i]) continue;
      if (scan.is_plain_output(i)) parts.plain_outputs.push_back(num_outputs);
      ++num_outputs;
    }
    // A body is copied once for each node: what is kept of it may differ.
    Graph& body = module_.add_body(scan.body().name(), nullptr);
    copy(scan.body(), outputs, inputs, body);
    parts.body = &body;
    enter(source, index, outputs, append_scan(target, parts, node.name), map);
  }

  void copy_cond(const Graph& source, std::int32_t index, const Flags& results, Graph& target, ValueMap& map) {
    const Node& node = source.node(index);
    BranchView branch(node);
    Flags kept = find_kept(branch, results);
    Node made;
    made.op = &cond_op;
    made.name = node.name;
    made.inputs = {map.at(branch.condition())};
    for (std::size_t i = 0; i < kept.size(); ++i)
      if (kept[i]) made.inputs.push_back(map.at(branch.operand(i)));
    for (bool taken : {true, false}) {
      Graph& body = module_.add_body(branch.body(taken).name(), nullptr);
      copy(branch.body(taken), results, kept, body);
      made.attributes.set(taken ? "then" : "else", static_cast<Body>(&body));
    }
    enter(source, index, results, append_node(made, target), map);
  }

  static void enter(const Graph& source, std::int32_t index, const Flags& kept, const Values& made, ValueMap& map) {
    for (std::size_t i = 0, next = 0; i < kept.size(); ++i)
      if (kept[i]) map[Value(const_cast<Graph&>(source), index, static_cast<std::int32_t>(i))] = made[next++];
  }

  Module& module_;
};

}  // namespace

PassResult drop_unused(std::unique_ptr<Module>& module, std::string_view function) {
  const Graph& source = module->function(function);
  auto result = module_with_variables(*module);
  Graph& target = result->add_function(function);
  Dropper(*result).copy(source, Flags(source.outputs().size(), true), Flags(source.inputs().size(), true), target);
  GraphSize before = size_of(source), after = size_of(target);
  if (before == after) return {};
  std::int64_t results = before.outputs - after.outputs, inputs = before.inputs - after.inputs;
  std::int64_t nodes = before.nodes - after.nodes - inputs;
  module = std::move(result);
  std::string text = "removed " + count_text(nodes, "node");
  if (inputs > 0) text += ", " + count_text(inputs, "operand") + " of loops";
  if (results > 0) text += ", " + count_text(results, "result") + " of loops";
  return {nodes + results + inputs, text};
}

}  // namespace gradloom
