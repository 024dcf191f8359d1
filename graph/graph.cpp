// Declaring graphs: names, leaves, capture into open bodies, and the checks that every declaration passes.
#include "graph/graph.h"

#include <algorithm>

#include "base/error.h"
#include "graph/module.h"
#include "graph/op_def.h"

namespace gradloom {

Graph& Value::graph() const {
  require(graph_ != nullptr, Fault::usage, "a value that was never declared is used");
  return *graph_;
}

const Node& Value::node() const { return graph().node(node_); }
const Type& Value::type() const { return node().types[static_cast<std::size_t>(output_)]; }

const Dim& Value::dim(std::int64_t axis) const {
  auto rank = static_cast<std::int64_t>(shape().size());
  require(axis >= -rank && axis < rank, Fault::usage, name(), ": ", type().text(), " has no axis ", axis);
  return shape()[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)];
}

std::string Value::name() const { return output_ == 0 ? node().name : concat_text(node().name, ":", output_); }

std::size_t ValueHash::operator()(const Value& value) const noexcept {
  std::size_t hash = value ? std::hash<const void*>()(&value.graph()) : 0;
  return (hash * 31 + static_cast<std::size_t>(value.node_index())) * 31 +
         static_cast<std::size_t>(value.output_index());
}

Graph::Graph(Module& module, std::string name, Graph* parent)
    : module_(&module), name_(std::move(name)), parent_(parent) {}

Graph& Graph::innermost() {
  Graph* graph = this;
  while (graph->open_body_) graph = graph->open_body_;
  return *graph;
}

Graph& Graph::root() {
  Graph* graph = this;
  while (graph->parent_) graph = graph->parent_;
  return *graph;
}

std::string Graph::path() const {
  std::string path = path_prefix_ + scope_;
  if (!path.empty()) path.pop_back();
  return path;
}

std::string Graph::unique_name(std::string_view wanted) {
  std::string name = scope_ + std::string(wanted);
  if (!by_name_.contains(name)) return name;
  std::int32_t& count = name_counts_[name];
  if (count == 0) count = 1;
  std::string numbered;
  do {
    numbered = concat_text(name, "_", ++count);
  } while (by_name_.contains(numbered));
  return numbered;
}

std::int32_t Graph::append(Node node) {
  auto index = static_cast<std::int32_t>(nodes_.size());
  bool is_new = by_name_.emplace(node.name, index).second;
  ensure(is_new, "graph ", name_, " has two nodes named ", node.name);
  if (node.kind == NodeKind::input) inputs_.emplace_back(*this, index);
  nodes_.push_back(std::move(node));
  return index;
}

Value Graph::append_leaf(NodeKind kind, std::string name, Type type) {
  Node node;
  node.kind = kind;
  node.name = std::move(name);
  node.types = {std::move(type)};
  return Value(*this, append(std::move(node)));
}

Value Graph::input(std::string_view name, DType dtype, Dims shape, bool is_static) {
  Graph& graph = innermost();
  require(is_name(name), Fault::usage, "input \"", name, "\" of ", graph.name_,
          ": a name is made of letters, digits, _, -, . and /");
  require(!graph.by_name_.contains(std::string(name)), Fault::usage, "input \"", name, "\" of ", graph.name_,
          ": the name is taken");
  require(!graph.module_->find_variable(name), Fault::usage, "input \"", name, "\" of ", graph.name_,
          ": the module has a variable of this name");
  require(!is_static || (dtype == DType::int64 && shape.size() <= 1), Fault::usage, "input \"", name, "\" of ",
          graph.name_, ": a static input is int64 and of rank 0 or 1, not ", Type{dtype, shape}.text());
  Value value = graph.append_leaf(NodeKind::input, std::string(name), {dtype, std::move(shape)});
  graph.nodes_.back().is_static = is_static;
  return value;
}

Value Graph::constant(Tensor value) {
  Graph& graph = innermost();
  Dims shape(value.shape().begin(), value.shape().end());
  Value result =
      graph.append_leaf(NodeKind::constant, graph.unique_name("constant"), {value.dtype(), std::move(shape)});
  graph.nodes_.back().literal = std::move(value);
  return result;
}

Value Graph::constant(DType dtype, double value) { return constant(Tensor::scalar(dtype, value)); }

Value Graph::variable(std::string_view name) {
  const Variable& variable = module_->variable(name);
  Graph& function = root();
  std::int32_t index = function.find_node(variable.name);
  Value value;
  if (index >= 0) {
    value = Value(function, index);
    require(value.node().kind == NodeKind::variable, Fault::usage, "variable \"", name, "\" in ", function.name_,
            ": a node has this name");
  } else {
    value = function.append_leaf(NodeKind::variable, variable.name, variable.type());
  }
  return function.innermost().capture(value);
}

Values Graph::apply(const OpDef& op, Values inputs, Attributes attributes) {
  Graph& graph = innermost();
  for (Value& input : inputs) {
    require(static_cast<bool>(input), Fault::usage, op.name, ": an input was never declared");
    input = graph.capture(input);
  }
  return graph.append_operation(op, std::move(inputs), std::move(attributes), op.name);
}

Values Graph::append_operation(const OpDef& op, Values inputs, Attributes attributes, std::string_view wanted) {
  Node node;
  node.types = infer_types(op, *this, inputs, attributes);
  node.op = &op;
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
  node.name = unique_name(wanted);
  auto count = static_cast<std::int32_t>(node.types.size());
  std::int32_t index = append(std::move(node));
  Values results;
  for (std::int32_t i = 0; i < count; ++i) results.emplace_back(*this, index, i);
  return results;
}

void Graph::output(std::string_view name, Value value) {
  require(is_name(name), Fault::usage, "output \"", name, "\" of ", name_,
          ": a name is made of letters, digits, _, -, . and /");
  for (const NamedValue& output : outputs_)
    require(output.name != name, Fault::usage, "output \"", name, "\" of ", name_, ": the name is taken");
  outputs_.push_back({std::string(name), capture(value)});
}

void Graph::update(std::string_view variable, Value value) {
  const Variable& declared = module_->variable(variable);
  require(parent_ == nullptr, Fault::usage, "update of \"", variable, "\" in ", name_,
          ": variables change at the end of a function, not in a loop's body");
  require(value.type() == declared.type(), Fault::usage, "update of \"", variable, "\" in ", name_,
          ": the variable is ", declared.type().text(), " but the value is ", value.type().text());
  for (const NamedValue& update : updates_)
    require(update.name != variable, Fault::usage, "update of \"", variable, "\" in ", name_,
            ": the variable has a new value already");
  updates_.push_back({declared.name, capture(value)});
}

Value Graph::capture(Value outer) {
  if (&outer.graph() == this) return outer;
  require(parent_ != nullptr, Fault::usage, "value \"", outer.name(), "\" of ", outer.graph().name_, " is used in ",
          name_, ": a value is known in its own graph and in the loop bodies inside it");
  for (const auto& [known, own] : captures_)
    if (known == outer) return own;
  Value nearest = parent_->capture(outer);
  for (const auto& [known, own] : captures_)
    if (known == nearest) return own;
  std::string scope = std::exchange(scope_, "");
  Value own = append_leaf(NodeKind::input, unique_name(nearest.node().name), nearest.type());
  scope_ = std::move(scope);
  captures_.emplace_back(nearest, own);
  return own;
}

Value Graph::step_index() {
  require(parent_ != nullptr, Fault::usage, "the step number is asked for in ", name_, ", which is not a loop's body");
  if (!index_) {
    std::string scope = std::exchange(scope_, "");
    index_ = append_leaf(NodeKind::input, unique_name("step_index"), {DType::int64, {}});
    scope_ = std::move(scope);
  }
  return index_;
}

Graph& Graph::begin_body(std::string_view path) {
  Graph& graph = innermost();
  // A file with any other name could not be read back.
  require(is_name(path), Fault::usage, "body \"", path, "\" in ", graph.name_,
          ": a name is made of letters, digits, _, -, . and /");
  Graph& body = module_->add_body(concat_text(graph.name_, "/", graph.scope_, path), &graph);
  body.path_prefix_ = concat_text(graph.path_prefix_, graph.scope_, path, "/");
  graph.open_body_ = &body;
  return body;
}

void Graph::end_body(Graph& body) {
  ensure(body.parent_ && body.parent_->open_body_ == &body, "body ", body.name_, " is closed but was not open");
  body.parent_->open_body_ = nullptr;
  body.is_closed_ = true;
}

BodyScope::~BodyScope() {
  // Bodies that were left open inside by an exception close with it.
  body_.open_body_ = nullptr;
  if (body_.parent_ && body_.parent_->open_body_ == &body_) body_.parent_->end_body(body_);
}

void Graph::order_inputs(Values order) {
  ensure(order.size() == inputs_.size() && std::is_permutation(order.begin(), order.end(), inputs_.begin()), "body ",
         name_, ": the new order of inputs is not a permutation");
  inputs_ = std::move(order);
}

std::int32_t Graph::find_node(std::string_view name) const {
  auto found = by_name_.find(std::string(name));
  return found == by_name_.end() ? -1 : found->second;
}

namespace {

Value find_named(const std::vector<NamedValue>& list, std::string_view name, std::string_view what,
                 const std::string& graph) {
  std::vector<std::string> names;
  for (const NamedValue& item : list) {
    if (item.name == name) return item.value;
    names.push_back(item.name);
  }
  throw UserError(concat_text(graph, " has no ", what, " \"", name, "\"; it has ", join(names)));
}

}  // namespace

Value Graph::output_named(std::string_view name) const { return find_named(outputs_, name, "output", name_); }

Value Graph::input_named(std::string_view name) const {
  std::vector<NamedValue> named;
  for (const Value& input : inputs_) named.push_back({input.node().name, input});
  return find_named(named, name, "input", name_);
}

Value Graph::rename(Value value, std::string_view name) {
  ensure(&value.graph() == this, "rename of a value of another graph");
  Node& node = nodes_[static_cast<std::size_t>(value.node_index())];
  by_name_.erase(node.name);
  node.name = unique_name(name);
  by_name_.emplace(node.name, value.node_index());
  return value;
}

Dim Graph::fresh_symbol() { return Dim(concat_text("$", module_->next_symbol())); }

Scope::Scope(Graph& graph, std::string_view name) : graph_(graph.innermost()), before_(graph_.scope()) {
  require(is_name(name), Fault::usage, "scope \"", name, "\": a name is made of letters, digits, _, -, . and /");
  graph_.set_scope(concat_text(before_, name, "/"));
}

Values apply_all(const OpDef& op, Values inputs, Attributes attributes) {
  Graph* deepest = nullptr;
  std::size_t most = 0;
  for (const Value& input : inputs) {
    if (!input) continue;
    std::size_t depth = 1;
    for (Graph* parent = input.graph().parent(); parent; parent = parent->parent()) ++depth;
    if (depth > most) {
      most = depth;
      deepest = &input.graph();
    }
  }
  require(deepest != nullptr, Fault::usage, op.name, ": no input was declared");
  Graph& target = deepest->innermost();
  require(!target.is_closed_, Fault::usage, op.name, ": a value of the finished body ", target.name_,
          " is used; what a loop computes leaves it as a carry or an output");
  return target.apply(op, std::move(inputs), std::move(attributes));
}

Value apply(const OpDef& op, Values inputs, Attributes attributes) {
  Values results = apply_all(op, std::move(inputs), std::move(attributes));
  ensure(results.size() == 1, op.name, " has ", results.size(), " results where one was expected");
  return results[0];
}

}  // namespace gradloom
