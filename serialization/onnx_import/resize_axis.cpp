// Coordinates and weights of resizing, as declared in resize_axis.h; the formulas are those of ONNX's text of Resize.
#include "serialization/onnx_import/resize_axis.h"

#include <algorithm>
#include <cmath>

namespace gradloom {

namespace {

std::int64_t inside(double place, std::int64_t size) {
  return static_cast<std::int64_t>(std::clamp(place, 0.0, static_cast<double>(size - 1)));
}

// Weights of the elements from floor(place) - 1 on (cubic, Keys 1981) or from floor(place) on (linear).
std::vector<double> kernel_at(const ResizeForm& form, double fraction) {
  if (form.mode == "linear") return {1 - fraction, fraction};
  const double a = form.cubic_coefficient;
  auto near = [&](double x) { return ((a + 2) * x - (a + 3)) * x * x + 1; };
  auto far = [&](double x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
  return {far(1 + fraction), near(fraction), near(1 - fraction), far(2 - fraction)};
}

}  // namespace

double place_of(const ResizeForm& form, const ResizedAxis& axis, std::int64_t i) {
  auto x = static_cast<double>(i), size = static_cast<double>(axis.size), result = static_cast<double>(axis.result);
  double exact = size * axis.scale;  // the result's size before it was rounded down
  if (form.coordinates == "asymmetric") return x / axis.scale;
  if (form.coordinates == "tf_half_pixel_for_nn") return (x + 0.5) / axis.scale;
  if (form.coordinates == "align_corners") return exact == 1 ? 0 : x * (size - 1) / (exact - 1);
  if (form.coordinates == "pytorch_half_pixel" && exact <= 1) return 0;
  if (form.coordinates == "tf_crop_and_resize") {
    if (axis.result == 1) return 0.5 * (axis.crop_begin + axis.crop_end) * (size - 1);
    return axis.crop_begin * (size - 1) + x * (axis.crop_end - axis.crop_begin) * (size - 1) / (result - 1);
  }
  double place = (x + 0.5) / axis.scale - 0.5;
  if (form.coordinates == "half_pixel_symmetric") place += size / 2 * (1 - result / exact);
  return place;
}

std::int64_t nearest_of(const ResizeForm& form, const ResizedAxis& axis, std::int64_t i) {
  double place = place_of(form, axis, i), below = std::floor(place);
  if (form.nearest == "floor") return inside(below, axis.size);
  if (form.nearest == "ceil") return inside(std::ceil(place), axis.size);
  double rounded = form.nearest == "round_prefer_ceil" ? std::floor(place + 0.5) : std::ceil(place - 0.5);
  return inside(rounded, axis.size);
}

std::vector<double> weights_of(const ResizeForm& form, const ResizedAxis& axis) {
  auto columns = static_cast<std::size_t>(axis.size);
  std::vector<double> weights(static_cast<std::size_t>(axis.result) * columns);
  for (std::int64_t i = 0; i < axis.result; ++i) {
    double place = place_of(form, axis, i), below = std::floor(place);
    std::vector<double> kernel = kernel_at(form, place - below);
    double first = below - (kernel.size() == 4 ? 1 : 0), total = 0;
    auto is_outside = [&](std::size_t k) {
      double at = first + static_cast<double>(k);
      return at < 0 || at >= static_cast<double>(axis.size);
    };
    for (std::size_t k = 0; k < kernel.size(); ++k)
      if (!form.exclude_outside || !is_outside(k)) total += kernel[k];
    for (std::size_t k = 0; k < kernel.size(); ++k) {
      if (form.exclude_outside && is_outside(k)) continue;
      auto column = static_cast<std::size_t>(inside(first + static_cast<double>(k), axis.size));
      weights[static_cast<std::size_t>(i) * columns + column] += form.exclude_outside ? kernel[k] / total : kernel[k];
    }
  }
  return weights;
}

}  // namespace gradloom
