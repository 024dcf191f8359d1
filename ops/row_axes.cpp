// Following the rows of the batch through a body.
#include "ops/row_axes.h"

#include <algorithm>

#include "base/error.h"
#include "graph/module.h"
#include "ops/scan.h"

namespace gradloom {

namespace {

// Of ways to give rows to operands of one node; operations of more operands than three are rare.
constexpr int most_tries = 100;

// The types that the values of a body would have if the batch of some inputs were a symbol of its own.
class SymbolicBatch {
 public:
  SymbolicBatch(const Graph& body, const std::vector<bool>& is_leaf, const Dim& literal)
      : literal_(literal), scratch_(module_.add_function("rows")), values_(body.nodes().size()) {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const Node& node = body.nodes()[i];
      if (node.kind == NodeKind::constant)
        values_[i] = {scratch_.constant(node.literal)};
      else if (node.kind == NodeKind::operation)
        add_operation(node, i);
      else
        values_[i] = {add_input(is_leaf[i] ? with_symbol(node.types[0], 0) : node.types[0])};
    }
  }

  const Dim& symbol() const { return symbol_; }
  const Type& type(std::size_t node, std::size_t output) const { return values_[node][output].type(); }

 private:
  Value add_input(const Type& type) { return scratch_.input(concat_text("x", count_++), type.dtype, type.shape); }
  // In the place of the first such literal from an axis on.
  Type with_symbol(Type type, std::size_t first) const {
    for (std::size_t axis = first; axis < type.rank(); ++axis)
      if (type.shape[axis] == literal_) {
        type.shape[axis] = symbol_;
        break;
      }
    return type;
  }
  bool has_symbol(const Value& value) const {
    return std::find(value.shape().begin(), value.shape().end(), symbol_) != value.shape().end();
  }
  bool infer(const Node& node, const Values& inputs, Types& types) {
    try {
      Attributes attributes = node.attributes;
      types = infer_types(*node.op, scratch_, inputs, attributes);
      return true;
    } catch (const UserError&) {
      return false;
    }
  }
  // Operands of which it is not known that they have rows may have them where the others need it.
  bool infer_with_more_rows(const Node& node, Values inputs, std::size_t first, Types& types) {
    if (tries_ == 0) return false;
    --tries_;
    if (infer(node, inputs, types)) return true;
    for (std::size_t i = first; i < inputs.size(); ++i) {
      if (has_symbol(inputs[i])) continue;
      const Value plain = inputs[i];
      for (std::size_t axis = 0; axis < plain.rank(); ++axis) {
        if (plain.shape()[axis] != literal_) continue;
        Type type = plain.type();
        type.shape[axis] = symbol_;
        inputs[i] = add_input(type);
        if (infer_with_more_rows(node, inputs, i + 1, types)) return true;
      }
      inputs[i] = plain;
    }
    return false;
  }
  void add_operation(const Node& node, std::size_t place) {
    Values inputs;
    bool has_rows = false;
    for (const Value& input : node.inputs) {
      auto from = static_cast<std::size_t>(input.node_index());
      inputs.push_back(values_[from][static_cast<std::size_t>(input.output_index())]);
      has_rows = has_rows || has_symbol(inputs.back());
    }
    Types types = node.types;
    tries_ = most_tries;
    if (has_rows && !infer_with_more_rows(node, inputs, 0, types)) {
      // The literal stands in an attribute or in a body.
      types = node.types;
      auto num_carries = node.op == &scan_op ? ScanView(node).num_carries() : types.size();
      for (std::size_t i = 0; i < types.size(); ++i) types[i] = with_symbol(types[i], i < num_carries ? 0 : 1);
    }
    for (const Type& type : types) values_[place].push_back(add_input(type));
  }

  Dim literal_, symbol_ = "$rows";
  Module module_;
  Graph& scratch_;
  std::vector<Values> values_;
  int count_ = 0, tries_ = 0;
};

}  // namespace

RowAxes::RowAxes(const Graph& body, const Values& leaves, const Dim& batch) {
  std::vector<bool> from_rows(body.nodes().size());
  for (const Value& leaf : leaves) from_rows[static_cast<std::size_t>(leaf.node_index())] = true;
  std::optional<SymbolicBatch> symbolic;
  if (batch.is_constant()) symbolic.emplace(body, from_rows, batch);
  for (std::size_t i = 0; i < from_rows.size(); ++i) {
    const Node& node = body.nodes()[i];
    for (const Value& input : node.inputs)
      if (from_rows[static_cast<std::size_t>(input.node_index())]) from_rows[i] = true;
    std::vector<std::optional<std::size_t>>& own = axes_.emplace_back(node.types.size());
    for (std::size_t j = 0; j < own.size() && from_rows[i]; ++j) {
      const Dims& shape = symbolic ? symbolic->type(i, j).shape : node.types[j].shape;
      auto found = std::find(shape.begin(), shape.end(), symbolic ? symbolic->symbol() : batch);
      if (found != shape.end()) own[j] = static_cast<std::size_t>(found - shape.begin());
    }
  }
}

}  // namespace gradloom
