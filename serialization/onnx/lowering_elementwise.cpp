// ONNX nodes of element-wise operations. Most have an operator of their own, whose name stands in the operation.
#include "serialization/onnx/lowering.h"

namespace gradloom {

namespace {

OnnxNames same(const Lowering& l) {
  OnnxNames inputs;
  for (std::size_t i = 0; i < l.num_inputs(); ++i) inputs.push_back(l.input(i));
  return {l.add(l.node().op->onnx, inputs)};
}

OnnxNames square(const Lowering& l) { return {l.add("Mul", {l.input(0), l.input(0)})}; }
OnnxNames silu(const Lowering& l) { return {l.add("Mul", {l.input(0), l.add("Sigmoid", {l.input(0)})})}; }
OnnxNames not_equal(const Lowering& l) { return {l.add("Not", {l.add("Equal", {l.input(0), l.input(1)})})}; }
OnnxNames log1p(const Lowering& l) { return {l.add("Log", {l.add("Add", {l.input(0), l.scalar(1)})})}; }
OnnxNames expm1(const Lowering& l) { return {l.add("Sub", {l.add("Exp", {l.input(0)}), l.scalar(1)})}; }
OnnxNames rsqrt(const Lowering& l) { return {l.add("Reciprocal", {l.add("Sqrt", {l.input(0)})})}; }
OnnxNames cast(const Lowering& l) { return {l.cast(l.input(0), l.result().dtype)}; }

OnnxNames clip(const Lowering& l) {
  std::string low = l.scalar(l.attribute<double>("low")), high = l.scalar(l.attribute<double>("high"));
  return {l.add("Min", {l.add("Max", {l.input(0), low}), high})};
}

OnnxNames gelu(const Lowering& l) {
  std::string inner = l.add("Erf", {l.add("Mul", {l.input(0), l.scalar(0.70710678118654752)})});
  return {l.add("Mul", {l.add("Mul", {l.input(0), l.scalar(0.5)}), l.add("Add", {inner, l.scalar(1)})})};
}

// Of floats, ONNX's own takes the dividend's sign.
OnnxNames mod(const Lowering& l) {
  if (is_integer(l.type(0).dtype)) return {l.add("Mod", {l.input(0), l.input(1)})};
  std::string whole = l.add("Floor", {l.add("Div", {l.input(0), l.input(1)})});
  return {l.add("Sub", {l.input(0), l.add("Mul", {whole, l.input(1)})})};
}

constexpr LoweringRule rules[] = {
    {"tanh", same},        {"sigmoid", same},
    {"relu", same},        {"softplus", same},
    {"add", same},         {"sub", same},
    {"mul", same},         {"div", same},
    {"pow", same},         {"maximum", same},
    {"minimum", same},     {"neg", same},
    {"abs", same},         {"sign", same},
    {"floor", same},       {"ceil", same},
    {"round", same},       {"equal", same},
    {"less", same},        {"less_equal", same},
    {"greater", same},     {"greater_equal", same},
    {"logical_and", same}, {"logical_or", same},
    {"logical_xor", same}, {"logical_not", same},
    {"is_nan", same},      {"is_inf", same},
    {"where", same},       {"stop_gradient", same},
    {"tan", same},         {"asin", same},
    {"acos", same},        {"atan", same},
    {"sinh", same},        {"cosh", same},
    {"asinh", same},       {"acosh", same},
    {"atanh", same},       {"exp", same},
    {"log", same},         {"sqrt", same},
    {"reciprocal", same},  {"sin", same},
    {"cos", same},         {"erf", same},
    {"softsign", same},    {"square", square},
    {"silu", silu},        {"not_equal", not_equal},
    {"log1p", log1p},      {"expm1", expm1},
    {"rsqrt", rsqrt},      {"cast", cast},
    {"clip", clip},        {"gelu", gelu},
    {"mod", mod},
};

}  // namespace

std::span<const LoweringRule> elementwise_lowerings() { return rules; }

}  // namespace gradloom
