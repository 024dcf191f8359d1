// Shapes asked for and given: what a file computes from shapes stays a size of symbols, and needs no value.
#include <algorithm>

#include "serialization/onnx_import/operators.h"
#include "serialization/onnx_import/size_values.h"

namespace gradloom {

namespace {

// Axis counted into [0, rank], clamped: bounds of Shape.
std::size_t clamped(std::int64_t bound, std::size_t rank) {
  auto size = static_cast<std::int64_t>(rank);
  return static_cast<std::size_t>(std::clamp(bound < 0 ? bound + size : bound, std::int64_t{0}, size));
}

Values shape_of(const ImportNode& node) {
  const Dims& shape = node.input(0).shape();
  std::size_t begin = clamped(node.integer("start", 0), shape.size());
  std::size_t end = clamped(node.integer("end", static_cast<std::int64_t>(shape.size())), shape.size());
  if (end < begin) end = begin;
  return {list_of_sizes(node.graph(), Dims(shape.begin() + static_cast<std::ptrdiff_t>(begin),
                                           shape.begin() + static_cast<std::ptrdiff_t>(end)))};
}

Values size_of_all(const ImportNode& node) { return {size_value(node.graph(), element_count(node.input(0).shape()))}; }

// A size of 0 is that of the operand's axis, unless allowzero says that it is 0.
Values reshaped(const ImportNode& node) {
  Value x = node.input(0);
  Dims shape;
  if (node.has("shape"))
    for (std::int64_t size : node.integers("shape")) shape.emplace_back(size);
  else
    shape = node.known_sizes(1, "shape");
  if (!node.flag("allowzero", false))
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
      if (shape[axis].is(0)) {
        node.require(axis < x.rank(), "the shape ", dims_text(shape), " takes over the size of axis ", axis,
                     ", but the operand is ", x.type().text());
        shape[axis] = x.shape()[axis];
      }
  return {reshape(x, std::move(shape))};
}

Values flattened(const ImportNode& node) {
  Value x = node.input(0);
  std::int64_t axis = node.integer("axis", 1);
  auto rank = static_cast<std::int64_t>(x.rank());
  node.require(axis >= -rank && axis <= rank, "axis ", axis, " is outside of the ", rank, " axes");
  auto middle = x.shape().begin() + (axis < 0 ? axis + rank : axis);
  return {reshape(x, {element_count(Dims(x.shape().begin(), middle)), element_count(Dims(middle, x.shape().end()))})};
}

Values squeezed(const ImportNode& node) {
  Value x = node.input(0);
  std::optional<Axes> axes = node.integers_or_input("axes", 1);
  if (!axes) {
    axes.emplace();
    for (std::size_t axis = 0; axis < x.rank(); ++axis)
      if (x.shape()[axis].is(1)) axes->push_back(static_cast<std::int64_t>(axis));
  }
  return {squeeze(x, *axes)};
}

Values unsqueezed(const ImportNode& node) {
  std::optional<Axes> axes = node.integers_or_input("axes", 1);
  node.require(axes.has_value(), "axes are missing");
  constexpr std::size_t most_axes = 64;  // more than any file may have, and few enough to look at
  node.require(axes->size() <= most_axes, "axes are ", axes->size(), " numbers, more than a tensor has axes");
  return {expand_dims(node.input(0), *axes)};
}

// The shape and the operand's broadcast together: a 1 on either side takes the other's size.
Values expanded(const ImportNode& node) {
  Value x = node.input(0);
  Dims wanted = node.known_sizes(1, "shape");
  const Dims& own = x.shape();
  while (wanted.size() < own.size()) wanted.insert(wanted.begin(), Dim(1));
  std::size_t first = wanted.size() - own.size();
  for (std::size_t axis = 0; axis < own.size(); ++axis)
    if (wanted[first + axis].is(1)) wanted[first + axis] = own[axis];
  return {broadcast_to(x, std::move(wanted))};
}

constexpr ImportRule rules[] = {
    {"Shape", shape_of},   {"Size", size_of_all},     {"Reshape", reshaped}, {"Flatten", flattened},
    {"Squeeze", squeezed}, {"Unsqueeze", unsqueezed}, {"Expand", expanded},
};

}  // namespace

ImportRules shape_imports() { return rules; }

}  // namespace gradloom
