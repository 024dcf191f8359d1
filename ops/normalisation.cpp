// Normalisation of rows by their own mean and deviation, and of channels by statistics that are given.
#include <cmath>

#include "ops/elementwise.h"
#include "ops/families.h"
#include "ops/ops.h"
#include "ops/reduction.h"
#include "ops/rows.h"
#include "ops/sugar.h"
#include "tensor/simd.h"

namespace gradloom {

namespace {

constexpr AttributeDef axis_attribute{"axis", AttributeKind::integer, "-1", "the first of the normalised axes"};
constexpr AttributeDef epsilon_attribute{"epsilon", AttributeKind::real, "1e-5", "added below the root"};

std::size_t first_axis(const Node& node, std::size_t rank) {
  auto axis = node.attributes.get<std::int64_t>("axis");
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
}

Axes axes_from(std::size_t first, std::size_t rank) {
  Axes axes;
  for (std::size_t axis = first; axis < rank; ++axis) axes.push_back(static_cast<std::int64_t>(axis));
  return axes;
}

// x, scale and perhaps bias -> y, and `statistics` results with a 1 for each normalised axis.
Types normalised_types(const Infer& i, std::size_t statistics) {
  i.same_dtype();
  i.require_float(0);
  std::size_t first = i.axis(i.attribute<std::int64_t>("axis"), i.rank(0));
  Dims row(i.shape(0).begin() + static_cast<std::ptrdiff_t>(first), i.shape(0).end());
  for (std::size_t input = 1; input < i.num_inputs(); ++input)
    i.require(i.shape(input) == row, i.input_name(input), " is ", dims_text(i.shape(input)), " but the axes of x from ",
              first, " on are ", dims_text(row));
  double epsilon = i.attribute<double>("epsilon");
  i.require(epsilon >= 0, "epsilon is ", epsilon, " but must be 0 or more");
  Dims kept = i.shape(0);
  std::fill(kept.begin() + static_cast<std::ptrdiff_t>(first), kept.end(), Dim(1));
  Types types{i.type(0)};
  types.resize(1 + statistics, {i.dtype(0), kept});
  return types;
}

// Calls `f(row, begin)` for each row of the normalised axes, of `size` elements.
template <class F>
void each_row(const Kernel& k, const F& f) {
  std::int64_t rows = k.output(1).size(), size = k.input(1).size();
  for_each_row(k, rows, size, [&](std::int64_t row) { f(row, row * size); });
}

// The same normalisation of every slice. Rows that are scaled each in their own way are scaled afterwards.
Values normalisation_batching(const Batching& b) {
  const Type& slice = b.slice_type(0);
  Value x = b.input(0);
  if (!b.batched(0)) {
    Dims shape = slice.shape;
    shape.insert(shape.begin(), b.size());
    x = broadcast_to(x, shape);
  }
  Attributes attributes = b.node().attributes;
  attributes.set("axis", static_cast<std::int64_t>(first_axis(b.node(), slice.rank())) + 1);
  Values inputs{x};
  bool is_shared = true;
  for (std::size_t i = 1; i < b.num_inputs(); ++i) {
    is_shared = is_shared && !b.batched(i);
    inputs.push_back(b.input(i));
  }
  if (is_shared) return b.graph().apply(b.op(), std::move(inputs), std::move(attributes));
  auto aligned = [&](std::size_t i) { return b.batched(i) ? align_rank(b.input(i), slice.rank() + 1) : b.input(i); };
  Value ones = broadcast_to(scalar_like(x, 1), b.slice_type(1).shape);
  Values results = b.graph().apply(b.op(), {x, ones}, std::move(attributes));
  results[0] = results[0] * aligned(1);
  if (b.num_inputs() > 2) results[0] = results[0] + aligned(2);
  return results;
}

// ---- layer_norm

template <class T>
void layer_norm_kernel(const Kernel& k) {
  constexpr auto rows_and_number = simd::Operands::vector_scalar;
  const simd::Tiles<T>& tiles = simd::tiles<T>();
  std::int64_t size = k.input(1).size();
  const T *x = k.input(0).as<T>().data(), *scale = k.input(1).as<T>().data();
  const T* bias = k.num_inputs() > 2 ? k.input(2).as<T>().data() : nullptr;
  T *y = k.output(0).as<T>().data(), *means = k.output(1).as<T>().data(), *factors = k.output(2).as<T>().data();
  double epsilon = k.attribute<double>("epsilon");
  each_row(k, [&](std::int64_t row, std::int64_t begin) {
    T* to = y + begin;
    const T mean = static_cast<T>(tiles.sum(x + begin, size) / static_cast<double>(size));
    simd::binary(simd::BinaryFunction::sub, rows_and_number, x + begin, &mean, to, size);
    double variance = tiles.sum_of_squares(to, size) / static_cast<double>(size);
    const T factor = static_cast<T>(1 / std::sqrt(variance + epsilon));
    simd::binary(simd::BinaryFunction::mul, rows_and_number, to, &factor, to, size);
    if (bias)
      tiles.multiply_add(to, scale, bias, to, size);
    else
      simd::binary(simd::BinaryFunction::mul, simd::Operands::vector_vector, to, scale, to, size);
    means[row] = mean;
    factors[row] = factor;
  });
}

// With n elements a row, h = (x - mean) * r, r the inverse deviation and g = dy * scale:
// dx = r * (g - mean(g) - h * mean(g * h)) + dmean / n - dr * r^2 * h / n.
Values layer_norm_gradient(const Backward& b) {
  Value x = b.input(0), r = b.output(2);
  std::size_t first = first_axis(b.node(), x.rank());
  Axes axes = axes_from(first, x.rank());
  Value h = (x - b.output(1)) * r;
  Values result(b.num_inputs());
  if (Value dy = b.out_grad(0)) {
    if (b.wants(0)) {
      Value g = dy * b.input(1);
      result[0] = r * (g - mean(g, axes, true) - h * mean(g * h, axes, true));
    }
    if (b.wants(1)) result[1] = dy * h;
    if (b.num_inputs() > 2) result[2] = dy;
  }
  if (!b.wants(0)) return result;
  Value count = reduced_count(x, std::vector<std::size_t>(axes.begin(), axes.end()));
  auto add = [&](Value part) { result[0] = result[0] ? result[0] + part : broadcast_to(part, x.shape()); };
  if (Value dmean = b.out_grad(1)) add(dmean / count);
  if (Value dr = b.out_grad(2)) add(neg(dr * square(r) / count * h));
  return result;
}

constexpr OpDef layer_norm_op{
    .name = "layer_norm",
    .summary = "each row less its mean, divided by its deviation, times scale, plus bias",
    .doc =
        "A row is all axes of x from `axis` on; scale and bias have their shape, [..., h] and [h] with the axis -1. "
        "y = (x - mean) / sqrt(variance + epsilon) * scale + bias, the variance being the mean of (x - mean)^2 (Ba et "
        "al. 2016). The further results, with 1 for each of the row's axes, are what the gradient needs: the mean and "
        "1 / sqrt(variance + epsilon). With g = dy * scale and h = (x - mean) / sqrt(variance + epsilon): dx = (g - "
        "mean(g) - h * mean(g * h)) / sqrt(variance + epsilon), dscale = dy * h, dbias = dy, summed over rows.",
    .inputs = {"x", "scale", "bias?"},
    .outputs = {"y", "mean", "inverse_deviation"},
    .attributes = {axis_attribute, epsilon_attribute},
    .shape = [](const Infer& i) { return normalised_types(i, 2); },
    .kernel = [](const Kernel& k) { visit_float(k.output().dtype, [&]<class T>() { layer_norm_kernel<T>(k); }); },
    .gradient = layer_norm_gradient,
    .batching = normalisation_batching,
    .onnx = "LayerNormalization",
};

// ---- rms_norm

template <class T>
void rms_norm_kernel(const Kernel& k) {
  const simd::Tiles<T>& tiles = simd::tiles<T>();
  std::int64_t size = k.input(1).size();
  const T *x = k.input(0).as<T>().data(), *scale = k.input(1).as<T>().data();
  T *y = k.output(0).as<T>().data(), *factors = k.output(1).as<T>().data();
  double epsilon = k.attribute<double>("epsilon");
  each_row(k, [&](std::int64_t row, std::int64_t begin) {
    double square = tiles.sum_of_squares(x + begin, size) / static_cast<double>(size);
    const T factor = static_cast<T>(1 / std::sqrt(square + epsilon));
    simd::binary(simd::BinaryFunction::mul, simd::Operands::vector_scalar, x + begin, &factor, y + begin, size);
    simd::binary(simd::BinaryFunction::mul, simd::Operands::vector_vector, y + begin, scale, y + begin, size);
    factors[row] = factor;
  });
}

// As of layer_norm, without the mean.
Values rms_norm_gradient(const Backward& b) {
  Value x = b.input(0), r = b.output(1);
  std::size_t first = first_axis(b.node(), x.rank());
  Axes axes = axes_from(first, x.rank());
  Value h = x * r;
  Values result(2);
  if (Value dy = b.out_grad(0)) {
    if (b.wants(0)) {
      Value g = dy * b.input(1);
      result[0] = r * (g - h * mean(g * h, axes, true));
    }
    if (b.wants(1)) result[1] = dy * h;
  }
  if (Value dr = b.out_grad(1); dr && b.wants(0)) {
    Value part = neg(dr * square(r) / reduced_count(x, std::vector<std::size_t>(axes.begin(), axes.end())) * h);
    result[0] = result[0] ? result[0] + part : part;
  }
  return result;
}

constexpr OpDef rms_norm_op{
    .name = "rms_norm",
    .summary = "each row divided by the root of its mean square, times scale",
    .doc =
        "A row is all axes of x from `axis` on; scale has their shape. y = x / sqrt(mean(x^2) + epsilon) * scale "
        "(Zhang and Sennrich 2019). The further result, with 1 for each of the row's axes, is what the gradient needs: "
        "1 / sqrt(mean(x^2) + epsilon). With g = dy * scale and h = x / sqrt(mean(x^2) + epsilon): dx = (g - h * "
        "mean(g * h)) / sqrt(mean(x^2) + epsilon), dscale = dy * h, summed over rows.",
    .inputs = {"x", "scale"},
    .outputs = {"y", "inverse_root"},
    .attributes = {axis_attribute, epsilon_attribute},
    .shape = [](const Infer& i) { return normalised_types(i, 1); },
    .kernel = [](const Kernel& k) { visit_float(k.output().dtype, [&]<class T>() { rms_norm_kernel<T>(k); }); },
    .gradient = rms_norm_gradient,
    .batching = normalisation_batching,
};

constexpr const OpDef* ops[] = {&layer_norm_op, &rms_norm_op};

}  // namespace

OpList normalisation_ops() { return ops; }

Value layer_norm(Value x, Value scale, Value bias, std::int64_t axis, double epsilon) {
  Values inputs = bias ? Values{x, scale, bias} : Values{x, scale};
  return open_graph(inputs).apply(layer_norm_op, inputs, {{"axis", axis}, {"epsilon", epsilon}})[0];
}

Value rms_norm(Value x, Value scale, std::int64_t axis, double epsilon) {
  return open_graph({x, scale}).apply(rms_norm_op, {x, scale}, {{"axis", axis}, {"epsilon", epsilon}})[0];
}

// Its gradients, those of the statistics too, and its fusion come with the element-wise operations that it is made of.
Value batch_norm(Value x, Value scale, Value bias, Value mean, Value variance, std::int64_t axis, double epsilon) {
  Sugar in("batch_norm", {"x", "scale", "bias", "mean", "variance"}, {x, scale, bias, mean, variance});
  in->same_dtype();
  in->require_float(0);
  std::size_t channels = in->axis(axis, x.rank());
  for (std::size_t i = 1; i < 5; ++i)
    in->require(in->shape(i) == Dims{x.shape()[channels]}, in->input_name(i), " is ", dims_text(in->shape(i)),
                " but axis ", channels, " of x has the size ", x.shape()[channels]);
  in->require(epsilon >= 0, "epsilon is ", epsilon, " but must be 0 or more");
  auto aligned = [&](Value statistic) {
    Axes behind;
    for (std::size_t i = 1; i + channels < x.rank(); ++i) behind.push_back(static_cast<std::int64_t>(i));
    return behind.empty() ? statistic : expand_dims(statistic, behind);
  };
  return (x - aligned(mean)) * aligned(scale * rsqrt(variance + epsilon)) + aligned(bias);
}

}  // namespace gradloom
