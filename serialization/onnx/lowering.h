// How an operation becomes ONNX nodes: what a rule is handed, and the table of rules, by family in lowering_*.cpp.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "graph/op_def.h"
#include "serialization/onnx/onnx_graph.h"

namespace gradloom {

using OnnxValues = std::unordered_map<Value, std::string, ValueHash>;

/// Appends the nodes of one graph of ours to one of ONNX. `values` holds the names of its inputs and gets the others.
void lower_nodes(const Graph& graph, OnnxGraph& to, OnnxValues& values);

/// A node to be lowered: its inputs' names, and the ONNX graph that the rule appends to.
class Lowering {
 public:
  Lowering(const Node& node, OnnxGraph& to, const OnnxValues& values) : node_(node), to_(to), values_(values) {}

  const Node& node() const { return node_; }
  OnnxGraph& to() const { return to_; }
  std::size_t num_inputs() const { return node_.inputs.size(); }
  const std::string& input(std::size_t i) const { return name_of_value(node_.inputs[i]); }
  const Type& type(std::size_t i) const { return node_.inputs[i].type(); }
  const Type& result(std::size_t i = 0) const { return node_.types[i]; }
  const std::string& name_of_value(Value value) const { return values_.at(value); }
  template <class T>
  const T& attribute(std::string_view name) const {
    return node_.attributes.get<T>(name);
  }
  std::string add(std::string_view op, OnnxNames inputs, const OnnxAttributes& attributes = {}) const {
    return to_.add(op, std::move(inputs), attributes);
  }
  std::string scalar(double value) const { return to_.scalar(type(0).dtype, value); }
  std::string axis_added(const std::string& value, std::int64_t axis) const {
    return add("Unsqueeze", {value, to_.integers({axis})});
  }
  std::string cast(const std::string& value, DType dtype) const {
    return add("Cast", {value}, {{"to", onnx_dtype(dtype)}});
  }
  /// 0, 1, ... size - 1 as int64.
  std::string range(const Dim& size) const {
    return add("Range", {to_.scalar(DType::int64, 0), to_.size(size), to_.scalar(DType::int64, 1)});
  }

 private:
  const Node& node_;
  OnnxGraph& to_;
  const OnnxValues& values_;
};

using LoweringFunction = OnnxNames (*)(const Lowering&);

/// What an operation without attributes does that ONNX has under another name: OpDef::onnx on the same inputs.
OnnxNames lower_by_name(const Lowering& l);

struct LoweringRule {
  std::string_view op;
  LoweringFunction lower;
};

std::span<const LoweringRule> elementwise_lowerings();
std::span<const LoweringRule> shape_lowerings();
std::span<const LoweringRule> row_lowerings();
std::span<const LoweringRule> control_lowerings();
std::span<const LoweringRule> activation_lowerings();
std::span<const LoweringRule> indexing_lowerings();
std::span<const LoweringRule> order_lowerings();
std::span<const LoweringRule> norm_lowerings();
std::span<const LoweringRule> product_lowerings();

/// An operation's rule, or lower_by_name where its OpDef says enough; nullptr when there is neither.
LoweringFunction find_lowering(const OpDef& op);

}  // namespace gradloom
