// How one axis of an image is resized: from where in the operand each element of the result comes, and with what
// weights.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gradloom {

/// What Resize is asked, in ONNX's words.
struct ResizeForm {
  std::string mode = "nearest";                ///< nearest, linear, cubic
  std::string coordinates = "half_pixel";      ///< coordinate_transformation_mode
  std::string nearest = "round_prefer_floor";  ///< nearest_mode
  double cubic_coefficient = -0.75;
  bool exclude_outside = false;
};

/// One axis: both sizes, the scale from the one to the other, and the part of the operand that is cropped.
struct ResizedAxis {
  std::int64_t size = 0, result = 0;
  double scale = 1;
  double crop_begin = 0, crop_end = 1;  ///< of tf_crop_and_resize
};

/// Where element `i` of the result lies in the operand.
double place_of(const ResizeForm& form, const ResizedAxis& axis, std::int64_t i);
/// Of nearest: the element that is taken.
std::int64_t nearest_of(const ResizeForm& form, const ResizedAxis& axis, std::int64_t i);
/// Of linear and cubic: weights [result, size], row-major.
std::vector<double> weights_of(const ResizeForm& form, const ResizedAxis& axis);

}  // namespace gradloom
