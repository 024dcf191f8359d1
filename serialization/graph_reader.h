// The part of the reader of module.json that turns the JSON of functions and bodies into graphs, node by node.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "graph/op_def.h"
#include "serialization/module_json.h"

namespace gradloom {

/// How many elements the variables and constants of a file may still have.
class ElementBudget {
 public:
  explicit ElementBudget(std::int64_t limit) : limit_(limit) {}
  void take(const JsonValue& place, const Shape& shape);

 private:
  std::int64_t limit_;
  std::int64_t taken_ = 0;
};

/// The bodies of a file by name: as JSON until a node refers to one, from then on as a graph.
class BodyTable {
 public:
  struct Entry {
    JsonValue json;
    Graph* graph = nullptr;
    bool is_open = false;  ///< being read, so that a reference to it is a cycle
  };

  explicit BodyTable(const JsonValue& at);
  std::size_t size() const { return entries_.size(); }
  /// A refusal at `reference` when there is none of this name.
  Entry& find(std::string_view name, const JsonValue& reference);
  /// Refuses a body that no node runs.
  void check_all_used() const;

 private:
  std::map<std::string, Entry, std::less<>> entries_;
};

class GraphReader {
 public:
  GraphReader(Module& module, BodyTable& bodies, const TensorMap& constants, ElementBudget& budget,
              const ModuleLimits& limits)
      : module_(module), bodies_(bodies), constants_(constants), budget_(budget), limits_(limits) {}

  void read_function(const JsonValue& at, Graph& graph);

 private:
  void read_inputs(const JsonValue& list, Graph& graph, bool is_body);
  void read_nodes(const JsonValue& list, Graph& graph, bool is_body);
  void read_results(const JsonValue& at, Graph& graph);
  void read_updates(const JsonValue& list, Graph& graph);

  void read_operation(const JsonValue& at, Graph& graph, Node node);
  void check_results(const JsonValue& at, const Node& node) const;
  void rename_symbols(const JsonValue& at, Node& node);
  Values read_edges(const JsonValue& list, Graph& graph);
  Value read_edge(const JsonValue& at, Graph& graph) const;
  [[noreturn]] void refuse_edge(const JsonValue& at, std::string_view name, const Graph& graph) const;
  Attributes read_attributes(const JsonValue& at, const OpDef& op);
  Attribute read_attribute(const JsonValue& at, AttributeKind kind);
  Body read_body(const JsonValue& reference);
  Tensor read_tensor(const JsonValue& at);

  std::string new_name(const JsonValue& at, const Graph& graph) const;
  void count_nodes(const JsonValue& list);
  void reserve(const JsonValue& at, const Dims& dims);

  Module& module_;
  BodyTable& bodies_;
  const TensorMap& constants_;
  ElementBudget& budget_;
  const ModuleLimits& limits_;
  std::size_t nodes_ = 0;
  std::optional<JsonValue> node_list_;    // that the node being read stands in
  std::string node_name_;                 // of the node being read
  std::vector<std::string> open_bodies_;  // from the function inwards
  std::set<std::string> symbols_;         // fresh ones that nodes have made
};

}  // namespace gradloom
