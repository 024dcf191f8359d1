// One line a node; bodies stand indented below the node that runs them.
#include "graph/text.h"

#include "base/text.h"
#include "graph/op_def.h"

namespace gradloom {

namespace {

std::string signature(const Graph& graph) {
  std::string out = graph.name() + "(";
  for (std::size_t i = 0; i < graph.inputs().size(); ++i) {
    const Node& input = graph.inputs()[i].node();
    out += (i > 0 ? ", " : "") + concat_text(input.is_static ? "static " : "", input.name, ": ", input.types[0].text());
  }
  return out + ")";
}

std::string node_line(const Graph& graph, std::int32_t index) {
  const Node& node = graph.node(index);
  std::string names, types;
  for (std::size_t i = 0; i < node.types.size(); ++i) {
    names += (i > 0 ? ", " : "") + Value(const_cast<Graph&>(graph), index, static_cast<std::int32_t>(i)).name();
    types += (i > 0 ? ", " : "") + node.types[i].text();
  }
  if (node.kind == NodeKind::variable) return concat_text(names, " = variable ", types);
  if (node.kind == NodeKind::constant) return concat_text(names, " = constant ", node.literal.text(8));
  std::string arguments;
  for (const Value& input : node.inputs) arguments += (arguments.empty() ? "" : ", ") + input.name();
  if (!node.attributes.empty()) arguments += "; " + attributes_text(node.attributes);
  return concat_text(names, " = ", node.op->name, "(", arguments, ") ", types);
}

void write(const Graph& graph, const std::string& indent, std::string& out) {
  out += indent + signature(graph) + "\n";
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(graph.nodes().size()); ++i) {
    const Node& node = graph.node(i);
    if (node.kind == NodeKind::input) continue;
    out += indent + "  " + node_line(graph, i) + "\n";
    for (const auto& [name, attribute] : node.attributes)
      if (const Body* body = std::get_if<Body>(&attribute); body && *body) write(**body, indent + "    ", out);
  }
  for (const NamedValue& update : graph.updates())
    out += concat_text(indent, "  update ", update.name, " = ", update.value.name(), "\n");
  for (const NamedValue& output : graph.outputs())
    out += concat_text(indent, "  return ", output.name, " = ", output.value.name(), "\n");
}

}  // namespace

std::string graph_text(const Graph& graph) {
  std::string out;
  write(graph, "", out);
  return out;
}

std::string module_text(const Module& module) {
  std::string out;
  for (const Variable& variable : module.variables())
    out += concat_text("variable ", variable.name, ": ", variable.type().text(), " ", name_of(variable.role), "\n");
  for (const auto& function : module.functions()) out += "\n" + graph_text(*function);
  return out;
}

}  // namespace gradloom
