// Reading of graphs and their bodies, as declared in graph_reader.h; each refusal names the place it is about.
#include "serialization/graph_reader.h"

#include <algorithm>
#include <charconv>

#include "graph/fresh_symbols.h"
#include "ops/registry.h"
#include "serialization/module_values.h"
#include "serialization/utf8.h"

namespace gradloom {

namespace {

// Far above what a module needs, far below what would overflow the count.
constexpr std::int64_t most_fresh_symbols = std::int64_t{1} << 40;

std::string quoted(std::string_view text) { return concat_text('"', shown_text(text), '"'); }

// Comparing a misspelled name with more of them would take long.
constexpr std::size_t most_suggestions = 10'000;

std::vector<std::string> node_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes())
    if (names.size() < most_suggestions) names.push_back(node.name);
  return names;
}

}  // namespace

void ElementBudget::take(const JsonValue& place, const Shape& shape) {
  std::int64_t count = element_count(std::span<const std::int64_t>(shape));
  if (count > limit_ - taken_)
    place.refuse("with its ", count, " elements the file has more than the limit of ", limit_);
  taken_ += count;
}

BodyTable::BodyTable(const JsonValue& at) {
  for (const auto& [name, json] : at.members()) entries_.emplace(checked_name(json, name), Entry{json});
}

BodyTable::Entry& BodyTable::find(std::string_view name, const JsonValue& reference) {
  auto found = entries_.find(name);
  if (found != entries_.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, entry] : entries_) names.push_back(known);
  reference.refuse("no body ", quoted(name), name.size() > 80 ? "" : did_you_mean(name, names));
}

void BodyTable::check_all_used() const {
  for (const auto& [name, entry] : entries_)
    if (!entry.graph) entry.json.refuse("no node runs this body");
}

void GraphReader::read_function(const JsonValue& at, Graph& graph) {
  at.allow_keys({"inputs", "nodes", "outputs", "updates"});
  read_inputs(at.at("inputs"), graph, false);
  read_nodes(at.at("nodes"), graph, false);
  read_results(at, graph);
  read_updates(at.at("updates"), graph);
}

Body GraphReader::read_body(const JsonValue& reference) {
  BodyTable::Entry& entry = bodies_.find(reference.as_string(), reference);
  std::string name(reference.as_string());
  if (entry.is_open) {
    open_bodies_.push_back(name);
    reference.refuse("the body runs itself: ", join(open_bodies_, " > "));
  }
  if (entry.graph) return entry.graph;
  if (open_bodies_.size() >= limits_.body_depth)
    reference.refuse("bodies stand inside bodies more than ", limits_.body_depth, " deep");
  entry.is_open = true;
  open_bodies_.push_back(name);
  Graph& graph = module_.add_body(name, nullptr);
  entry.json.allow_keys({"inputs", "nodes", "outputs"});
  read_inputs(entry.json.at("inputs"), graph, true);
  read_nodes(entry.json.at("nodes"), graph, true);
  read_results(entry.json, graph);
  open_bodies_.pop_back();
  entry.is_open = false;
  entry.graph = &graph;
  return &graph;
}

void GraphReader::count_nodes(const JsonValue& list) {
  nodes_ += list.elements().size();
  if (nodes_ > limits_.nodes) list.refuse("with these the file has more than the limit of ", limits_.nodes, " nodes");
}

std::string GraphReader::new_name(const JsonValue& at, const Graph& graph) const {
  std::string name = read_name(at);
  if (graph.find_node(name) >= 0) at.refuse("the name ", quoted(name), " is taken by an earlier input or node");
  return name;
}

void GraphReader::reserve(const JsonValue& at, const Dims& dims) {
  for (const Dim& dim : dims) {
    if (dim.is_constant() || dim.text().find('$') == std::string::npos) continue;
    for (const std::string& symbol : dim.symbols())
      if (auto number = fresh_number(symbol)) {
        if (*number > most_fresh_symbols) at.refuse("the number of ", symbol, " is above ", most_fresh_symbols);
        module_.reserve_symbols(*number);
      }
  }
}

void GraphReader::read_inputs(const JsonValue& list, Graph& graph, bool is_body) {
  count_nodes(list);
  for (const JsonValue& at : list.elements()) {
    at.allow_keys({"name", "dtype", "shape", "static"});
    Node node;
    node.kind = NodeKind::input;
    JsonValue name = at.at("name"), shape = at.at("shape");
    node.name = new_name(name, graph);
    // The inputs of bodies stand for outer values and may have the names of variables.
    if (!is_body && module_.find_variable(node.name))
      name.refuse("the module has a variable of the name ", quoted(node.name));
    node.types = {{read_dtype(at.at("dtype")), read_type_shape(shape, limits_.rank)}};
    reserve(shape, node.types[0].shape);
    if (auto is_static = at.find("static")) {
      node.is_static = is_static->as_bool();
      if (node.is_static && is_body) is_static->refuse("inputs of bodies are not static");
      if (node.is_static && (node.types[0].dtype != DType::int64 || node.types[0].rank() > 1))
        is_static->refuse("a static input is int64 and of rank 0 or 1, not ", node.types[0].text());
    }
    graph.append(std::move(node));
  }
}

void GraphReader::read_nodes(const JsonValue& list, Graph& graph, bool is_body) {
  count_nodes(list);
  for (const JsonValue& at : list.elements()) {
    JsonValue op = at.at("op"), name = at.at("name");
    Node node;
    if (op.as_string() == "variable") {
      at.allow_keys({"name", "op"});
      node.kind = NodeKind::variable;
      node.name = new_name(name, graph);
      if (is_body) op.refuse("a body reads no variable; its loop hands the value in");
      node.types = {at_place(name, [&] { return module_.variable(node.name).type(); })};
      graph.append(std::move(node));
    } else if (op.as_string() == "constant") {
      at.allow_keys({"name", "op", "dtype", "shape", "values", "stored"});
      node.kind = NodeKind::constant;
      node.name = new_name(name, graph);
      node.literal = read_tensor(at);
      node.types = {{node.literal.dtype(), Dims(node.literal.shape().begin(), node.literal.shape().end())}};
      graph.append(std::move(node));
    } else {
      at.allow_keys({"name", "op", "inputs", "attributes", "symbols"});
      node.name = new_name(name, graph);
      if (op.as_string().size() > 80) op.refuse("no op ", quoted(op.as_string()));
      node.op = at_place(op, [&] { return &op_named(op.as_string()); });
      node_list_ = list;
      read_operation(at, graph, std::move(node));
    }
  }
}

void GraphReader::read_operation(const JsonValue& at, Graph& graph, Node node) {
  node_name_ = node.name;
  if (auto edges = at.find("inputs")) node.inputs = read_edges(*edges, graph);
  if (auto attributes = at.find("attributes")) node.attributes = read_attributes(*attributes, *node.op);
  node.types = at_place(at, [&] { return infer_types(*node.op, graph, node.inputs, node.attributes); });
  check_results(at, node);
  rename_symbols(at, node);
  graph.append(std::move(node));
}

void GraphReader::check_results(const JsonValue& at, const Node& node) const {
  if (node.types.size() > limits_.node_values)
    at.refuse(node.types.size(), " results, more than the limit of ", limits_.node_values);
  for (const Type& type : node.types)
    if (type.rank() > limits_.rank)
      at.refuse("a result has rank ", type.rank(), ", more than the limit of ", limits_.rank);
}

void GraphReader::rename_symbols(const JsonValue& at, Node& node) {
  std::vector<std::string> inferred = own_symbols(node);
  auto list = at.find("symbols");
  if (!list) {
    if (!inferred.empty())
      at.refuse("the results have ", inferred.size(), " sizes of their own; \"symbols\" is missing");
    return;
  }
  std::vector<JsonValue> given = list->elements();
  if (given.size() != inferred.size())
    list->refuse("the results have ", inferred.size(), " sizes of their own, not ", given.size());
  std::vector<std::string> symbols;
  for (const JsonValue& one : given) {
    std::string symbol(one.as_string());
    if (!fresh_number(symbol)) one.refuse("$1, $2 or the like was expected, not ", quoted(symbol));
    if (!symbols_.insert(symbol).second) one.refuse("an earlier node has made the size ", symbol);
    reserve(one, {Dim(symbol)});
    symbols.push_back(std::move(symbol));
  }
  node.types = with_own_symbols(node, symbols);
}

Values GraphReader::read_edges(const JsonValue& list, Graph& graph) {
  std::vector<JsonValue> edges = list.elements();
  if (edges.size() > limits_.node_values)
    list.refuse(edges.size(), " inputs, more than the limit of ", limits_.node_values);
  Values values;
  for (const JsonValue& edge : edges) values.push_back(read_edge(edge, graph));
  return values;
}

Value GraphReader::read_edge(const JsonValue& at, Graph& graph) const {
  std::string_view edge = at.as_string();
  std::size_t colon = std::min(edge.rfind(':'), edge.size());
  std::string_view name = edge.substr(0, colon), digits = edge.substr(std::min(colon + 1, edge.size()));
  std::int32_t output = 0;
  if (colon < edge.size()) {
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), output);
    if (error != std::errc() || end != digits.data() + digits.size() || output < 1)
      at.refuse(quoted(edge), " does not end in the number of a result, 1 or more");
  }
  std::int32_t index = graph.find_node(name);
  if (index < 0) refuse_edge(at, name, graph);
  if (std::size_t results = graph.node(index).types.size(); static_cast<std::size_t>(output) >= results)
    at.refuse(quoted(name), " has ", results, " results, counted from 0, but number ", output, " is asked for");
  return Value(graph, index, output);
}

void GraphReader::refuse_edge(const JsonValue& at, std::string_view name, const Graph& graph) const {
  if (name == node_name_) at.refuse(quoted(name), " is this node itself");
  if (node_list_)
    for (const JsonValue& node : node_list_->elements())
      if (auto other = node.is_object() ? node.find("name") : std::nullopt;
          other && other->is_string() && other->as_string() == name)
        at.refuse("the node ", quoted(name), " stands below; nodes come in the order of computing");
  at.refuse("no input or node ", quoted(name), " stands before this place",
            name.size() > 80 ? "" : did_you_mean(name, node_names(graph)));
}

Attributes GraphReader::read_attributes(const JsonValue& at, const OpDef& op) {
  Attributes attributes;
  for (const auto& [name, value] : at.members()) {
    auto def = std::find_if(op.attributes.begin(), op.attributes.end(),
                            [&, &key = name](const AttributeDef& a) { return a.name == key; });
    if (def == op.attributes.end()) {
      std::vector<std::string> names;
      for (const AttributeDef& known : op.attributes) names.emplace_back(known.name);
      value.refuse(op.name, " has no attribute ", quoted(name), name.size() > 80 ? "" : did_you_mean(name, names));
    }
    attributes.set(name, read_attribute(value, def->kind));
  }
  return attributes;
}

Attribute GraphReader::read_attribute(const JsonValue& at, AttributeKind kind) {
  switch (kind) {
    case AttributeKind::boolean:
      return at.as_bool();
    case AttributeKind::integer:
      return at.as_int64();
    case AttributeKind::real:
      return at.as_float64();
    case AttributeKind::text:
      return std::string(at.as_string());
    case AttributeKind::dtype:
      return read_dtype(at);
    case AttributeKind::dim: {
      Dim dim = read_dim(at);
      reserve(at, {dim});
      return dim;
    }
    case AttributeKind::integers:
      return read_integers(at, limits_.node_values);
    case AttributeKind::dims: {
      Dims dims = read_dims(at, limits_.node_values);
      reserve(at, dims);
      return dims;
    }
    case AttributeKind::tensor:
      at.allow_keys({"dtype", "shape", "values", "stored"});
      return read_tensor(at);
    case AttributeKind::body:
      return read_body(at);
  }
  throw InternalError("an attribute of a kind that files do not have");
}

Tensor GraphReader::read_tensor(const JsonValue& at) {
  DType dtype = read_dtype(at.at("dtype"));
  Shape shape = read_shape(at.at("shape"), limits_.rank);
  budget_.take(at, shape);
  auto values = at.find("values"), stored = at.find("stored");
  if (values.has_value() == stored.has_value())
    at.refuse("one of the keys \"values\" and \"stored\" was expected, not ", values ? "both" : "neither");
  if (values) return read_elements(*values, dtype, std::move(shape));
  auto found = constants_.find(stored->as_string());
  if (found == constants_.end())
    stored->refuse("the weights that came with the file have no tensor ", quoted(stored->as_string()));
  const Tensor& tensor = found->second;
  if (tensor.dtype() != dtype || tensor.shape() != shape)
    at.refuse("the constant is ", name_of(dtype), " ", shape_text(shape), " but the stored tensor is ",
              name_of(tensor.dtype()), " ", shape_text(tensor.shape()));
  return tensor;
}

void GraphReader::read_results(const JsonValue& at, Graph& graph) {
  node_list_.reset();
  node_name_.clear();
  JsonValue list = at.at("outputs");
  std::vector<JsonValue> outputs = list.elements();
  if (outputs.size() > limits_.node_values)
    list.refuse(outputs.size(), " outputs, more than the limit of ", limits_.node_values);
  std::set<std::string> names;
  for (const JsonValue& output : outputs) {
    output.allow_keys({"name", "value"});
    std::string name = read_name(output.at("name"));
    if (!names.insert(name).second)
      output.at("name").refuse("the name ", quoted(name), " is taken by an earlier output");
    graph.output(name, read_edge(output.at("value"), graph));
  }
}

void GraphReader::read_updates(const JsonValue& list, Graph& graph) {
  std::set<std::string> names;
  for (const JsonValue& at : list.elements()) {
    at.allow_keys({"variable", "value"});
    JsonValue variable = at.at("variable"), value = at.at("value");
    std::string name(variable.as_string());
    Type declared = at_place(variable, [&] { return module_.variable(name).type(); });
    if (!names.insert(name).second) variable.refuse("the variable ", quoted(name), " has an earlier update");
    Value update = read_edge(value, graph);
    if (update.type() != declared)
      value.refuse("the variable ", quoted(name), " is ", declared.text(), " but ", quoted(update.name()), " is ",
                   update.type().text());
    graph.update(name, update);
  }
}

}  // namespace gradloom
