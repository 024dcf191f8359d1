// ONNX nodes of element-wise operations. Most have an operator of their own, whose name stands in the operation.
#include <cmath>

#include "serialization/onnx/lowering.h"

namespace gradloom {

namespace {

OnnxNames square(const Lowering& l) { return {l.add("Mul", {l.input(0), l.input(0)})}; }
OnnxNames silu(const Lowering& l) { return {l.add("Mul", {l.input(0), l.add("Sigmoid", {l.input(0)})})}; }
OnnxNames not_equal(const Lowering& l) { return {l.add("Not", {l.add("Equal", {l.input(0), l.input(1)})})}; }

// log(1 + x) times what rounding 1 + x made of x, where that matters.
OnnxNames log1p(const Lowering& l) {
  const std::string& x = l.input(0);
  std::string one = l.scalar(1), sum = l.add("Add", {x, one}), y = l.add("Log", {sum});
  std::string corrected = l.add("Mul", {y, l.add("Div", {x, l.add("Sub", {sum, one})})});
  std::string is_small = l.add("Less", {l.add("Abs", {x}), l.scalar(0.5)});
  return {l.add("Where", {l.add("Equal", {sum, one}), x, l.add("Where", {is_small, corrected, y})})};
}

// ONNX Runtime has no Where of bools.
OnnxNames where(const Lowering& l) {
  if (l.result().dtype != DType::boolean) return lower_by_name(l);
  std::string otherwise = l.add("And", {l.add("Not", {l.input(0)}), l.input(2)});
  return {l.add("Or", {l.add("And", {l.input(0), l.input(1)}), otherwise})};
}

OnnxNames rsqrt(const Lowering& l) { return {l.add("Reciprocal", {l.add("Sqrt", {l.input(0)})})}; }

// ONNX leaves open what becomes of floats beyond the integers and of NaN: they saturate, and NaN is 0.
OnnxNames cast(const Lowering& l) {
  DType from = l.type(0).dtype, to = l.result().dtype;
  if (!is_float(from) || !is_integer(to)) return {l.cast(l.input(0), to)};
  double lowest = to == DType::int32 ? -0x1p31 : -0x1p63;
  std::string zero = l.scalar(0);
  std::string x = l.add("Where", {l.add("IsNaN", {l.input(0)}), zero, l.add("Max", {l.input(0), l.scalar(lowest)})});
  std::string is_beyond = l.add("GreaterOrEqual", {x, l.scalar(-lowest)});
  std::string inside = l.cast(l.add("Where", {is_beyond, zero, x}), to);
  return {l.add("Where", {is_beyond, l.to().scalar(to, -lowest), inside})};
}

OnnxNames clip(const Lowering& l) {
  double low = l.attribute<double>("low"), high = l.attribute<double>("high");
  if (is_integer(l.type(0).dtype)) {
    low = std::ceil(low);
    high = std::floor(high);
  }
  return {l.add("Min", {l.add("Max", {l.input(0), l.scalar(low)}), l.scalar(high)})};
}

OnnxNames gelu(const Lowering& l) {
  std::string inner = l.add("Erf", {l.add("Mul", {l.input(0), l.scalar(0.70710678118654752)})});
  return {l.add("Mul", {l.add("Mul", {l.input(0), l.scalar(0.5)}), l.add("Add", {inner, l.scalar(1)})})};
}

// Of floats, ONNX's own takes the dividend's sign.
OnnxNames mod(const Lowering& l) {
  const std::string &a = l.input(0), &b = l.input(1);
  if (is_integer(l.type(0).dtype)) return {l.add("Mod", {a, b})};
  std::string rest = l.add("Mod", {a, b}, {{"fmod", 1}}), zero = l.scalar(0);
  std::string signs_differ = l.add("Less", {l.add("Mul", {l.add("Sign", {rest}), l.add("Sign", {b})}), zero});
  return {l.add("Where", {signs_differ, l.add("Add", {rest, b}), rest})};
}

constexpr LoweringRule rules[] = {
    {"where", where}, {"square", square}, {"silu", silu}, {"not_equal", not_equal}, {"log1p", log1p},
    {"rsqrt", rsqrt}, {"cast", cast},     {"clip", clip}, {"gelu", gelu},           {"mod", mod},
};

}  // namespace

std::span<const LoweringRule> elementwise_lowerings() { return rules; }

}  // namespace gradloom
