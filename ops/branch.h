// How the operands and results of a cond node lie: for autodiff, batching and passes.
//
// operands: condition, then what either branch uses
// bodies:   `then` and `else`, each from all of these operands to the results
#pragma once

#include "ops/ops.h"

namespace gradloom {

extern const OpDef cond_op;

/// A cond node's parts by name.
class BranchView {
 public:
  explicit BranchView(const Node& node) : BranchView(node.inputs, node.attributes) {}
  BranchView(Values inputs, const Attributes& attributes)
      : inputs_(std::move(inputs)), bodies_{attributes.get<Body>("else"), attributes.get<Body>("then")} {}

  Value condition() const { return inputs_[0]; }
  std::size_t num_operands() const { return inputs_.size() - 1; }
  Value operand(std::size_t i) const { return inputs_[i + 1]; }
  const Graph& body(bool taken) const { return *bodies_[taken ? 1 : 0]; }
  std::size_t num_results() const { return bodies_[0]->outputs().size(); }

 private:
  Values inputs_;
  Body bodies_[2];  // else, then
};

/// Appends the node. Both bodies take the operands in their order.
Values add_cond(Graph& graph, Value condition, const Values& operands, const Graph& then_body, const Graph& else_body);

Values cond_gradient(const Backward& b);
Values cond_batching(const Batching& b);

}  // namespace gradloom
