// Softmax, LogSoftmax and Hardmax of ONNX. Until opset 12 the axis parts the axes in two: those from it on are one row;
// since opset 13 it is the only axis that is normalised.
#include "serialization/onnx_import/operators.h"

namespace gradloom {

namespace {

using RowFunction = Value (*)(Value x, std::int64_t axis);

template <RowFunction function>
Values along_rows(const ImportNode& node) {
  Value x = node.input(0);
  bool is_flattened = node.opset() < 13;
  std::int64_t axis = node.integer("axis", is_flattened ? 1 : -1);
  auto rank = static_cast<std::int64_t>(x.rank());
  if (!is_flattened || axis == -1 || axis == rank - 1) return {function(x, axis)};
  return {reshape(function(flatten(x, axis < 0 ? axis + rank : axis), -1), x.shape())};
}

Value soft(Value x, std::int64_t axis) { return softmax(x, axis); }

// 1 at the first of the largest elements, else 0.
Value hard(Value x, std::int64_t axis) {
  Value places = range(x.graph(), x.dim(axis));
  std::int64_t behind = axis < 0 ? -1 - axis : static_cast<std::int64_t>(x.rank()) - 1 - axis;
  Axes axes;
  for (std::int64_t i = 1; i <= behind; ++i) axes.push_back(i);
  if (!axes.empty()) places = expand_dims(places, axes);
  return cast(equal(places, argmax(x, axis, true)), x.dtype());
}

constexpr ImportRule rules[] = {
    {"Softmax", along_rows<soft>},
    {"LogSoftmax", along_rows<log_softmax>},
    {"Hardmax", along_rows<hard>},
};

}  // namespace

ImportRules softmax_imports() { return rules; }

}  // namespace gradloom
