// ONNX nodes of normalisations, and of products of all elements but one, which the gradient of prod is made of.
#include "serialization/onnx/lowering.h"

namespace gradloom {

namespace {

using Axes = std::vector<std::int64_t>;

Axes normalised_axes(const Lowering& l) {
  auto rank = static_cast<std::int64_t>(l.type(0).rank());
  std::int64_t axis = l.attribute<std::int64_t>("axis");
  Axes axes;
  for (axis = axis < 0 ? axis + rank : axis; axis < rank; ++axis) axes.push_back(axis);
  return axes;
}

std::string row_mean(const Lowering& l, const std::string& x) {
  return l.add("ReduceMean", {x}, {{"axes", normalised_axes(l)}});
}

// 1 / sqrt(mean of x^2 + epsilon)
std::string inverse_root(const Lowering& l, const std::string& x) {
  std::string sum = l.add("Add", {row_mean(l, l.add("Mul", {x, x})), l.scalar(l.attribute<double>("epsilon"))});
  return l.add("Reciprocal", {l.add("Sqrt", {sum})});
}

// Not LayerNormalization, which takes the variance as a difference of large numbers, wrong where the mean is far from
// 0, and gives statistics in float32 whatever x is.
OnnxNames layer_norm(const Lowering& l) {
  std::string mean = row_mean(l, l.input(0));
  std::string centred = l.add("Sub", {l.input(0), mean});
  std::string factor = inverse_root(l, centred);
  std::string y = l.add("Mul", {l.add("Mul", {centred, factor}), l.input(1)});
  if (l.num_inputs() > 2) y = l.add("Add", {y, l.input(2)});
  return {y, mean, factor};
}

OnnxNames rms_norm(const Lowering& l) {
  std::string factor = inverse_root(l, l.input(0));
  return {l.add("Mul", {l.add("Mul", {l.input(0), factor}), l.input(1)}), factor};
}

// Axes behind those of x but its last: i, the element left out; an axis a tangent, the element it is taken of; and j,
// over which the rest is multiplied.
class ProductOfOthers {
 public:
  explicit ProductOfOthers(const Lowering& l)
      : l_(l), tangents_(static_cast<std::int64_t>(l.num_inputs()) - 1), numbers_(l.range(l.type(0).shape.back())) {}

  OnnxNames lowered() const {
    std::string is_chosen;
    for (std::int64_t chosen = 0; chosen <= tangents_; ++chosen)
      join(is_chosen, "Or", l_.add("Equal", {along(numbers_, chosen), along(numbers_, tangents_ + 1)}));
    std::string one = l_.scalar(1);
    std::string factors = l_.add("Where", {is_chosen, one, with_axes(l_.input(0), tangents_ + 1)});
    std::string product = l_.add("ReduceProd", {factors}, {{"axes", Axes{-1}}, {"keepdims", 0}});
    if (tangents_ == 0) return {product};
    std::string repeated;
    for (std::int64_t a = 0; a <= tangents_; ++a)
      for (std::int64_t b = 0; b < a; ++b)
        join(repeated, "Or", l_.add("Equal", {without_j(along(numbers_, a)), without_j(along(numbers_, b))}));
    for (std::int64_t t = 1; t <= tangents_; ++t)
      product = l_.add("Mul", {product, without_j(with_axes(l_.input(static_cast<std::size_t>(t)), t))});
    product = l_.add("Where", {repeated, l_.scalar(0), product});
    Axes axes;
    for (std::int64_t t = 0; t < tangents_; ++t) axes.push_back(t - tangents_);
    return {l_.add("ReduceSum", {product, l_.to().integers(axes)}, {{"keepdims", 0}})};
  }

 private:
  void join(std::string& all, std::string_view op, const std::string& value) const {
    all = all.empty() ? value : l_.add(op, {all, value});
  }

  // A vector, or the last axis of x, as axis `place` of the new ones.
  std::string placed(const std::string& value, std::int64_t place, std::int64_t rank) const {
    Axes axes;
    for (std::int64_t axis = 0; axis < tangents_ + 2; ++axis)
      if (axis != place) axes.push_back(rank - 1 + axis);
    return l_.add("Unsqueeze", {value, l_.to().integers(axes)});
  }
  std::string along(const std::string& vector, std::int64_t place) const { return placed(vector, place, 1); }
  std::string with_axes(const std::string& x, std::int64_t place) const {
    return placed(x, place, static_cast<std::int64_t>(l_.type(0).rank()));
  }
  std::string without_j(const std::string& value) const { return l_.add("Squeeze", {value, l_.to().integers({-1})}); }

  const Lowering& l_;
  std::int64_t tangents_;
  std::string numbers_;
};

constexpr LoweringRule rules[] = {
    {"layer_norm", layer_norm},
    {"rms_norm", rms_norm},
    {"product_of_others", [](const Lowering& l) { return ProductOfOthers(l).lowered(); }},
};

}  // namespace

std::span<const LoweringRule> norm_lowerings() { return rules; }

}  // namespace gradloom
