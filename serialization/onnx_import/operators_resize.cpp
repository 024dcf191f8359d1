// Resize and Upsample: each axis by itself, the nearest element as a gather, weighted neighbours as a product with a
// matrix of weights that is known when importing.
#include <algorithm>
#include <cmath>

#include "serialization/onnx_import/operators.h"
#include "serialization/onnx_import/resize_axis.h"

namespace gradloom {

namespace {

constexpr std::int64_t most_weights = 1 << 22;

bool is_one_of(const std::string& text, std::initializer_list<std::string_view> known) {
  return std::ranges::find(known, text) != known.end();
}

ResizeForm form_of(const ImportNode& node) {
  ResizeForm form;
  form.mode = node.text("mode", "nearest");
  if (form.mode == "bilinear") form.mode = "linear";  // Upsample of opset 1
  node.require(is_one_of(form.mode, {"nearest", "linear", "cubic"}), "the mode \"", form.mode,
               "\" is none of nearest, linear and cubic");
  if (node.op() == "Upsample" || node.opset() < 11) {
    form.coordinates = "asymmetric";
    form.nearest = "floor";
    return form;
  }
  form.coordinates = node.text("coordinate_transformation_mode", form.coordinates);
  node.require(is_one_of(form.coordinates, {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners",
                                            "asymmetric", "tf_half_pixel_for_nn", "tf_crop_and_resize"}),
               "the coordinate_transformation_mode \"", form.coordinates, "\" is not known");
  form.nearest = node.text("nearest_mode", form.nearest);
  node.require(is_one_of(form.nearest, {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}),
               "the nearest_mode \"", form.nearest, "\" is not known");
  form.cubic_coefficient = node.real("cubic_coeff_a", -0.75);
  form.exclude_outside = node.flag("exclude_outside", false);
  node.require(!node.flag("antialias", false), "antialias is not imported");
  return form;
}

std::vector<double> known_reals(const ImportNode& node, std::size_t i, std::string_view what) {
  return node.known(i, what).cast(DType::float64).to_vector<double>();
}

bool is_given(const ImportNode& node, std::size_t i, std::string_view what) {
  return node.has_input(i) && node.known(i, what).size() > 0;
}

// The axes in the order in which scales, sizes and roi speak of them.
std::vector<std::size_t> axes_of(const ImportNode& node, std::size_t rank) {
  std::vector<std::size_t> axes;
  for (std::int64_t given : node.integers("axes", {})) {
    std::size_t axis = node.axis(given, rank);
    node.require(std::ranges::find(axes, axis) == axes.end(), "axes name axis ", axis, " twice");
    axes.push_back(axis);
  }
  if (!node.has("axes"))
    for (std::size_t axis = 0; axis < rank; ++axis) axes.push_back(axis);
  return axes;
}

std::vector<ResizedAxis> axes_resized(const ImportNode& node, Value x, const std::vector<std::size_t>& order) {
  bool is_old = node.op() == "Upsample" || node.opset() < 11;
  std::vector<double> scales;
  std::vector<std::int64_t> sizes;
  if (is_old)
    scales = node.has("scales") ? node.reals("scales") : known_reals(node, 1, "scales");
  else if (is_given(node, 3, "sizes"))
    sizes = node.known_integers(3, "sizes");
  else
    scales = known_reals(node, 2, "scales");
  std::size_t count = std::max(scales.size(), sizes.size());
  node.require(count == order.size(), "there are ", count, " scales or sizes, but ", order.size(), " axes");
  node.require(node.text("keep_aspect_ratio_policy", "stretch") == "stretch",
               "a keep_aspect_ratio_policy is not imported");
  std::vector<ResizedAxis> axes(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Dim& size = x.shape()[order[i]];
    node.require(size.is_constant() && size.constant() > 0, "axis ", order[i], " is ", size,
                 ", but its size must be a number above 0");
    axes[i].size = size.constant();
    auto own = static_cast<double>(axes[i].size);
    double result = scales.empty() ? static_cast<double>(sizes[i]) : std::floor(own * scales[i]);
    node.require(result >= 1 && result * own <= static_cast<double>(most_weights), "axis ", order[i],
                 " would have the size ", result);
    axes[i].result = static_cast<std::int64_t>(result);
    axes[i].scale = scales.empty() ? result / own : scales[i];
  }
  if (node.text("coordinate_transformation_mode", "") == "tf_crop_and_resize") {
    std::vector<double> roi = known_reals(node, 1, "roi");
    node.require(roi.size() == 2 * count, "roi holds ", roi.size(), " numbers, but ", 2 * count, " are needed");
    for (double bound : roi) node.require(std::isfinite(bound), "roi holds ", bound, ", which is no place");
    for (std::size_t i = 0; i < count; ++i) {
      axes[i].crop_begin = roi[i];
      axes[i].crop_end = roi[count + i];
    }
  }
  return axes;
}

// Contracts an axis with weights [result, size]; the new axis takes its place.
Value weighted(Value x, std::size_t axis, const ResizedAxis& by, const std::vector<double>& weights) {
  Value matrix = x.graph().innermost().constant(Tensor::from({by.result, by.size}, weights).cast(x.dtype()));
  auto at = static_cast<std::int64_t>(axis), last = static_cast<std::int64_t>(x.rank()) - 1;
  Value y = dot_general(x, matrix, {}, {}, {at}, {1});
  Axes order;
  for (std::int64_t i = 0; i <= last; ++i) order.push_back(i < at ? i : i == at ? last : i - 1);
  return transpose(y, order);
}

// bool, with 1 for the other axes: whether a place lies outside of the operand.
Value outside_of(Value x, const ResizeForm& form, std::size_t axis, const ResizedAxis& by) {
  Tensor mask(DType::boolean, {by.result});
  for (std::int64_t i = 0; i < by.result; ++i) {
    double place = place_of(form, by, i);
    mask.mutable_values<bool>()[static_cast<std::size_t>(i)] = place < 0 || place > static_cast<double>(by.size - 1);
  }
  Shape shape(x.rank(), 1);
  shape[axis] = by.result;
  return x.graph().innermost().constant(mask.reshaped(shape));
}

Values resized(const ImportNode& node) {
  Value x = node.input(0);
  const ResizeForm form = form_of(node);
  const std::vector<std::size_t> order = axes_of(node, x.rank());
  const std::vector<ResizedAxis> axes = axes_resized(node, x, order);
  node.require(form.mode == "nearest" || is_float(x.dtype()), "the operand is ", x.type().text(), ", but the mode \"",
               form.mode, "\" needs floats");
  bool crops = form.coordinates == "tf_crop_and_resize";
  Value outside;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const ResizedAxis& by = axes[i];
    if (by.size == by.result && by.scale == 1 && !crops) continue;
    if (form.mode == "nearest") {
      std::vector<std::int64_t> places;
      for (std::int64_t k = 0; k < by.result; ++k) places.push_back(nearest_of(form, by, k));
      Value indices = node.graph().constant(Tensor::from({by.result}, places));
      x = gather(x, indices, static_cast<std::int64_t>(order[i]));
    } else {
      x = weighted(x, order[i], by, weights_of(form, by));
    }
    if (!crops) continue;
    Value mask = outside_of(x, form, order[i], by);
    outside = outside ? logical_or(outside, mask) : mask;
  }
  if (outside) x = where(outside, scalar_like(x, node.real("extrapolation_value", 0)), x);
  return {x};
}

constexpr ImportRule rules[] = {
    {"Resize", resized},
    {"Upsample", resized},
};

}  // namespace

ImportRules resize_imports() { return rules; }

}  // namespace gradloom
