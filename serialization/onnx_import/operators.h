// What an ONNX operator's import rule is handed, and the tables of rules by family: a rule turns one node of the file
// into operations. Names, opsets, folding and bodies are the importer's; a rule knows one operator only.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ops/ops.h"
#include "serialization/onnx/model.h"
#include "serialization/onnx_import/known_values.h"

namespace gradloom {

class ImportScope;

/// The newest opset of ONNX's own operators whose meaning the rules know; a rule may say an older one of its own.
inline constexpr std::int64_t newest_known_opset = 23;

/// One node of the file while it is imported. Everything that a rule asks and the file cannot give is a UserError
/// (Fault::input) that names file, node and operator.
class ImportNode {
 public:
  ImportNode(ImportScope& scope, const onnx::Node& node, std::size_t position, std::int64_t opset);

  const std::string& op() const { return node_.op; }
  /// The version of the operator's domain that the model imports.
  std::int64_t opset() const { return opset_; }
  /// The innermost open graph, into which operations go: for `fill`, `range`, `dim`, `eye`.
  Graph& graph() const;

  // ---- inputs
  /// As many as the file lists, left-out ones in between included, those at the end not.
  std::size_t num_inputs() const { return num_inputs_; }
  bool has_input(std::size_t i) const;
  /// A UserError when it is left out.
  Value input(std::size_t i) const;
  /// None when it is left out.
  Value optional_input(std::size_t i) const { return has_input(i) ? input(i) : Value(); }
  /// All of them, for operators of any number of inputs.
  Values inputs() const;
  /// An input that is a sequence in the file: its tensors, as many as are known to be there.
  const Values& sequence(std::size_t i) const;
  /// nullptr when it is a tensor.
  const Values* optional_sequence(std::size_t i) const;

  // ---- inputs whose values decide shapes or what is computed
  /// The value of an input if it is known now, else nullptr (also when it is left out). Valid until an operation or a
  /// constant is declared.
  const Tensor* known(std::size_t i) const;
  /// The same; a StaticInputNeeded error when it is not known. `what` is the input's name in ONNX's text ("axes").
  Tensor known(std::size_t i, std::string_view what) const;
  /// An int32 or int64 input of rank 0 or 1 as a list.
  std::vector<std::int64_t> known_integers(std::size_t i, std::string_view what) const;
  /// The only element of such an input.
  std::int64_t known_integer(std::size_t i, std::string_view what) const;
  /// The only element of an input, whatever its dtype.
  double known_number(std::size_t i, std::string_view what) const;
  /// An integer input of rank 0 or 1 as sizes, which may hold symbols: `Concat(Shape(x)[0], -1)`.
  Dims known_sizes(std::size_t i, std::string_view what) const;
  /// What was an attribute in older opsets and is an input in newer ones ("axes" of ReduceSum, "split" of Split):
  /// whichever is given, or none.
  std::optional<std::vector<std::int64_t>> integers_or_input(std::string_view attribute, std::size_t i) const;

  // ---- attributes; one of another kind than is asked for is a UserError
  bool has(std::string_view attribute) const { return find(attribute) != nullptr; }
  std::int64_t integer(std::string_view attribute) const;  ///< must be given
  std::int64_t integer(std::string_view attribute, std::int64_t fallback) const;
  bool flag(std::string_view attribute, bool fallback) const { return integer(attribute, fallback ? 1 : 0) != 0; }
  /// The decimal number that was meant: float 0.1f is 0.1, not 0.10000000149.
  double real(std::string_view attribute, double fallback) const;
  std::string text(std::string_view attribute) const;  ///< must be given
  std::string text(std::string_view attribute, std::string_view fallback) const;
  std::vector<std::int64_t> integers(std::string_view attribute) const;  ///< must be given
  std::vector<std::int64_t> integers(std::string_view attribute, std::vector<std::int64_t> fallback) const;
  std::vector<double> reals(std::string_view attribute) const;       ///< [] when it is not given
  std::vector<std::string> texts(std::string_view attribute) const;  ///< [] when it is not given
  Tensor tensor(std::string_view attribute) const;                   ///< must be given
  const onnx::Graph& subgraph(std::string_view attribute) const;     ///< must be given
  /// A number of TensorProto.DataType as our dtype; `to` of Cast.
  DType dtype(std::string_view attribute) const;
  DType dtype(std::string_view attribute, DType fallback) const;

  /// Those that no rule has asked for: the operator has them not, or they change nothing here.
  std::vector<std::string> attributes_passed_over() const;

  // ---- outputs
  std::size_t num_outputs() const { return num_outputs_; }
  bool wants_output(std::size_t i) const { return i < num_outputs_ && !node_.outputs[i].empty(); }
  /// An output that is a sequence; the rule returns none in its place.
  void give_sequence(std::size_t output, Values values) const;

  // ---- for control flow and operators that speak of other values
  /// The nodes of a subgraph appended to the innermost open graph, its inputs standing for `inputs`; its outputs.
  Values import_subgraph(const onnx::Graph& graph, const Values& inputs) const;
  /// A value of the graph that the node stands in, by its name in the file.
  Value named(std::string_view name) const;

  /// Throws the UserError `FILE: node NAME (OP): parts...`.
  template <class... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    fail_with(concat_text(parts...));
  }
  template <class... Parts>
  void require(bool condition, const Parts&... parts) const {
    if (!condition) fail_with(concat_text(parts...));
  }
  /// `axis` brought into [0, rank); a UserError otherwise.
  std::size_t axis(std::int64_t axis, std::size_t rank) const;
  /// `model.onnx: node "fc1" (Gemm)`.
  std::string place() const;

 private:
  const onnx::Attribute* find(std::string_view name) const;
  const onnx::Attribute& typed(std::string_view name, onnx::AttributeType type) const;
  [[noreturn]] void fail_with(const std::string& sentence) const;
  [[noreturn]] void need_static(std::size_t i, std::string_view what) const;

  ImportScope& scope_;
  const onnx::Node& node_;
  std::size_t position_;
  std::int64_t opset_;
  std::size_t num_inputs_, num_outputs_;
  mutable std::vector<bool> asked_;  // of each attribute: a rule has looked for it
};

/// How one operator is imported. The rule runs inside a Scope of the node's name and returns the outputs, as many as
/// the operator has or fewer; one that it cannot give is none, an error only when the file uses it. Operations that
/// refuse their operands throw, and the importer adds the node's place to the message.
struct ImportRule {
  std::string_view op;
  Values (*rule)(const ImportNode& node);
  std::int64_t until = newest_known_opset;  ///< the newest opset (of its domain) whose meaning the rule knows
  std::string_view domain = "";
};
using ImportRules = std::span<const ImportRule>;

// ---- one table a family, in the file operators_FAMILY.cpp
ImportRules elementwise_imports();
ImportRules activation_imports();
ImportRules logic_imports();
ImportRules shape_imports();
ImportRules layout_imports();
ImportRules indexing_imports();
ImportRules scattering_imports();
ImportRules constant_imports();
ImportRules control_imports();
ImportRules sequence_imports();
ImportRules reduce_imports();
ImportRules norm_imports();
ImportRules softmax_imports();
ImportRules product_imports();
ImportRules window_imports();
ImportRules resize_imports();
ImportRules recurrent_imports();
ImportRules loss_imports();
ImportRules optimizer_imports();

}  // namespace gradloom
