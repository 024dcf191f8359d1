// Reductions, ArgMax, ArgMin and CumSum of ONNX. The axes of a reduction are an attribute in older opsets and an input
// in newer ones, operator by operator; both forms are read of every one.
#include "ops/reduction.h"
#include "serialization/onnx_import/operators.h"

namespace gradloom {

namespace {

using Reduction = Value (*)(Value x, Axes axes, bool keep_dims);

// Without axes all of them are reduced, or, with noop_with_empty_axes, each element is by itself: the square of
// ReduceSumSquare is taken also then.
template <Reduction reduction>
Values over_axes(const ImportNode& node) {
  Value x = node.input(0);
  Axes axes = node.integers_or_input("axes", 1).value_or(Axes{});
  if (axes.empty() && node.flag("noop_with_empty_axes", false)) {
    auto behind = static_cast<std::int64_t>(x.rank());
    return {reduction(expand_dims(x, {behind}), {behind}, false)};
  }
  return {reduction(x, axes, node.flag("keepdims", true))};
}

// Of integers too: the sum divided by the count, without the fraction.
Value mean_of_numbers(Value x, Axes axes, bool keep_dims) {
  if (is_float(x.dtype())) return mean(x, axes, keep_dims);
  Value total = sum(x, axes, keep_dims);
  return total / reduced_count(x, reduced_axes(axes, x.rank()));
}

Value max_of_any(Value x, Axes axes, bool keep_dims) {
  return x.dtype() == DType::boolean ? any(x, axes, keep_dims) : max(x, axes, keep_dims);
}

Value min_of_any(Value x, Axes axes, bool keep_dims) {
  return x.dtype() == DType::boolean ? all(x, axes, keep_dims) : min(x, axes, keep_dims);
}

Value sum_of_squares_of_numbers(Value x, Axes axes, bool keep_dims) {
  return is_float(x.dtype()) ? sum_of_squares(x, axes, keep_dims) : sum(square(x), axes, keep_dims);
}

Value log_of_sum(Value x, Axes axes, bool keep_dims) { return log(sum(x, axes, keep_dims)); }

using Search = Value (*)(Value x, std::int64_t axis, bool keep_dims, bool last);

template <Search search>
Values along_axis(const ImportNode& node) {
  return {search(node.input(0), node.integer("axis", 0), node.flag("keepdims", true),
                 node.flag("select_last_index", false))};
}

Values cumulative_sum(const ImportNode& node) {
  std::int64_t axis = node.known_integer(1, "axis");
  return {cumsum(node.input(0), axis, node.flag("exclusive", false), node.flag("reverse", false))};
}

constexpr ImportRule rules[] = {
    {"ReduceSum", over_axes<sum>},
    {"ReduceMean", over_axes<mean_of_numbers>},
    {"ReduceMax", over_axes<max_of_any>},
    {"ReduceMin", over_axes<min_of_any>},
    {"ReduceProd", over_axes<prod>},
    {"ReduceL1", over_axes<l1_norm>},
    {"ReduceL2", over_axes<l2_norm>},
    {"ReduceSumSquare", over_axes<sum_of_squares_of_numbers>},
    {"ReduceLogSum", over_axes<log_of_sum>},
    {"ReduceLogSumExp", over_axes<logsumexp>},
    {"ArgMax", along_axis<argmax>},
    {"ArgMin", along_axis<argmin>},
    {"CumSum", cumulative_sum},
};

}  // namespace

ImportRules reduce_imports() { return rules; }

}  // namespace gradloom
