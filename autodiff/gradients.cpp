// The traversal of reverse mode: from the last node to the first, each op's gradient rule turns the gradients of its
// results into gradients of its inputs. Start reading at Traversal::gradients.
#include "autodiff/gradients.h"

#include <algorithm>
#include <unordered_set>

#include "base/error.h"
#include "graph/op_def.h"
#include "ops/ops.h"
#include "ops/row_axes.h"

namespace gradloom {

namespace {

class Traversal : public GradientEngine {
 public:
  Values gradients(const Values& ys, const Values& dys, const Values& xs, const ActiveRows& rows) override;

 private:
  struct Run;
};

// The state of one traversal over one graph.
struct Traversal::Run {
  Run(Traversal& traversal, Graph& differentiated, std::size_t num_nodes, const ActiveRows& rows)
      : engine(traversal),
        graph(differentiated),
        active(rows.active),
        grads(num_nodes),
        depends(num_nodes),
        varies(num_nodes) {
    if (active) row_axes = RowAxes(graph, rows.rows, active.shape()[0]);
    // Leaves behind the last y reach none of them.
    for (const Value& leaf : rows.varying)
      if (static_cast<std::size_t>(leaf.node_index()) < num_nodes)
        varies[static_cast<std::size_t>(leaf.node_index())] = true;
  }

  Traversal& engine;
  Graph& graph;
  Value active;               // bool [batch] or none
  std::vector<Values> grads;  // of each result of each node, as far as known
  std::vector<bool> depends;  // a node that some x reaches
  RowAxes row_axes;           // with `active`: where the rows are
  std::vector<bool> varies;   // with `active`: a node that differs from step to step

  std::unordered_set<Value, ValueHash> known_masked;

  Node const& node(std::size_t i) const { return graph.nodes()[i]; }

  Value& grad(const Value& value) {
    Values& all = grads[static_cast<std::size_t>(value.node_index())];
    all.resize(node(static_cast<std::size_t>(value.node_index())).types.size());
    return all[static_cast<std::size_t>(value.output_index())];
  }

  bool in_range(const Value& value) const { return static_cast<std::size_t>(value.node_index()) < grads.size(); }

  void accumulate(const Value& value, Value gradient) {
    Value& known = grad(value);
    known = known ? add(known, gradient) : gradient;
  }

  void mark(const Values& xs) {
    for (const Value& x : xs)
      if (in_range(x)) depends[static_cast<std::size_t>(x.node_index())] = true;
    for (std::size_t i = 0; i < depends.size(); ++i)
      for (const Value& input : node(i).inputs)
        if (depends[static_cast<std::size_t>(input.node_index())] && is_float(input.dtype())) depends[i] = true;
    if (!active) return;
    for (std::size_t i = 0; i < varies.size(); ++i)
      for (const Value& input : node(i).inputs)
        if (varies[static_cast<std::size_t>(input.node_index())]) varies[i] = true;
  }

  Value masked(Value gradient, std::size_t row_axis) {
    if (known_masked.contains(gradient)) return gradient;
    Axes trailing;
    for (std::size_t axis = row_axis + 1; axis < gradient.rank(); ++axis)
      trailing.push_back(static_cast<std::int64_t>(axis - row_axis));
    Value mask = trailing.empty() ? active : expand_dims(active, trailing);
    Value result = where(mask, gradient, scalar_like(gradient, 0));
    known_masked.insert(result);
    return result;
  }

  // Sums a gradient over the axes along which its input was broadcast.
  Value unbroadcast(Value gradient, const Type& type) {
    if (gradient.shape() == type.shape) return gradient;
    Axes axes;
    std::size_t extra = gradient.rank() - type.rank();
    for (std::size_t axis = 0; axis < gradient.rank(); ++axis)
      if (axis < extra || (type.shape[axis - extra].is(1) && !gradient.shape()[axis].is(1)))
        axes.push_back(static_cast<std::int64_t>(axis));
    if (!axes.empty()) gradient = sum(gradient, axes);
    return gradient.shape() == type.shape ? gradient : reshape(gradient, type.shape);
  }

  Value result_of(std::size_t i, std::size_t output) const {
    return Value(graph, static_cast<std::int32_t>(i), static_cast<std::int32_t>(output));
  }
  bool has_rows(std::size_t i) const {
    for (std::size_t j = 0; j < node(i).types.size(); ++j)
      if (row_axes.axis(result_of(i, j))) return true;
    return false;
  }
  bool is_summed(const Value& input) const {
    return !row_axes.axis(input) || !varies[static_cast<std::size_t>(input.node_index())];
  }

  // A result that is made of no rows hands what flows into it on to a sum over all of them.
  Value seed(const Value& y, Value dy) {
    auto axis = row_axes.axis(dy);
    return active && axis && is_summed(y) ? masked(dy, *axis) : dy;
  }

  // Before the rule of node i runs: rows that are not active must not enter a sum over rows or over steps.
  void mask_rows(std::size_t i, const std::vector<bool>& wanted) {
    if (!active || !has_rows(i)) return;
    bool sums = false;
    for (std::size_t k = 0; k < wanted.size(); ++k) sums = sums || (wanted[k] && is_summed(node(i).inputs[k]));
    if (!sums) return;
    for (std::size_t j = 0; j < grads[i].size(); ++j)
      if (auto axis = row_axes.axis(result_of(i, j)); axis && grads[i][j]) grads[i][j] = masked(grads[i][j], *axis);
  }

  // After it: an element-wise rule may have divided by the zeros of a row at rest. Products and sums do not.
  Value mask_result(std::size_t i, const Value& input, Value result) {
    if (!active || !node(i).op->traits.has(Trait::elementwise) || !is_summed(input)) return result;
    auto axis = row_axes.axis(result_of(i, 0));
    return axis && result.shape() == node(i).types[0].shape ? masked(result, *axis) : result;
  }

  void visit(std::size_t i) {
    const OpDef& op = *node(i).op;
    Values inputs = node(i).inputs;  // a copy: rules append nodes
    std::vector<bool> wanted;
    bool any = false;
    for (const Value& input : inputs) {
      wanted.push_back(depends[static_cast<std::size_t>(input.node_index())] && is_float(input.dtype()));
      any = any || wanted.back();
    }
    if (!any) return;
    ensure(op.gradient != nullptr, op.name, " has no gradient rule; ", node(i).name, " needs it");
    mask_rows(i, wanted);
    grads[i].resize(node(i).types.size());
    Values results = op.gradient(Backward(engine, Value(graph, static_cast<std::int32_t>(i)), grads[i], wanted));
    ensure(results.size() == inputs.size(), "the gradient rule of ", op.name, " returned ", results.size(),
           " values for ", inputs.size(), " inputs");
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      if (!results[k] || !wanted[k]) continue;
      const Type type = inputs[k].type();
      Value result = unbroadcast(mask_result(i, inputs[k], results[k]), type);
      ensure(result.type() == type, "the gradient rule of ", op.name, " gave ", result.type().text(), " for input ", k,
             " of type ", type.text());
      accumulate(inputs[k], result);
    }
  }
};

Values Traversal::gradients(const Values& ys, const Values& dys, const Values& xs, const ActiveRows& rows) {
  ensure(!ys.empty() && ys.size() == dys.size(), "gradients of ", ys.size(), " values with ", dys.size(), " weights");
  Graph& graph = ys[0].graph();
  std::int32_t last = 0;
  for (const Value& y : ys) last = std::max(last, y.node_index());
  Run run(*this, graph, static_cast<std::size_t>(last) + 1, rows);
  run.mark(xs);
  for (std::size_t i = 0; i < ys.size(); ++i)
    if (dys[i] && run.depends[static_cast<std::size_t>(ys[i].node_index())])
      run.accumulate(ys[i], run.seed(ys[i], dys[i]));
  for (std::size_t i = run.grads.size(); i-- > 0;) {
    bool reached = std::any_of(run.grads[i].begin(), run.grads[i].end(), [](const Value& v) { return bool(v); });
    if (reached && run.depends[i] && graph.nodes()[i].kind == NodeKind::operation) run.visit(i);
  }
  Values results;
  for (const Value& x : xs) results.push_back(run.in_range(x) ? run.grad(x) : Value());
  return results;
}

}  // namespace

Values vector_jacobian_product(const Values& ys, const Values& dys, const Values& xs) {
  require(!ys.empty() && ys.size() == dys.size(), Fault::usage, "vector_jacobian_product: ", ys.size(), " values but ",
          dys.size(), " weights");
  for (std::size_t i = 0; i < ys.size(); ++i)
    require(!dys[i] || dys[i].type() == ys[i].type(), Fault::usage, "vector_jacobian_product: value ", i, " is ",
            ys[i].type().text(), " but its weight is ", dys[i] ? dys[i].type().text() : "");
  for (const Value& value : ys)
    require(&value.graph() == &ys[0].graph(), Fault::usage, "vector_jacobian_product: \"", value.name(),
            "\" is of another graph than \"", ys[0].name(), "\"");
  for (const Value& value : xs)
    require(value && &value.graph() == &ys[0].graph(), Fault::usage,
            "vector_jacobian_product: a value asked for is of another graph than \"", ys[0].name(), "\"");
  return Traversal().gradients(ys, dys, xs, {});
}

Values gradients(Value loss, const Values& wanted) {
  require(is_float(loss.dtype()) && loss.rank() == 0, Fault::usage, "gradients: the loss \"", loss.name(), "\" is ",
          loss.type().text(), " but a float scalar is needed");
  Scope scope(loss.graph(), "gradient");
  Values results = vector_jacobian_product({loss}, {loss.graph().constant(loss.dtype(), 1)}, wanted);
  for (std::size_t i = 0; i < results.size(); ++i) {
    require(is_float(wanted[i].dtype()), Fault::usage, "gradients: \"", wanted[i].name(), "\" is ",
            wanted[i].type().text(), "; only floats have gradients");
    if (!results[i]) results[i] = fill(loss.graph(), wanted[i].dtype(), wanted[i].shape(), 0);
  }
  return results;
}

}  // namespace gradloom
