// The names that nodes of a graph see while it is imported, and what all graphs of one import share.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "graph/module.h"
#include "serialization/onnx_import/legal_names.h"
#include "serialization/onnx_import/onnx_import.h"
#include "serialization/onnx_import/operators.h"

namespace gradloom {

/// One import: the model, the function that it becomes, and how much of the limits is used.
class ImportContext {
 public:
  ImportContext(const onnx::Model& model, const OnnxImportOptions& options, Graph& function, TensorMap& weights);

  const std::string& file() const { return options_.name; }
  const onnx::Model& model() const { return model_; }
  const OnnxImportOptions& options() const { return options_; }
  Graph& function() const { return function_; }
  /// The innermost open graph: where operations go now.
  Graph& graph() const { return function_.innermost(); }
  /// Names of inputs and variables.
  LegalNames& names() { return names_; }

  /// An initializer as a variable or a constant.
  Value initializer(const onnx::Tensor& tensor);
  /// A size of an input's declared type; `input` and `axis` name it when the file does not.
  Dim declared_size(const onnx::Dim& dim, const std::string& input, std::size_t axis);
  /// Whether the model's graph has an initializer of this name.
  bool has_initializer(const std::string& name) const { return initializers_.contains(name); }
  /// The function that a node calls, or nullptr.
  const onnx::Function* find_function(const onnx::Node& node) const;
  /// Notes an attribute of an operator that has no part in what the node becomes.
  void pass_over(const std::string& op, const std::string& attribute) { passed_over_.insert({op, attribute}); }
  const std::set<std::pair<std::string, std::string>>& passed_over() const { return passed_over_; }
  /// Counts a node before it is imported; an OnnxImportError beyond the limits.
  void count_node(const std::string& place);
  /// Counts what a node has become: all of the graph behind its first `nodes` nodes, and the module behind its first
  /// `bodies` bodies.
  void count_made(const Graph& graph, std::size_t nodes, std::size_t bodies, const std::string& place);
  /// Counts the tensors of a sequence, of which each step of its life is a copy.
  void count_sequence(std::size_t tensors);
  /// A constant in the place of what a node from `first` on computes of constants, as long as there is room for more.
  Value folded(const Value& value, std::size_t first);

  /// A body, branch or function that is being written out.
  class Level;

 private:
  const onnx::Model& model_;
  const OnnxImportOptions& options_;
  Graph& function_;
  TensorMap& weights_;
  LegalNames names_{legal_name}, symbols_{legal_symbol};
  std::map<std::string, std::vector<std::string>> variables_;              // of each initializer's name in the file
  std::map<std::array<std::string, 3>, const onnx::Function*> functions_;  // by domain, name and overload
  std::unordered_set<std::string> initializers_;
  std::unordered_set<std::string> sizes_;    // dim_params that are whole names of an axis
  std::unordered_set<std::string> shaping_;  // initializers that decide shapes
  std::set<std::pair<std::string, std::string>> passed_over_;
  std::size_t nodes_ = 0, depth_ = 0, made_ = 0, in_sequences_ = 0;
  std::int64_t elements_ = 0, folded_ = 0;  // of constants that nodes became; of those that were computed
};

class ImportContext::Level {
 public:
  explicit Level(ImportContext& context, const std::string& place);
  ~Level() { --context_.depth_; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

 private:
  ImportContext& context_;
};

/// The names of one graph of the file, with those of the graphs around it.
class ImportScope {
 public:
  /// `outer` is nullptr for the model's graph and for the body of a function.
  ImportScope(ImportContext& context, const std::vector<onnx::Opset>& opsets, const ImportScope* outer = nullptr)
      : context_(context), opsets_(opsets), outer_(outer) {}

  ImportContext& context() const { return context_; }
  const std::vector<onnx::Opset>& opsets() const { return opsets_; }

  void define(const std::string& name, Value value) { values_[name] = value; }
  /// A list of values, where the file has a sequence.
  void define_sequence(const std::string& name, Values values) {
    context_.count_sequence(values.size());
    sequences_[name] = std::move(values);
  }
  /// An output that a rule does not give: an error only for who asks.
  void define_missing(const std::string& name, const std::string& place) { missing_[name] = place; }
  /// None when the name is that of a sequence, or of an input that a caller has left out. An OnnxImportError when its
  /// operator's rule does not give it.
  Value find(const std::string& name) const;
  const Values* find_sequence(const std::string& name) const;

  void import_initializers(const onnx::Graph& graph);
  /// Runs the nodes' rules; `place` says in messages where they stand.
  void import_nodes(const std::vector<onnx::Node>& nodes);
  /// The values of a graph's outputs. An OnnxImportError when one of them is none.
  Values outputs_of(const onnx::Graph& graph) const;

 private:
  void import_node(const onnx::Node& node, std::size_t position);
  void call_function(const onnx::Function& function, const onnx::Node& node, const std::string& place);
  std::int64_t version_of(const std::string& domain) const;

  ImportContext& context_;
  const std::vector<onnx::Opset>& opsets_;
  const ImportScope* outer_;
  std::unordered_map<std::string, Value> values_;
  std::unordered_map<std::string, Values> sequences_;
  std::unordered_map<std::string, std::string> missing_;  // with the node's place
};

}  // namespace gradloom
