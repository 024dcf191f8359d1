// A graph of ONNX while it is written: nodes appended one by one under names that are unique in the whole model, and
// the sizes of symbols, computed once from the inputs.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "graph/module.h"
#include "serialization/onnx/model.h"

namespace gradloom {

using OnnxAttribute = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>, const onnx::Graph*>;
using OnnxAttributes = std::vector<std::pair<std::string, OnnxAttribute>>;
using OnnxNames = std::vector<std::string>;

/// The number that ONNX gives a dtype.
std::int64_t onnx_dtype(DType dtype);

/// One graph: the model's own, or a body inside it.
class OnnxGraph {
 public:
  explicit OnnxGraph(onnx::Graph& graph) : graph_(graph), root_(*this), names_(&own_names_) {}
  /// A body. Of a loop, `steps` is its number of steps; a branch has none.
  OnnxGraph(onnx::Graph& graph, OnnxGraph& parent, std::optional<Dim> steps)
      : graph_(graph), root_(parent.root_), parent_(&parent), steps_(std::move(steps)), names_(parent.names_) {}
  OnnxGraph(const OnnxGraph&) = delete;
  OnnxGraph& operator=(const OnnxGraph&) = delete;

  onnx::Graph& graph() { return graph_; }
  /// A name that no other value of the model has, made from `wanted`.
  std::string unique_name(std::string_view wanted);
  /// Keeps a name for an input or output. A UserError when it is taken.
  void reserve_name(const std::string& name);

  std::string add(std::string_view op, OnnxNames inputs, const OnnxAttributes& attributes = {});
  OnnxNames add_all(std::string_view op, OnnxNames inputs, std::size_t outputs, const OnnxAttributes& attributes = {});
  /// A node with this one result.
  void add_named(std::string_view op, OnnxNames inputs, const std::string& output);

  std::string constant(const Tensor& value);
  std::string scalar(DType dtype, double value) { return constant(Tensor::scalar(dtype, value)); }
  std::string integers(const std::vector<std::int64_t>& values);
  /// A size as an int64 scalar, and sizes as int64 [n].
  std::string size(const Dim& dim);
  std::string sizes(const Dims& dims);

  void add_input(const std::string& name, const Type& type);
  void add_output(const std::string& name, const Type& type);
  void add_initializer(const std::string& name, const Tensor& value);
  /// From now on the symbols in this shape are known from the value.
  void learn_symbols(const std::string& name, const Dims& shape);

  /// `random/NODE` of the first node that draws from the stream.
  std::string draw_name(std::int64_t stream, std::string_view node);
  /// The input of the model that a draw is read from, as a body sees it: in a loop one slice a step.
  std::string draw(const std::string& name, const Type& type);
  /// The sequences that draws added to this body: the value outside and the body's own input.
  const std::vector<std::pair<std::string, std::string>>& drawn_slices() const { return drawn_slices_; }

 private:
  std::string size_of_symbol(const std::string& symbol);
  /// A size that is neither a number nor a symbol, as int64 arithmetic (onnx_sizes.cpp).
  std::string computed_size(const Dim& dim);

  onnx::Graph& graph_;
  OnnxGraph& root_;
  OnnxGraph* parent_ = nullptr;
  std::optional<Dim> steps_;
  std::set<std::string> own_names_;
  std::set<std::string>* names_;
  std::map<std::string, int> numbers_;  // of the root: the last that tells names of one kind apart
  std::map<std::string, std::string> dims_, draws_;
  std::map<std::int64_t, std::string> draw_names_;
  std::map<std::string, std::pair<std::string, std::int64_t>, std::less<>> symbols_;
  std::vector<std::pair<std::string, std::string>> drawn_slices_;
};

}  // namespace gradloom
