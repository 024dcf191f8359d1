// Declares the function once on slices, in a body that no node runs, and batches that body into the graph.
#include "autodiff/vectorize.h"

#include "autodiff/batching.h"
#include "base/error.h"
#include "graph/op_def.h"
#include "ops/ops.h"
#include "ops/sugar.h"

namespace gradloom {

namespace {

// `x` with the axis in front.
Value with_axis_first(Value x, std::size_t axis) {
  if (axis == 0) return x;
  Axes order{static_cast<std::int64_t>(axis)};
  for (std::size_t i = 0; i < x.rank(); ++i)
    if (i != axis) order.push_back(static_cast<std::int64_t>(i));
  return transpose(x, std::move(order));
}

Values apply_to_slices(const ValuesFunction& function, const BatchAxes& axes, const Values& arguments) {
  require(axes.empty() || axes.size() == arguments.size(), Fault::usage, "vectorize: ", axes.size(),
          " axes are told for ", arguments.size(), " arguments");
  for (const Value& argument : arguments)
    require(static_cast<bool>(argument), Fault::usage, "vectorize: an argument was never declared");
  require(!arguments.empty(), Fault::usage, "vectorize: no argument has an axis to take apart");
  Graph& graph = open_graph(arguments);

  Values inputs;
  std::vector<bool> batched;
  std::optional<Dim> size;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::optional<std::int64_t> axis = axes.empty() ? 0 : axes[i];
    batched.push_back(axis.has_value());
    inputs.push_back(graph.capture(arguments[i]));
    if (!axis) continue;
    auto rank = static_cast<std::int64_t>(arguments[i].rank());
    require(*axis >= -rank && *axis < rank, Fault::usage, "vectorize: argument ", i, " is ", arguments[i].type().text(),
            " and has no axis ", *axis);
    inputs[i] = with_axis_first(inputs[i], static_cast<std::size_t>(*axis < 0 ? *axis + rank : *axis));
    const Dim& own = inputs[i].shape()[0];
    require(!size || *size == own, Fault::usage, "vectorize: argument ", i, " has ", own,
            " slices but those before it have ", size.value_or(own));
    size = own;
  }
  require(size.has_value(), Fault::usage, "vectorize: no argument has an axis to take apart");

  BodyScope scope(graph, "vectorize");
  Graph& body = scope.body();
  Values slices;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Dims shape = inputs[i].shape();
    if (batched[i]) shape.erase(shape.begin());
    slices.push_back(body.input(concat_text("slice_", i), inputs[i].dtype(), std::move(shape)));
  }
  Values made = function(slices);
  for (std::size_t i = 0; i < made.size(); ++i) body.output(concat_text("result_", i), made[i]);
  graph.end_body(body);
  if (body.index_input()) {
    inputs.push_back(range(graph, *size));
    batched.push_back(true);
    slices.push_back(body.index_input());
  }
  for (const auto& [outer, own] : body.captures()) {
    inputs.push_back(outer);
    batched.push_back(false);
    slices.push_back(own);
  }
  body.order_inputs(std::move(slices));

  std::vector<bool> has_axis;
  std::string refused;
  Values results = batch_body(body, graph, inputs, batched, *size, has_axis, &refused);
  require(refused.empty(), Fault::usage, "vectorize: ", refused);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (has_axis[i]) continue;
    Dims shape = results[i].shape();
    shape.insert(shape.begin(), *size);
    results[i] = broadcast_to(results[i], std::move(shape));
  }
  return results;
}

}  // namespace

ValuesFunction vectorize(ValuesFunction function, BatchAxes axes) {
  return [function = std::move(function), axes = std::move(axes)](const Values& arguments) {
    return apply_to_slices(function, axes, arguments);
  };
}

}  // namespace gradloom
