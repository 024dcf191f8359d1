// Copying nodes between graphs, as declared in rewrite.h.
#include "graph/rewrite.h"

#include "base/error.h"
#include "graph/op_def.h"

namespace gradloom {

namespace {

Attributes attributes_in(const Attributes& attributes, const Module& from, Module& to) {
  Attributes result = attributes;
  if (&from == &to) return result;
  for (const auto& [name, attribute] : attributes)
    if (const Body* body = std::get_if<Body>(&attribute); body && *body)
      result.set(name, static_cast<Body>(&copy_body(**body, to)));
  return result;
}

// Node names are complete, so the target's scope must not be put in front of them.
class NoScope {
 public:
  explicit NoScope(Graph& graph) : graph_(graph), scope_(graph.scope()) { graph.set_scope(""); }
  ~NoScope() { graph_.set_scope(std::move(scope_)); }
  NoScope(const NoScope&) = delete;
  NoScope& operator=(const NoScope&) = delete;

 private:
  Graph& graph_;
  std::string scope_;
};

}  // namespace

void copy_node(const Graph& source, std::int32_t index, Graph& target, ValueMap& map) {
  const Node& node = source.node(index);
  Value first(const_cast<Graph&>(source), index);
  if (node.kind != NodeKind::operation) {
    if (map.contains(first)) return;
    if (node.kind == NodeKind::variable) {
      std::int32_t known = target.find_node(node.name);
      map[first] = known >= 0 ? Value(target, known) : Value(target, target.append(node));
    } else if (node.kind == NodeKind::constant) {
      NoScope no_scope(target);
      map[first] = target.rename(target.constant(node.literal), node.name);
    } else {
      map[first] = Value(target, target.append(node));
    }
    return;
  }
  Values inputs;
  for (const Value& input : node.inputs) {
    auto found = map.find(input);
    ensure(found != map.end(), "copy of ", node.name, ": its input ", input.name(), " has no copy");
    inputs.push_back(found->second);
  }
  NoScope no_scope(target);
  Values outputs = target.append_operation(*node.op, std::move(inputs),
                                           attributes_in(node.attributes, source.module(), target.module()), node.name);
  ensure(outputs.size() == node.types.size(), "copy of ", node.name, " has another number of results");
  for (std::size_t i = 0; i < outputs.size(); ++i)
    map[Value(const_cast<Graph&>(source), index, static_cast<std::int32_t>(i))] = outputs[i];
}

void copy_nodes(const Graph& source, Graph& target, ValueMap& map) {
  // The inputs first and in their own order, which may differ from the order of the nodes.
  for (const Value& input : source.inputs()) copy_node(source, input.node_index(), target, map);
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(source.nodes().size()); ++i)
    if (source.node(i).kind != NodeKind::input) copy_node(source, i, target, map);
}

bool has_effects(const Node& node) {
  if (node.kind != NodeKind::operation) return false;
  if (node.op->traits.has(Trait::effect)) return true;
  for (const auto& [name, attribute] : node.attributes)
    if (const Body* body = std::get_if<Body>(&attribute); body && *body)
      for (const Node& inner : (*body)->nodes())
        if (has_effects(inner)) return true;
  return false;
}

void copy_without_effects(const Graph& source, Graph& target, ValueMap& map) {
  for (const Value& input : source.inputs()) copy_node(source, input.node_index(), target, map);
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(source.nodes().size()); ++i) {
    const Node& node = source.node(i);
    if (node.kind == NodeKind::input) continue;
    Value first(const_cast<Graph&>(source), i);
    if (!has_effects(node)) {
      copy_node(source, i, target, map);
    } else if (node.op->traits.has(Trait::effect)) {
      map[first] = map.at(node.inputs[0]);
    } else {
      Values inputs;
      for (const Value& input : node.inputs) inputs.push_back(map.at(input));
      Attributes attributes = node.attributes;
      for (const auto& [name, attribute] : node.attributes) {
        const Body* body = std::get_if<Body>(&attribute);
        if (!body || !*body) continue;
        Graph& copy = target.module().add_body((*body)->name(), nullptr);
        ValueMap inside;
        copy_without_effects(**body, copy, inside);
        for (const NamedValue& output : (*body)->outputs()) copy.output(output.name, inside.at(output.value));
        attributes.set(name, static_cast<Body>(&copy));
      }
      NoScope no_scope(target);
      Values results = target.append_operation(*node.op, std::move(inputs), std::move(attributes), node.name);
      for (std::size_t j = 0; j < results.size(); ++j)
        map[Value(first.graph(), i, static_cast<std::int32_t>(j))] = results[j];
    }
  }
}

Value append_input(Graph& body, std::string_view name, const Type& type) {
  Node node;
  node.kind = NodeKind::input;
  node.types = {type};
  node.name = name;
  for (int number = 2; body.find_node(node.name) >= 0; ++number) node.name = concat_text(name, "_", number);
  return Value(body, body.append(std::move(node)));
}

Graph& copy_body(const Graph& body, Module& module) {
  Graph& copy = module.add_body(body.name(), nullptr);
  ValueMap map;
  copy_nodes(body, copy, map);
  for (const NamedValue& output : body.outputs()) copy.output(output.name, map.at(output.value));
  return copy;
}

std::unique_ptr<Module> extract_function(const Module& module, std::string_view function) {
  const Graph& source = module.function(function);
  auto result = std::make_unique<Module>();
  for (const Variable& variable : module.variables()) result->add_variable(variable);
  Graph& target = result->add_function(source.name());
  ValueMap map;
  copy_nodes(source, target, map);
  for (const NamedValue& output : source.outputs()) target.output(output.name, map.at(output.value));
  for (const NamedValue& update : source.updates()) target.update(update.name, map.at(update.value));
  return result;
}

std::vector<bool> needed_nodes(const Graph& graph) {
  std::vector<bool> needed(graph.nodes().size());
  auto mark = [&](const Value& value) { needed[static_cast<std::size_t>(value.node_index())] = true; };
  for (const NamedValue& output : graph.outputs()) mark(output.value);
  for (const NamedValue& update : graph.updates()) mark(update.value);
  for (std::size_t i = graph.nodes().size(); i-- > 0;) {
    const Node& node = graph.nodes()[i];
    if (has_effects(node)) needed[i] = true;
    if (needed[i])
      for (const Value& input : node.inputs) mark(input);
  }
  return needed;
}

}  // namespace gradloom
