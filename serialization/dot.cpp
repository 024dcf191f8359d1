// Writes Graphviz text, as declared in dot.h.
#include "serialization/dot.h"

#include <map>
#include <vector>

#include "base/text.h"
#include "graph/op_def.h"

namespace gradloom {

namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// Two lines in a box; each is escaped by itself, so that the break between them stays one.
std::string label(std::string_view first, std::string_view second) {
  std::string top = quoted(first), bottom = quoted(second);
  return second.empty() ? top : top.substr(0, top.size() - 1) + "\\n" + bottom.substr(1);
}

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('/') + 1); }

// Nodes by the scopes in their names.
struct ScopeBox {
  std::map<std::string, ScopeBox, std::less<>> inside;
  std::vector<std::int32_t> nodes;
};

class DotWriter {
 public:
  std::string text(const Graph& graph) {
    out_ = concat_text("digraph ", quoted(graph.name()), " {\n",
                       "  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=10];\n",
                       "  edge [fontname=\"sans-serif\", fontsize=8];\n");
    write_graph(graph, "", 1);
    return out_ + "}\n";
  }

 private:
  void line(std::size_t depth, const std::string& text) { out_ += std::string(2 * depth, ' ') + text + "\n"; }

  // `prefix` tells the nodes of a body from those of other graphs.
  void write_graph(const Graph& graph, const std::string& prefix, std::size_t depth) {
    ScopeBox root;
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(graph.nodes().size()); ++i) {
      std::string_view rest = graph.node(i).name;
      ScopeBox* box = &root;
      // A variable's name is its own, not a scope of this graph.
      bool scoped = graph.node(i).kind == NodeKind::operation || graph.node(i).kind == NodeKind::constant;
      for (std::size_t slash; scoped && (slash = rest.find('/')) != std::string_view::npos;) {
        box = &box->inside[std::string(rest.substr(0, slash))];
        rest.remove_prefix(slash + 1);
      }
      box->nodes.push_back(i);
    }
    write_box(graph, root, prefix, "", depth);
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(graph.nodes().size()); ++i)
      for (const Value& input : graph.node(i).inputs)
        write_edge(prefix + input.node().name, prefix + graph.node(i).name, input.type(), depth);
    for (const NamedValue& output : graph.outputs()) write_result(output, "output", prefix, depth);
    for (const NamedValue& update : graph.updates()) write_result(update, "update", prefix, depth);
  }

  void write_box(const Graph& graph, const ScopeBox& box, const std::string& prefix, const std::string& scope,
                 std::size_t depth) {
    for (std::int32_t index : box.nodes) write_node(graph.node(index), prefix, depth);
    for (const auto& [name, inside] : box.inside) {
      std::string path = scope + name + "/";
      line(depth, concat_text("subgraph ", quoted("cluster_" + prefix + path), " {"));
      line(depth + 1, concat_text("label=", quoted(name), ";"));
      write_box(graph, inside, prefix, path, depth + 1);
      line(depth, "}");
    }
  }

  void write_node(const Node& node, const std::string& prefix, std::size_t depth) {
    std::string id = quoted(prefix + node.name);
    switch (node.kind) {
      case NodeKind::input:
        line(depth, concat_text(id, " [shape=ellipse, label=", label(node.name, node.types[0].text()), "];"));
        return;
      case NodeKind::variable:
        line(depth, concat_text(id, " [shape=cylinder, label=", label(node.name, node.types[0].text()), "];"));
        return;
      case NodeKind::constant:
        line(depth, concat_text(id, " [shape=plain, label=", quoted(node.literal.text(4)), "];"));
        return;
      case NodeKind::operation:
        break;
    }
    for (const auto& [name, value] : node.attributes) {
      const Body* body = std::get_if<Body>(&value);
      if (!body || !*body) continue;
      std::string inner = prefix + node.name + ">" + name + ">";
      line(depth, concat_text("subgraph ", quoted("cluster_" + inner), " {"));
      line(depth + 1, concat_text("label=", quoted(concat_text(node.name, ": ", name)), ";"));
      line(depth + 1, "style=dashed;");
      write_graph(**body, inner, depth + 1);
      line(depth, "}");
    }
    std::string_view own = last_part(node.name);
    line(depth, concat_text(id, " [label=", label(node.op->name, own == node.op->name ? "" : own), "];"));
  }

  void write_edge(const std::string& from, const std::string& to, const Type& type, std::size_t depth) {
    line(depth, concat_text(quoted(from), " -> ", quoted(to), " [label=", quoted(type.text()), "];"));
  }

  void write_result(const NamedValue& result, std::string_view kind, const std::string& prefix, std::size_t depth) {
    std::string id = concat_text(prefix, kind, ":", result.name);
    line(depth, concat_text(quoted(id), " [shape=ellipse, label=", label(kind, result.name), "];"));
    write_edge(prefix + result.value.node().name, id, result.value.type(), depth);
  }

  std::string out_;
};

}  // namespace

std::string dot_text(const Graph& graph) { return DotWriter().text(graph); }

}  // namespace gradloom
