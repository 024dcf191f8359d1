// cond: one of two branches. Its builder, which calls the user's code of both once to make the bodies; its shape rule,
// which holds the bodies and the operands together; and its kernel.
#include "ops/branch.h"

#include <algorithm>

#include "ops/families.h"

namespace gradloom {

namespace {

void check_body(const Infer& in, const Graph* body, const char* name) {
  std::size_t operands = in.num_inputs() - 1;
  in.require(body != nullptr && body->inputs().size() == operands, "the body ", name, " takes ",
             body ? body->inputs().size() : 0, " inputs but ", operands, " operands are handed to it");
  for (std::size_t i = 0; i < operands; ++i) {
    const Type& wanted = body->inputs()[i].type();
    in.require(in.type(i + 1) == wanted, "operand ", i, " is ", in.type(i + 1).text(), " but the body ", name,
               " takes ", wanted.text());
  }
}

Types cond_shape(const Infer& in) {
  in.require(in.type(0) == Type{DType::boolean, {}}, "the condition is ", in.type(0).text(),
             " but a bool scalar is needed");
  Body then_body = in.attribute<Body>("then"), else_body = in.attribute<Body>("else");
  check_body(in, then_body, "then");
  check_body(in, else_body, "else");
  std::size_t results = then_body->outputs().size(), others = else_body->outputs().size();
  in.require(results == others, "then returns ", results, " results but else returns ", others);
  Types types;
  for (std::size_t i = 0; i < results; ++i) {
    const Type &type = then_body->outputs()[i].value.type(), &other = else_body->outputs()[i].value.type();
    in.require(type == other, "result ", i, " is ", type.text(), " from then but ", other.text(), " from else");
    types.push_back(type);
  }
  return types;
}

void cond_kernel(const Kernel& k) {
  BranchView branch(k.node());
  std::vector<TensorView> operands, results;
  for (std::size_t i = 1; i < k.num_inputs(); ++i) operands.push_back(k.input(i));
  for (std::size_t i = 0; i < k.num_outputs(); ++i) results.push_back(k.output(i));
  k.host().run_body(branch.body(k.input(0).as<bool>()[0]), operands, results);
}

}  // namespace

const OpDef cond_op{
    .name = "cond",
    .summary = "runs one of two bodies on the operands, by a condition",
    .doc =
        "condition: bool scalar; results: those of the body `then` where it is true, else of the body `else`. Both\n"
        "bodies take all operands and return the same types. Only the branch that is taken runs: what is in the other\n"
        "neither fails nor prints. The gradient runs the taken branch again; operands that it does not use get zero.\n"
        "Batched over conditions that differ, both branches are computed and chosen from, unless one may fail.",
    .inputs = {"condition", "operands..."},
    .outputs = {"results..."},
    .attributes = {{"then", AttributeKind::body, "required", "the graph that runs when the condition is true"},
                   {"else", AttributeKind::body, "required", "the graph that runs when it is false"}},
    .traits = Trait::control,
    .shape = cond_shape,
    .kernel = cond_kernel,
    .gradient = cond_gradient,
    .batching = cond_batching,
    .onnx = "If"};

namespace {
constexpr const OpDef* ops[] = {&cond_op};
}  // namespace

OpList branch_ops() { return ops; }

Values add_cond(Graph& graph, Value condition, const Values& operands, const Graph& then_body, const Graph& else_body) {
  Values inputs{condition};
  inputs.insert(inputs.end(), operands.begin(), operands.end());
  return graph.apply(cond_op, std::move(inputs),
                     {{"then", static_cast<Body>(&then_body)}, {"else", static_cast<Body>(&else_body)}});
}

Values cond(Value condition, const std::function<Values()>& then_branch, const std::function<Values()>& else_branch,
            std::string_view name) {
  Graph& graph = condition.graph().innermost();
  auto build = [&](const std::function<Values()>& branch, std::string_view which) -> Graph& {
    BodyScope scope(graph, concat_text(name, "/", which));
    Values results = branch();
    for (std::size_t i = 0; i < results.size(); ++i) scope.body().output(concat_text("result_", i), results[i]);
    return scope.body();
  };
  Graph& then_body = build(then_branch, "then");
  Graph& else_body = build(else_branch, "else");

  // Each body takes what the other captured as well.
  Values operands;
  for (Graph* body : {&then_body, &else_body})
    for (const auto& [outer, own] : body->captures())
      if (std::find(operands.begin(), operands.end(), outer) == operands.end()) operands.push_back(outer);
  bool counts_steps = then_body.index_input() || else_body.index_input();
  for (Graph* body : {&then_body, &else_body}) {
    Values order;
    for (const Value& operand : operands) order.push_back(body->capture(operand));
    if (counts_steps) order.push_back(body->step_index());
    body->order_inputs(std::move(order));
  }
  // Draws in a branch follow the steps of the loop around it.
  if (counts_steps)
    operands.push_back(graph.parent() ? graph.step_index() : graph.constant(Tensor::scalar<std::int64_t>(0)));
  return add_cond(graph, condition, operands, then_body, else_body);
}

}  // namespace gradloom
