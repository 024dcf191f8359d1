// The gradient of a cond, which is a cond of its branches' gradients, and its batching rule.
#include <algorithm>

#include "graph/rewrite.h"
#include "ops/branch.h"
#include "ops/elementwise.h"

namespace gradloom {

namespace {

// A branch and its gradient in one body; a none among the gradients is zero.
struct BranchGradient {
  Graph* body = nullptr;
  Values gradients;  // one for each operand
};

BranchGradient differentiate(const Backward& b, const Graph& branch, std::string_view name) {
  BodyScope scope(b.graph(), name);
  BranchGradient made{&scope.body(), Values(branch.inputs().size())};
  ValueMap map;
  copy_without_effects(branch, *made.body, map);
  Values ys, dys, xs;
  for (std::size_t i = 0; i < b.num_outputs(); ++i) {
    if (!b.out_grad(i)) continue;
    ys.push_back(map.at(branch.outputs()[i].value));
    dys.push_back(append_input(*made.body, concat_text("result_grad_", i), b.out_grad(i).type()));
  }
  for (std::size_t i = 0; i < branch.inputs().size(); ++i)
    if (b.wants(i + 1)) xs.push_back(map.at(branch.inputs()[i]));
  Values found = b.engine().gradients(ys, dys, xs, {});
  for (std::size_t i = 0, next = 0; i < made.gradients.size(); ++i)
    if (b.wants(i + 1)) made.gradients[i] = found[next++];
  return made;
}

// The branch with all slices at once; every result has the new axis. None when a node on the way has no rule.
Graph* batch_branch(const Batching& b, const Graph& branch, std::string_view name) {
  BodyScope scope(b.graph(), name);
  Graph& body = scope.body();
  Values inputs;
  std::vector<bool> batched, has_axis;
  for (std::size_t i = 0; i < branch.inputs().size(); ++i) {
    Type type = branch.inputs()[i].type();
    batched.push_back(b.batched(i + 1));
    if (batched[i]) type.shape.insert(type.shape.begin(), b.size());
    inputs.push_back(append_input(body, branch.inputs()[i].node().name, type));
  }
  Values results = b.engine().batch(branch, body, inputs, batched, b.size(), has_axis);
  if (results.empty() && !branch.outputs().empty()) return nullptr;
  for (std::size_t i = 0; i < results.size(); ++i) {
    Dims shape = results[i].shape();
    shape.insert(shape.begin(), b.size());
    body.output(concat_text("result_", i), has_axis[i] ? results[i] : broadcast_to(results[i], std::move(shape)));
  }
  return &body;
}

// Both branches where the conditions differ from slice to slice.
Values choose_by_slice(const Batching& b, const BranchView& branch) {
  if (may_fail(b.node()) || has_effects(b.node())) return {};
  Values operands(b.inputs().begin() + 1, b.inputs().end()), sides[2];
  std::vector<bool> batched(b.all_batched().begin() + 1, b.all_batched().end()), has_axis;
  for (bool taken : {false, true}) {
    sides[taken ? 1 : 0] = b.engine().batch(branch.body(taken), b.graph(), operands, batched, b.size(), has_axis);
    if (sides[taken ? 1 : 0].empty()) return {};
  }
  Values results;
  for (std::size_t i = 0; i < sides[0].size(); ++i)
    results.push_back(where(align_rank(b.input(0), b.slice_result(i).rank() + 1), sides[1][i], sides[0][i]));
  return results;
}

}  // namespace

Values cond_gradient(const Backward& b) {
  BranchView branch(b.node());
  BranchGradient then_part = differentiate(b, branch.body(true), "cond/then");
  BranchGradient else_part = differentiate(b, branch.body(false), "cond/else");
  Values operands(b.node().inputs.begin() + 1, b.node().inputs.end());
  for (std::size_t i = 0; i < b.num_outputs(); ++i)
    if (b.out_grad(i)) operands.push_back(b.out_grad(i));
  std::vector<std::size_t> reached;
  for (std::size_t i = 0; i < branch.num_operands(); ++i)
    if (then_part.gradients[i] || else_part.gradients[i]) reached.push_back(i);
  Values gradients(b.num_inputs());
  if (reached.empty()) return gradients;
  for (const BranchGradient* part : {&then_part, &else_part}) {
    part->body->reopen();
    for (std::size_t i : reached) {
      const Type& type = branch.operand(i).type();
      Value gradient = part->gradients[i];
      part->body->output(concat_text("gradient_", i),
                         gradient ? gradient : fill(*part->body, type.dtype, type.shape, 0));
    }
  }
  Values results = add_cond(b.graph(), branch.condition(), operands, *then_part.body, *else_part.body);
  for (std::size_t i = 0; i < reached.size(); ++i) gradients[reached[i] + 1] = results[i];
  return gradients;
}

Values cond_batching(const Batching& b) {
  BranchView branch(b.inputs(), b.node().attributes);
  if (b.batched(0)) return choose_by_slice(b, branch);
  Graph* then_body = batch_branch(b, branch.body(true), "cond/then");
  Graph* else_body = then_body ? batch_branch(b, branch.body(false), "cond/else") : nullptr;
  if (!else_body) return {};
  Values operands(b.inputs().begin() + 1, b.inputs().end());
  return add_cond(b.graph(), branch.condition(), operands, *then_body, *else_body);
}

}  // namespace gradloom
