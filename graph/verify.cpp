// The checks of verify.h, node by node.
#include "graph/verify.h"

#include <set>

#include "base/error.h"
#include "graph/fresh_symbols.h"
#include "graph/op_def.h"

namespace gradloom {

namespace {

void verify_value(const Graph& graph, const Value& value, std::size_t before, const std::string& user) {
  ensure(static_cast<bool>(value) && &value.graph() == &graph, graph.name(), ": ", user,
         " uses a value of another graph");
  auto node = static_cast<std::size_t>(value.node_index());
  ensure(node < before, graph.name(), ": ", user, " uses node ", node, ", which does not come before it");
  ensure(static_cast<std::size_t>(value.output_index()) < graph.nodes()[node].types.size(), graph.name(), ": ", user,
         " uses result ", value.output_index(), " of ", graph.nodes()[node].name, ", which has fewer");
}

void verify_nodes(const Graph& graph) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const Node& node = graph.nodes()[i];
    ensure(names.insert(node.name).second, graph.name(), ": two nodes are named ", node.name);
    for (const Value& input : node.inputs) verify_value(graph, input, i, node.name);
    if (node.kind == NodeKind::variable) {
      const Variable* variable = graph.module().find_variable(node.name);
      ensure(variable && variable->type() == node.types.at(0), graph.name(), ": node ", node.name,
             " reads no variable of its type");
    }
    if (node.kind != NodeKind::operation) continue;
    Node inferred = node;
    inferred.types = infer_types(*node.op, const_cast<Graph&>(graph), node.inputs, inferred.attributes);
    std::vector<std::string> symbols = own_symbols(node);
    ensure(own_symbols(inferred).size() == symbols.size(), graph.name(), ": ", node.name, " has ", symbols.size(),
           " sizes of its own but its rule gives ", own_symbols(inferred).size());
    Types types = with_own_symbols(inferred, symbols);
    ensure(types.size() == node.types.size(), graph.name(), ": ", node.name, " has ", node.types.size(),
           " results but its rule gives ", types.size());
    for (std::size_t k = 0; k < types.size(); ++k)
      if (types[k] != node.types[k])
        throw InternalError(concat_text(graph.name(), ": ", node.name, " is ", node.types[k].text(),
                                        " but its rule gives ", types[k].text()));
  }
}

}  // namespace

void verify(const Graph& graph) {
  verify_nodes(graph);
  for (const NamedValue& output : graph.outputs())
    verify_value(graph, output.value, graph.nodes().size(), "output " + output.name);
  for (const NamedValue& update : graph.updates()) {
    verify_value(graph, update.value, graph.nodes().size(), "update " + update.name);
    const Variable* variable = graph.module().find_variable(update.name);
    ensure(variable && variable->type() == update.value.type(), graph.name(), ": update ", update.name,
           " fits no variable");
  }
  for (Body body : reachable_bodies(graph)) verify_nodes(*body);
}

void verify(const Module& module) {
  for (const auto& function : module.functions()) verify(*function);
}

}  // namespace gradloom
