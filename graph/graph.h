// Graph, Node and Value: what a model is. A Graph is an append-only list of nodes, so it is always in topological
// order; a Value names one result of one node. A Graph is checked while it is declared. Start reading at Graph::apply.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "graph/attributes.h"
#include "graph/dim.h"

namespace gradloom {

class Graph;
class Module;
struct OpDef;

/// One result of one node; valid while the Module lives. A default Value is "none": false as a condition.
class Value {
 public:
  Value() = default;
  Value(Graph& graph, std::int32_t node, std::int32_t output = 0) : graph_(&graph), node_(node), output_(output) {}

  explicit operator bool() const { return graph_ != nullptr; }
  Graph& graph() const;
  std::int32_t node_index() const { return node_; }
  std::int32_t output_index() const { return output_; }
  const struct Node& node() const;

  const Type& type() const;
  DType dtype() const { return type().dtype; }
  const Dims& shape() const { return type().shape; }
  std::size_t rank() const { return type().rank(); }
  /// The size of an axis; negative axes count from the end. A UserError when there is no such axis.
  const Dim& dim(std::int64_t axis) const;
  /// The edge's name in files and text: `decoder/gru/add`, or `decoder/split:1` for a later output.
  std::string name() const;

  friend bool operator==(const Value& a, const Value& b) = default;

 private:
  Graph* graph_ = nullptr;
  std::int32_t node_ = -1;
  std::int32_t output_ = 0;
};

using Values = std::vector<Value>;

struct ValueHash {
  std::size_t operator()(const Value& value) const noexcept;
};

/// What a node is. Only `operation` nodes have an OpDef and inputs.
enum class NodeKind { input, variable, constant, operation };

struct Node {
  NodeKind kind = NodeKind::operation;
  const OpDef* op = nullptr;
  Values inputs;
  Attributes attributes;
  std::string name;        ///< unique in the graph, with its scopes: `decoder/gru/reset`; an input's or variable's own
  Types types;             ///< one an output
  Tensor literal;          ///< of a constant
  bool is_static = false;  ///< of an int64 input whose value is part of the binding
};

struct NamedValue {
  std::string name;
  Value value;
};

/// A function of a module, or a body of a loop or branch inside one.
class Graph {
 public:
  /// Made by Module::add_function and Graph::begin_body only.
  Graph(Module& module, std::string name, Graph* parent);
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  const std::string& name() const { return name_; }
  Module& module() const { return *module_; }
  /// The graph whose loop or branch this is the body of; nullptr for a function (and for a body loaded from a file).
  Graph* parent() const { return parent_; }

  // ---- declaring. While a body is open, these go into the innermost open body.
  /// A UserError when the name is taken or the module has a variable of that name.
  Value input(std::string_view name, DType dtype, Dims shape, bool is_static = false);
  Value constant(Tensor value);
  /// A scalar.
  Value constant(DType dtype, double value);
  /// The old value of a variable of the module, one node a function; captured into an open body.
  Value variable(std::string_view name);
  /// Appends a node: fills in default attributes, checks them, captures outer inputs into the open body, infers the
  /// result types. Every UserError names the op, its inputs and the scope. Returns all outputs.
  Values apply(const OpDef& op, Values inputs, Attributes attributes = {});
  /// Names a result of the function. A UserError when the name is taken.
  void output(std::string_view name, Value value);
  /// Declares the new value that a variable takes when the function ends. Types must be equal.
  void update(std::string_view variable, Value value);

  // ---- bodies
  /// Opens a body below the innermost open graph. `path` becomes part of its name. Inputs and ops go into it until
  /// end_body. Prefer BodyScope, which closes it when an exception passes.
  Graph& begin_body(std::string_view path);
  void end_body(Graph& body);
  /// For rewrites of a body of their own: ops whose inputs are its values go into it again.
  void reopen() { is_closed_ = false; }
  /// This graph or the body, of a body, ... that is open below it.
  Graph& innermost();
  /// Values of enclosing graphs this body uses, in the order of capture: the outer value and the body's own input.
  const std::vector<std::pair<Value, Value>>& captures() const { return captures_; }
  /// The int64 scalar number of the step this loop body is at (0 at the first slice, whatever the direction). The
  /// one who builds the loop hands it in as a sequence; see index_input().
  Value step_index();
  /// The body's own input made by step_index(), or none.
  Value index_input() const { return index_; }
  /// Puts the body's inputs into the order its operation hands them over. `order` is a permutation of inputs().
  void order_inputs(Values order);

  // ---- reading
  const std::vector<Node>& nodes() const { return nodes_; }
  const Node& node(std::int32_t index) const { return nodes_[static_cast<std::size_t>(index)]; }
  const Values& inputs() const { return inputs_; }
  const std::vector<NamedValue>& outputs() const { return outputs_; }
  /// Each variable's name with its new value.
  const std::vector<NamedValue>& updates() const { return updates_; }
  /// A UserError listing the outputs when there is none of this name.
  Value output_named(std::string_view name) const;
  Value input_named(std::string_view name) const;
  /// The node of this name or -1.
  std::int32_t find_node(std::string_view name) const;

  // ---- names
  /// `decoder/` and the like: what node names begin with now.
  const std::string& scope() const { return scope_; }
  void set_scope(std::string scope) { scope_ = std::move(scope); }
  /// Where the next node stands, for messages: the scopes of the enclosing graphs and its own, without a last `/`.
  std::string path() const;
  /// Gives a node a name of its own choosing (made unique), for text, files and profiles. Returns the value.
  Value rename(Value value, std::string_view name);

  /// Appends a node as it is, under its own name, without capture: for loaders and rewrites. The types must be
  /// filled in (infer_types does). Returns its index.
  std::int32_t append(Node node);
  /// Appends an operation without capture, under a name made unique from `wanted`; attributes must be complete.
  /// For rewrites. Types are inferred.
  Values append_operation(const OpDef& op, Values inputs, Attributes attributes, std::string_view wanted);
  /// Brings an enclosing graph's value into this body. A UserError when the value is of no enclosing graph.
  Value capture(Value outer);
  /// A size symbol that no other value of the module has: `$1`, `$2`, ...
  Dim fresh_symbol();

 private:
  friend class BodyScope;
  std::string unique_name(std::string_view wanted);
  Value append_leaf(NodeKind kind, std::string name, Type type);
  Graph& root();
  friend Values apply_all(const OpDef& op, Values inputs, Attributes attributes);

  Module* module_;
  std::string name_;
  Graph* parent_;
  Graph* open_body_ = nullptr;
  std::string scope_;
  std::string path_prefix_;  // of a body: where it was opened, as messages say it
  bool is_closed_ = false;
  std::vector<Node> nodes_;
  Values inputs_;
  std::vector<NamedValue> outputs_;
  std::vector<NamedValue> updates_;
  std::vector<std::pair<Value, Value>> captures_;
  Value index_;
  std::unordered_map<std::string, std::int32_t> by_name_;
  std::unordered_map<std::string, std::int32_t> name_counts_;
};

/// Names declared while it lives begin with `name/`: `Scope scope(graph, "decoder");`.
class Scope {
 public:
  Scope(Graph& graph, std::string_view name);
  ~Scope() { graph_.set_scope(std::move(before_)); }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  Graph& graph_;
  std::string before_;
};

/// A body that is open while this lives.
class BodyScope {
 public:
  BodyScope(Graph& graph, std::string_view path) : body_(graph.begin_body(path)) {}
  ~BodyScope();
  BodyScope(const BodyScope&) = delete;
  BodyScope& operator=(const BodyScope&) = delete;
  Graph& body() const { return body_; }

 private:
  Graph& body_;
};

/// Appends a node to the innermost open graph of the inputs' function; the first form returns the only output.
Value apply(const OpDef& op, Values inputs, Attributes attributes = {});
Values apply_all(const OpDef& op, Values inputs, Attributes attributes = {});

}  // namespace gradloom
