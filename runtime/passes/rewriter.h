// Rewriter: copies a function into a new module, node by node, bodies before the node that runs them; a pass says what
// takes the place of a node. What passes are made of.
#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>

#include "graph/op_def.h"
#include "graph/rewrite.h"

namespace gradloom {

class Rewriter {
 public:
  virtual ~Rewriter() = default;
  /// The rewritten function in a module of its own, with the variables of the old one.
  std::unique_ptr<Module> run(const Module& module, std::string_view function);

 protected:
  /// Called before the nodes of a graph are copied.
  virtual void begin(const Graph& source, Graph& target);
  /// What stands for the results of an operation. `node` is a copy whose inputs and bodies are those of the target; by
  /// default it is appended. `index` is its place in the source.
  virtual Values replace(const Graph& source, std::int32_t index, Node node, Graph& target);
  /// What stands for a constant of the source; by default a copy.
  virtual Value replace_constant(const Node& node, Graph& target);
  /// Called when a body is done; what is returned takes its place.
  virtual Body finish_body(Graph& body);

  /// The target's value for one of the source that was copied already, or none.
  Value copied(const Value& value) const;
  Module& target_module() { return *module_; }

 private:
  void copy(const Graph& source, Graph& target);
  Body rewritten(Body body);

  std::unique_ptr<Module> module_;
  std::unordered_map<Body, Body> bodies_;
  ValueMap map_;
};

/// Appends an operation and returns its results.
Values append_node(const Node& node, Graph& target);
/// A module with the variables of another and no functions.
std::unique_ptr<Module> module_with_variables(const Module& module);

/// How much a graph holds, bodies included: nodes, results and inputs. Passes that only remove report the difference.
struct GraphSize {
  std::int64_t nodes = 0, inputs = 0, outputs = 0;
  friend bool operator==(const GraphSize&, const GraphSize&) = default;
};
GraphSize size_of(const Graph& function);

/// `12 nodes`, `1 node`.
std::string count_text(std::int64_t count, std::string_view one);

}  // namespace gradloom
