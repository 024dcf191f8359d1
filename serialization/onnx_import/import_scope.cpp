// Nodes of a graph imported one after another: names, rules, folding and the names of what they become.
#include "serialization/onnx_import/import_scope.h"

#include <algorithm>
#include <set>

#include "serialization/onnx_import/function_call.h"
#include "serialization/onnx_import/onnx_structure.h"
#include "serialization/onnx_import/operator_table.h"
#include "serialization/utf8.h"

namespace gradloom {

namespace {

std::string full_name(const onnx::Node& node) {
  std::string domain = canonical_domain(node.domain);
  return domain.empty() ? shown_text(node.op) : concat_text(shown_text(domain), ".", shown_text(node.op));
}

// The operators of a model without a rule, bodies and functions included.
void collect_unknown(const ImportContext& context, const std::vector<onnx::Node>& nodes, std::set<std::string>& names) {
  for (const onnx::Node& node : nodes) {
    if (!context.find_function(node) && !find_import_rule(canonical_domain(node.domain), node.op))
      names.insert(full_name(node));
    for (const onnx::Attribute& attribute : node.attributes)
      for (const onnx::Graph& graph : attribute.graphs) collect_unknown(context, graph.nodes, names);
  }
}

[[noreturn]] void refuse_operator(const ImportContext& context, const onnx::Node& node, const std::string& place) {
  std::set<std::string> names;
  collect_unknown(context, context.model().graph.nodes, names);
  for (const onnx::Function& function : context.model().functions) collect_unknown(context, function.nodes, names);
  names.erase(full_name(node));
  std::string others;
  if (!names.empty()) others = "; nor can " + join(std::vector<std::string>(names.begin(), names.end()));
  throw OnnxImportError(concat_text(place, ": this operator cannot be imported", others), true);
}

// An operation's error says its place in our graph on a second line; here the node's place comes first.
std::string first_line(const std::string& message) {
  constexpr std::size_t most_bytes = 1000;  // it may list what a stranger wrote
  return shown_text(std::string_view(message).substr(0, message.find('\n')), most_bytes);
}

// Runs what imports a node; errors of the operations get its place.
template <class F>
auto at_place(const std::string& place, const F& f) {
  try {
    return f();
  } catch (const OnnxImportError&) {
    throw;
  } catch (const UserError& error) {
    throw OnnxImportError(concat_text(place, ": ", first_line(error.what())), true);
  }
}

}  // namespace

Value ImportScope::find(const std::string& name) const {
  for (const ImportScope* scope = this; scope; scope = scope->outer_) {
    if (auto found = scope->values_.find(name); found != scope->values_.end()) return found->second;
    if (auto missing = scope->missing_.find(name); missing != scope->missing_.end())
      throw OnnxImportError(
          concat_text(missing->second, ": its output \"", shown_text(name), "\" is used but cannot be imported"), true);
  }
  return {};
}

const Values* ImportScope::find_sequence(const std::string& name) const {
  for (const ImportScope* scope = this; scope; scope = scope->outer_)
    if (auto found = scope->sequences_.find(name); found != scope->sequences_.end()) return &found->second;
  return nullptr;
}

void ImportScope::import_initializers(const onnx::Graph& graph) {
  for (const onnx::Tensor& tensor : graph.initializers)
    if (!values_.contains(tensor.name)) define(tensor.name, context_.initializer(tensor));
}

void ImportScope::import_nodes(const std::vector<onnx::Node>& nodes) {
  for (std::size_t i = 0; i < nodes.size(); ++i) import_node(nodes[i], i);
}

std::int64_t ImportScope::version_of(const std::string& domain) const {
  for (const onnx::Opset& opset : opsets_)
    if (canonical_domain(opset.domain) == domain) return opset.version;
  return 1;  // before opsets there was version 1; check_structure has refused other models without
}

void ImportScope::import_node(const onnx::Node& node, std::size_t position) {
  std::string place = node_place(context_.file(), node, position);
  context_.count_node(place);
  if (const onnx::Function* function = context_.find_function(node)) {
    call_function(*function, node, place);
    return;
  }
  std::string domain = canonical_domain(node.domain);
  const ImportRule* rule = find_import_rule(domain, node.op);
  if (!rule) refuse_operator(context_, node, place);
  std::int64_t version = version_of(domain);
  if (version > rule->until)
    throw OnnxImportError(concat_text(place, ": the model uses operators of version ", version,
                                      ", and this one is known up to version ", rule->until),
                          true);

  Graph& graph = context_.graph();
  const std::size_t first = graph.nodes().size(), first_body = graph.module().bodies().size();
  std::string name = legal_name(!node.name.empty() ? node.name : node.outputs.empty() ? node.op : node.outputs[0]);
  Values results = at_place(place, [&] {
    Scope scope(graph, name);
    ImportNode asked(*this, node, position, version);
    Values made = rule->rule(asked);
    for (const std::string& attribute : asked.attributes_passed_over()) context_.pass_over(node.op, attribute);
    for (Value& value : made)
      if (value && &value.graph() == &graph) value = context_.folded(value, first);
    return made;
  });
  // What bodies become has been counted node by node.
  bool has_bodies = std::ranges::any_of(node.attributes, [](const auto& given) { return !given.graphs.empty(); });
  if (!has_bodies) context_.count_made(graph, first, first_body, place);
  // A node that became one operation passes its name on.
  if (graph.nodes().size() == first + 1 && graph.nodes()[first].kind == NodeKind::operation)
    graph.rename(Value(graph, static_cast<std::int32_t>(first)), name);
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i].empty()) continue;
    if (i < results.size() && results[i])
      define(node.outputs[i], results[i]);
    else if (!sequences_.contains(node.outputs[i]))
      define_missing(node.outputs[i], place);
  }
}

void ImportScope::call_function(const onnx::Function& function, const onnx::Node& node, const std::string& place) {
  ImportContext::Level level(context_, place);
  std::size_t given = node.inputs.size();
  while (given > 0 && node.inputs[given - 1].empty()) --given;
  if (given > function.inputs.size())
    throw OnnxImportError(
        concat_text(place, ": it has ", given, " inputs, but the function takes ", function.inputs.size()), false);
  Scope names(context_.graph(), legal_name(node.name.empty() ? node.op : node.name));
  const std::vector<onnx::Node> nodes = nodes_of_call(function, node);
  ImportScope inside(context_, function.opsets.empty() ? opsets_ : function.opsets);
  for (std::size_t i = 0; i < function.inputs.size(); ++i) {
    const std::string name = i < given ? node.inputs[i] : "";
    if (const Values* sequence = name.empty() ? nullptr : find_sequence(name))
      inside.define_sequence(function.inputs[i], *sequence);
    else
      inside.define(function.inputs[i], name.empty() ? Value() : find(name));
  }
  inside.import_nodes(nodes);
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i].empty()) continue;
    if (i >= function.outputs.size())
      throw OnnxImportError(concat_text(place, ": it has ", node.outputs.size(), " outputs, but the function gives ",
                                        function.outputs.size()),
                            false);
    if (const Values* sequence = inside.find_sequence(function.outputs[i]))
      define_sequence(node.outputs[i], *sequence);
    else
      define(node.outputs[i], inside.find(function.outputs[i]));
  }
}

Values ImportScope::outputs_of(const onnx::Graph& graph) const {
  Values values;
  for (const onnx::ValueInfo& output : graph.outputs) {
    values.push_back(find(output.name));
    if (!values.back())
      throw OnnxImportError(concat_text(context_.file(), ": the output \"", shown_text(output.name), "\" is no tensor"),
                            true);
  }
  return values;
}

}  // namespace gradloom
