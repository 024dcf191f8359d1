// The tree is made of the scopes in node names; a node with bodies becomes a box that holds them.
#include "serialization/graph_outline.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "graph/op_def.h"

namespace gradloom {

namespace {

using Kind = OutlineItem::Kind;

constexpr std::string_view gradient_scope = "gradient";

std::string types_text(const Types& types) {
  std::vector<std::string> texts;
  for (const Type& type : types) texts.push_back(type.text());
  return join(texts);
}

class OutlineMaker {
 public:
  GraphOutline make(const Graph& graph) {
    out_.name = graph.name();
    out_.items.push_back({.kind = Kind::body, .name = graph.name(), .path = graph.name()});
    add_graph(graph, 0);
    connect();
    place_rows();
    follow_gradients();
    count_operations();
    return std::move(out_);
  }

 private:
  std::size_t add(std::size_t parent, OutlineItem item) {
    item.parent = parent;
    OutlineItem& box = out_.items[parent];
    item.is_gradient = item.is_gradient || box.is_gradient;
    item.path = concat_text(box.path, "/", item.name);
    box.children.push_back(out_.items.size());
    out_.items.push_back(std::move(item));
    return out_.items.size() - 1;
  }

  // The box of the scopes in front of a name's last part, which `name` is left with.
  std::size_t box_of(std::size_t box, std::string_view& name) {
    for (std::size_t slash; (slash = name.find('/')) != std::string_view::npos;) {
      std::string scope(name.substr(0, slash));
      name.remove_prefix(slash + 1);
      auto [found, is_new] = scopes_.try_emplace({box, scope}, 0);
      if (is_new) {
        bool is_gradient = scope == gradient_scope;
        found->second = add(box, {.kind = Kind::scope, .name = scope, .is_gradient = is_gradient});
      }
      box = found->second;
    }
    return box;
  }

  void add_graph(const Graph& graph, std::size_t root) {
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(graph.nodes().size()); ++i) {
      const Node& node = graph.node(i);
      if (node.kind == NodeKind::operation)
        add_operation(graph, i, root);
      else if (node.kind == NodeKind::input && !outer_.contains(Value(const_cast<Graph&>(graph), i)))
        add_leaf(Value(const_cast<Graph&>(graph), i), root, Kind::input);
    }
    for (const NamedValue& result : graph.outputs())
      body_outputs_[&graph].push_back(add_result(result, root, Kind::output));
    if (graph.updates().empty()) return;
    std::size_t box = add(root, {.kind = Kind::scope, .name = "new values"});
    for (const NamedValue& result : graph.updates()) add_result(result, box, Kind::update);
  }

  std::size_t add_result(const NamedValue& result, std::size_t box, Kind kind) {
    std::size_t item = add(box, {.kind = kind, .name = result.name, .detail = result.value.type().text()});
    reads_.push_back({result.value, item});
    return item;
  }

  // A variable's name without the scopes that the boxes around it say already.
  std::string name_inside(std::string_view name, std::size_t box) const {
    std::string_view around = out_.items[box].path;
    for (std::size_t slash; (slash = name.find('/')) != std::string_view::npos; name.remove_prefix(slash + 1)) {
      std::string part = concat_text("/", name.substr(0, slash), "/");
      std::size_t at = concat_text("/", around, "/").find(part);
      if (at == std::string::npos) break;
      around.remove_prefix(std::min(around.size(), at + slash));
    }
    return std::string(name);
  }

  // What a body's input stands for, where it is the same at every step or in every branch: a value outside.
  Value resolved(Value value) const {
    for (auto found = outer_.find(value); found != outer_.end(); found = outer_.find(value)) value = found->second;
    return value;
  }

  std::size_t add_leaf(const Value& value, std::size_t box, Kind kind) {
    const Node& node = value.node();
    std::size_t item = add(box, {.kind = kind,
                                 .name = kind == Kind::variable ? name_inside(node.name, box) : node.name,
                                 .detail = types_text(node.types)});
    source_[value] = item;
    return item;
  }

  void add_operation(const Graph& graph, std::int32_t index, std::size_t root) {
    const Node& node = graph.node(index);
    std::string_view name = node.name;
    std::size_t box = box_of(root, name);
    bool has_bodies = false;
    OutlineItem item{.kind = Kind::operation, .name = std::string(name), .operation = std::string(node.op->name)};
    item.detail = types_text(node.types);
    for (const auto& [key, value] : node.attributes) {
      const Body* body = std::get_if<Body>(&value);
      if (body && *body)
        has_bodies = true;
      else
        item.detail += concat_text("\n", key, "=", attribute_text(value));
    }
    for (const Value& operand : node.inputs) {
      Value input = resolved(operand);
      const Node& from = input.node();
      if (from.kind == NodeKind::constant) item.detail += concat_text("\nwith ", from.literal.text(4));
      // A variable stands beside the first that reads it.
      if (from.kind == NodeKind::variable && !has_bodies && !source_.contains(input))
        add_leaf(input, box, Kind::variable);
    }
    if (has_bodies) {
      add_bodies(graph, index, box, std::move(item));
      return;
    }
    std::size_t made = add(box, std::move(item));
    for (std::size_t i = 0; i < node.types.size(); ++i)
      source_[Value(const_cast<Graph&>(graph), index, static_cast<std::int32_t>(i))] = made;
    for (const Value& input : node.inputs) reads_.push_back({input, made});
  }

  void add_bodies(const Graph& graph, std::int32_t index, std::size_t box, OutlineItem item) {
    const Node& node = graph.node(index);
    std::vector<Body> bodies;
    std::vector<std::string> names;
    for (const auto& [key, value] : node.attributes)
      if (const Body* body = std::get_if<Body>(&value); body && *body) {
        bodies.push_back(*body);
        names.push_back(key);
      }
    item.kind = Kind::body;
    std::size_t outer = add(box, std::move(item));
    // Of a loop: carries and slices, which differ from step to step.
    std::size_t moving = 0;
    for (const char* count : {"num_carries", "num_sequences"})
      if (const Attribute* found = node.attributes.find(count))
        moving += static_cast<std::size_t>(std::get<std::int64_t>(*found));
    for (std::size_t b = 0; b < bodies.size(); ++b) {
      const Graph& body = *bodies[b];
      std::size_t inner = bodies.size() == 1 ? outer : add(outer, {.kind = Kind::body, .name = names[b]});
      // A body may be shared; each use has items of its own.
      body_outputs_[&body].clear();
      // Operands that no body takes (a condition) come first; those that it takes last may be followed by lengths.
      std::size_t operands = node.inputs.size(), taken = body.inputs().size();
      std::size_t skipped = moving == 0 && operands > taken ? operands - taken : 0;
      for (std::size_t i = moving; i < taken && skipped + i < operands; ++i)
        outer_[body.inputs()[i]] = node.inputs[skipped + i];
      add_graph(body, inner);
      for (std::size_t i = 0; i < moving; ++i) reads_.push_back({node.inputs[i], source_.at(body.inputs()[i])});
      for (std::size_t i = 0; i < node.types.size() && i < body_outputs_[&body].size(); ++i)
        source_[Value(const_cast<Graph&>(graph), index, static_cast<std::int32_t>(i))] = body_outputs_[&body][i];
    }
    // Values of a body are known by their graph; the next use of it starts anew.
    for (const Body& body : bodies) scopes_of_body_done(*body);
  }

  // Edges inside a body are made while its values still stand for this use of it.
  void scopes_of_body_done(const Graph& body) {
    connect_reads_of(body);
    auto is_of_body = [&](const auto& entry) { return &entry.first.graph() == &body; };
    std::erase_if(source_, is_of_body);
    std::erase_if(outer_, is_of_body);
  }

  void connect_reads_of(const Graph& body) {
    for (Read& read : reads_)
      if (&read.value.graph() == &body) {
        read.value = resolved(read.value);
        if (&read.value.graph() == &body) connect(read);
      }
    std::erase_if(reads_, [&](const Read& read) { return &read.value.graph() == &body; });
  }

  struct Read {
    Value value;
    std::size_t by;
  };

  void connect(const Read& read) {
    auto from = source_.find(read.value);
    if (from != source_.end()) out_.edges.push_back({from->second, read.by, read.value.type().text()});
  }

  void connect() {
    for (const Read& read : reads_) connect(read);
  }

  std::size_t depth_of(std::size_t item) const {
    std::size_t depth = 0;
    for (; item != 0; item = out_.items[item].parent) ++depth;
    return depth;
  }

  // Longest paths among siblings. Items are in the order of declaration; an edge against it (two scopes that are
  // entered by turns) moves nothing.
  void place_rows() {
    std::vector<std::vector<std::size_t>> after(out_.items.size());
    for (const OutlineEdge& edge : out_.edges) {
      std::size_t from = edge.from, to = edge.to, above = depth_of(from), below = depth_of(to);
      for (; above > below; --above) from = out_.items[from].parent;
      for (; below > above; --below) to = out_.items[to].parent;
      if (from == to) continue;
      for (; out_.items[from].parent != out_.items[to].parent; to = out_.items[to].parent)
        from = out_.items[from].parent;
      if (from < to) after[from].push_back(to);
    }
    for (std::size_t i = 0; i < after.size(); ++i)
      for (std::size_t next : after[i]) out_.items[next].row = std::max(out_.items[next].row, out_.items[i].row + 1);
  }

  void follow_gradients() {
    std::vector<OutlineItem>& items = out_.items;
    std::vector<std::vector<std::size_t>> readers(items.size());
    for (const OutlineEdge& edge : out_.edges) readers[edge.from].push_back(edge.to);
    std::vector<std::size_t> pending;
    for (std::size_t i = 0; i < items.size(); ++i)
      if (items[i].is_gradient) pending.push_back(i);
    while (!pending.empty()) {
      std::size_t i = pending.back();
      pending.pop_back();
      for (std::size_t reader : readers[i])
        if (!std::exchange(items[reader].follows_gradient, true)) pending.push_back(reader);
    }
    for (std::size_t i = items.size(); i-- > 1;)
      if (items[i].follows_gradient) items[items[i].parent].follows_gradient = true;
  }

  void count_operations() {
    for (std::size_t i = out_.items.size(); i-- > 0;) {
      OutlineItem& item = out_.items[i];
      if (item.kind == Kind::operation) item.num_operations = 1;
      if (i != 0) out_.items[item.parent].num_operations += item.num_operations;
    }
  }

  GraphOutline out_;
  std::map<std::pair<std::size_t, std::string>, std::size_t> scopes_;
  std::unordered_map<Value, std::size_t, ValueHash> source_;
  std::unordered_map<Value, Value, ValueHash> outer_;
  std::unordered_map<const Graph*, std::vector<std::size_t>> body_outputs_;
  std::vector<Read> reads_;
};

}  // namespace

GraphOutline outline(const Graph& graph) { return OutlineMaker().make(graph); }

std::vector<bool> open_boxes(const GraphOutline& outline, std::size_t most) {
  const std::vector<OutlineItem>& items = outline.items;
  std::vector<bool> is_open(items.size(), false);
  is_open[0] = true;
  std::size_t seen = items[0].children.size();
  std::vector<std::size_t> boxes, depth(items.size(), 0);
  for (std::size_t i = 1; i < items.size(); ++i) {
    depth[i] = depth[items[i].parent] + 1;
    if (items[i].is_box()) boxes.push_back(i);
  }
  auto rank = [&](std::size_t i) {
    return std::make_tuple(items[i].is_gradient || items[i].follows_gradient, depth[i], items[i].num_operations, i);
  };
  std::sort(boxes.begin(), boxes.end(), [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  for (std::size_t i : boxes) {
    std::size_t more = items[i].children.size();
    if (!is_open[items[i].parent] || seen + more > most) continue;
    is_open[i] = true;
    seen += more;
  }
  return is_open;
}

std::vector<std::size_t> visible_items(const GraphOutline& outline, const std::vector<bool>& is_open) {
  std::vector<std::size_t> visible(outline.items.size(), 0);
  for (std::size_t i = 1; i < visible.size(); ++i) {
    std::size_t parent = outline.items[i].parent;
    visible[i] = visible[parent] == parent && is_open[parent] ? i : visible[parent];
  }
  return visible;
}

}  // namespace gradloom
