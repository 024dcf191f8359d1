// Normalisations of ONNX. In tensors [batch, channels, ...] what belongs to a channel is [channels] and is brought
// behind the batch axis before it broadcasts.
#include "serialization/onnx_import/windows.h"

namespace gradloom {

namespace {

Axes axes_between(std::size_t begin, std::size_t end) {
  Axes axes;
  for (std::size_t axis = begin; axis < end; ++axis) axes.push_back(static_cast<std::int64_t>(axis));
  return axes;
}

Value cast_like(Value x, Value other) { return x.dtype() == other.dtype() ? x : cast(x, other.dtype()); }

struct Moments {
  Value centred;   ///< x less its mean
  Value mean;      ///< with 1 for each axis
  Value variance;  ///< the same: the mean square of what is centred
};

Moments moments(Value x, const Axes& axes) {
  Moments result;
  result.mean = mean(x, axes, true);
  result.centred = x - result.mean;
  result.variance = mean(square(result.centred), axes, true);
  return result;
}

// ---- BatchNormalization

// Until opset 13 a node that lists more than one output is one for training. Those beyond the running statistics are
// scratch of an implementation and have no meaning that a file could rely on.
bool is_training(const ImportNode& node) {
  return node.opset() < 14 ? node.wants_output(1) || node.wants_output(2) : node.flag("training_mode", false);
}

// A tensor of rank 1 has one channel. With spatial = 0 (until opset 8) each element is a channel of its own, and the
// statistics already have their axes.
Values batch_normalization(const ImportNode& node) {
  Value x = node.input(0);
  std::size_t rank = x.rank();
  const Dim channels = rank > 1 ? x.dim(1) : Dim(1);
  auto given = [&](std::size_t i) { return of_channels(node, cast_like(node.input(i), x), channels, rank); };
  Value scale = given(1), bias = given(2), old_mean = given(3), old_variance = given(4);
  double epsilon = node.real("epsilon", 1e-5), momentum = node.real("momentum", 0.9);
  auto scaled = [&](Value centred, Value variance) { return centred * (scale * rsqrt(variance + epsilon)) + bias; };
  if (!is_training(node)) return {scaled(x - old_mean, old_variance)};
  node.require(node.flag("spatial", true), "spatial is 0 in training, which is not imported");
  Axes axes = axes_between(rank == 1 ? 0 : 2, rank);
  if (rank > 1) axes.insert(axes.begin(), 0);
  Moments now = moments(x, axes);
  auto running = [&](std::size_t input, Value current) {
    Value old = node.input(input);
    return old * momentum + cast_like(reshape(current, old.shape()), old) * (1 - momentum);
  };
  return {scaled(now.centred, now.variance), running(3, now.mean), running(4, now.variance)};
}

Values instance_normalization(const ImportNode& node) {
  Value x = node.input(0);
  std::size_t rank = x.rank();
  node.require(rank >= 3, "input is ", x.type().text(), " but [batch, channels, ...] is needed");
  auto given = [&](std::size_t i) { return of_channels(node, node.input(i), x.dim(1), rank); };
  Value scale = given(1), bias = given(2);
  Moments of = moments(x, axes_between(2, rank));
  return {of.centred * (scale * rsqrt(of.variance + node.real("epsilon", 1e-5))) + bias};
}

// Since opset 21 scale and bias are of channels, before they were of groups.
Values group_normalization(const ImportNode& node) {
  Value x = node.input(0), scale = node.input(1), bias = node.input(2);
  std::size_t rank = x.rank();
  node.require(rank >= 2, "input is ", x.type().text(), " but [batch, channels, ...] is needed");
  Value grouped = reshape(x, {x.dim(0), node.integer("num_groups"), -1});
  Moments of = moments(grouped, {2});
  Value normalised = of.centred * rsqrt(of.variance + node.real("epsilon", 1e-5));
  if (node.opset() < 21) return {reshape(normalised * expand_dims(scale, {1}) + expand_dims(bias, {1}), x.shape())};
  auto given = [&](Value statistic) { return of_channels(node, statistic, x.dim(1), rank); };
  return {reshape(normalised, x.shape()) * given(scale) + given(bias)};
}

// ---- rows

// The axes of x from `axis` on; what scales them may broadcast to them.
Dims row_of(const ImportNode& node, Value x, std::int64_t axis) {
  return Dims(x.shape().begin() + static_cast<std::ptrdiff_t>(node.axis(axis, x.rank())), x.shape().end());
}

Value broadcast_to_row(Value x, const Dims& row) { return x.shape() == row ? x : broadcast_to(x, row); }

Values layer_normalization(const ImportNode& node) {
  Value x = node.input(0), bias = node.optional_input(2);
  std::int64_t axis = node.integer("axis", -1);
  Dims row = row_of(node, x, axis);
  Value y = layer_norm(x, broadcast_to_row(node.input(1), row), bias ? broadcast_to_row(bias, row) : Value(), axis,
                       node.real("epsilon", 1e-5));
  Values results{y};
  // Mean and inverse deviation, which ONNX gives as float32 whatever x is.
  for (std::int32_t i = 1; i < 3; ++i) {
    if (!node.wants_output(static_cast<std::size_t>(i))) continue;
    Value statistic(y.graph(), y.node_index(), i);
    results.resize(static_cast<std::size_t>(i));
    results.push_back(x.dtype() == DType::float64 ? cast(statistic, DType::float32) : statistic);
  }
  return results;
}

Values rms_normalization(const ImportNode& node) {
  Value x = node.input(0);
  std::int64_t axis = node.integer("axis", -1);
  return {rms_norm(x, broadcast_to_row(node.input(1), row_of(node, x, axis)), axis, node.real("epsilon", 1e-5))};
}

// ---- norms

// A row of zeros stays one.
Values lp_normalization(const ImportNode& node) {
  Value x = node.input(0);
  std::int64_t axis = node.integer("axis", -1), p = node.integer("p", 2);
  node.require(p == 1 || p == 2, "p is ", p, " but 1 or 2 is needed");
  Value norm = p == 1 ? l1_norm(x, {axis}, true) : l2_norm(x, {axis}, true);
  return {x / where(equal(norm, scalar_like(norm, 0)), scalar_like(norm, 1), norm)};
}

// ONNX's own text adds 1e-9 to the deviation.
Values mean_variance_normalization(const ImportNode& node) {
  Moments of = moments(node.input(0), node.integers("axes", {0, 2, 3}));
  return {of.centred / (sqrt(of.variance) + 1e-9)};
}

constexpr ImportRule rules[] = {
    {"BatchNormalization", batch_normalization},
    {"InstanceNormalization", instance_normalization},
    {"GroupNormalization", group_normalization},
    {"LayerNormalization", layer_normalization},
    {"RMSNormalization", rms_normalization},
    {"LpNormalization", lp_normalization},
    {"MeanVarianceNormalization", mean_variance_normalization},
};

}  // namespace

ImportRules norm_imports() { return rules; }

}  // namespace gradloom
