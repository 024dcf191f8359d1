// Copying a function graph by graph.
#include "runtime/passes/rewriter.h"

#include "base/error.h"

namespace gradloom {

namespace {

Value source_value(const Graph& graph, std::size_t node, std::size_t output = 0) {
  return Value(const_cast<Graph&>(graph), static_cast<std::int32_t>(node), static_cast<std::int32_t>(output));
}

}  // namespace

std::unique_ptr<Module> module_with_variables(const Module& module) {
  auto result = std::make_unique<Module>();
  for (const Variable& variable : module.variables()) result->add_variable(variable);
  return result;
}

Values append_node(const Node& node, Graph& target) {
  return target.append_operation(*node.op, node.inputs, node.attributes, node.name);
}

std::unique_ptr<Module> Rewriter::run(const Module& module, std::string_view function) {
  const Graph& source = module.function(function);
  module_ = module_with_variables(module);
  bodies_.clear();
  map_.clear();
  copy(source, module_->add_function(source.name()));
  return std::move(module_);
}

void Rewriter::copy(const Graph& source, Graph& target) {
  begin(source, target);
  for (const Value& input : source.inputs()) map_[input] = Value(target, target.append(input.node()));
  for (std::size_t i = 0; i < source.nodes().size(); ++i) {
    const Node& node = source.nodes()[i];
    if (node.kind == NodeKind::input) continue;
    if (node.kind == NodeKind::variable) {
      map_[source_value(source, i)] = Value(target, target.append(node));
    } else if (node.kind == NodeKind::constant) {
      map_[source_value(source, i)] = replace_constant(node, target);
    } else {
      Node mapped = node;
      for (Value& input : mapped.inputs) input = map_.at(input);
      for (const auto& [name, attribute] : node.attributes)
        if (const Body* body = std::get_if<Body>(&attribute); body && *body)
          mapped.attributes.set(name, rewritten(*body));
      Values results = replace(source, static_cast<std::int32_t>(i), std::move(mapped), target);
      for (std::size_t j = 0; j < results.size(); ++j) map_[source_value(source, i, j)] = results[j];
    }
  }
  for (const NamedValue& output : source.outputs()) target.output(output.name, map_.at(output.value));
  for (const NamedValue& update : source.updates()) target.update(update.name, map_.at(update.value));
}

Body Rewriter::rewritten(Body body) {
  auto found = bodies_.find(body);
  if (found != bodies_.end()) return found->second;
  Graph& target = module_->add_body(body->name(), nullptr);
  copy(*body, target);
  return bodies_[body] = finish_body(target);
}

void Rewriter::begin(const Graph&, Graph&) {}
Values Rewriter::replace(const Graph&, std::int32_t, Node node, Graph& target) { return append_node(node, target); }

Value Rewriter::replace_constant(const Node& node, Graph& target) {
  return target.rename(target.constant(node.literal), node.name);
}

Body Rewriter::finish_body(Graph& body) { return &body; }

Value Rewriter::copied(const Value& value) const {
  auto found = map_.find(value);
  return found == map_.end() ? Value() : found->second;
}

GraphSize size_of(const Graph& function) {
  GraphSize size;
  auto add = [&](const Graph& graph) {
    size.nodes += static_cast<std::int64_t>(graph.nodes().size());
    size.inputs += static_cast<std::int64_t>(graph.inputs().size());
    size.outputs += static_cast<std::int64_t>(graph.outputs().size());
  };
  add(function);
  for (Body body : reachable_bodies(function)) add(*body);
  return size;
}

std::string count_text(std::int64_t count, std::string_view one) {
  return concat_text(count, " ", one, count == 1 ? "" : "s");
}

}  // namespace gradloom
