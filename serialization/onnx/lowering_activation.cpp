// ONNX nodes of rectifiers. ONNX has an operator of most of them, but ONNX Runtime has kernels of these for float32
// only, and their attributes are float32: float64 is written with arithmetic.
#include "serialization/onnx/lowering.h"

namespace gradloom {

namespace {

bool has_operator(const Lowering& l) { return l.type(0).dtype == DType::float32; }

OnnxNames operator_of(const Lowering& l, const OnnxAttributes& attributes = {}) {
  return {l.add(l.node().op->onnx, {l.input(0)}, attributes)};
}

std::string times(const Lowering& l, const std::string& x, double factor) {
  return factor == 1 ? x : l.add("Mul", {x, l.scalar(factor)});
}

// x, or another value where x is negative.
std::string unless_negative(const Lowering& l, const std::string& x, const std::string& otherwise) {
  return l.add("Where", {l.add("Less", {x, l.scalar(0)}), otherwise, x});
}

// exp(x) - 1 = tanh(x / 2) * (exp(x) + 1), exact also for small x.
std::string exp_less_one(const Lowering& l, const std::string& x) {
  std::string slope = l.add("Tanh", {times(l, x, 0.5)});
  return l.add("Mul", {slope, l.add("Add", {l.add("Exp", {x}), l.scalar(1)})});
}

OnnxNames expm1(const Lowering& l) { return {exp_less_one(l, l.input(0))}; }

OnnxNames leaky_relu(const Lowering& l) {
  double alpha = l.attribute<double>("alpha");
  if (has_operator(l)) return operator_of(l, {{"alpha", alpha}});
  return {unless_negative(l, l.input(0), times(l, l.input(0), alpha))};
}

OnnxNames prelu(const Lowering& l) {
  if (has_operator(l)) return {l.add("PRelu", {l.input(0), l.input(1)})};
  return {unless_negative(l, l.input(0), l.add("Mul", {l.input(0), l.input(1)}))};
}

OnnxNames elu(const Lowering& l) {
  double alpha = l.attribute<double>("alpha");
  if (has_operator(l)) return operator_of(l, {{"alpha", alpha}});
  return {unless_negative(l, l.input(0), times(l, exp_less_one(l, l.input(0)), alpha))};
}

OnnxNames selu(const Lowering& l) {
  double alpha = l.attribute<double>("alpha"), gamma = l.attribute<double>("gamma");
  if (has_operator(l)) return operator_of(l, {{"alpha", alpha}, {"gamma", gamma}});
  return {times(l, unless_negative(l, l.input(0), times(l, exp_less_one(l, l.input(0)), alpha)), gamma)};
}

OnnxNames celu(const Lowering& l) {
  double alpha = l.attribute<double>("alpha");
  if (has_operator(l)) return operator_of(l, {{"alpha", alpha}});
  return {unless_negative(l, l.input(0), times(l, exp_less_one(l, times(l, l.input(0), 1 / alpha)), alpha))};
}

std::string into_unit(const Lowering& l, const std::string& x) {
  return l.add("Min", {l.add("Max", {x, l.scalar(0)}), l.scalar(1)});
}

OnnxNames hard_sigmoid(const Lowering& l) {
  double alpha = l.attribute<double>("alpha"), beta = l.attribute<double>("beta");
  if (has_operator(l)) return operator_of(l, {{"alpha", alpha}, {"beta", beta}});
  return {into_unit(l, l.add("Add", {times(l, l.input(0), alpha), l.scalar(beta)}))};
}

OnnxNames hard_swish(const Lowering& l) {
  if (has_operator(l)) return operator_of(l);
  std::string share = into_unit(l, l.add("Add", {times(l, l.input(0), 1.0 / 6), l.scalar(0.5)}));
  return {l.add("Mul", {l.input(0), share})};
}

// max(x, 0) + log(1 + exp(-|x|)), where ONNX's own overflows or is missing.
std::string log_one_and_exp(const Lowering& l, const std::string& x) {
  std::string small = l.add("Exp", {l.add("Neg", {l.add("Abs", {x})})});
  return l.add("Add", {l.add("Max", {x, l.scalar(0)}), l.add("Log", {l.add("Add", {small, l.scalar(1)})})});
}

OnnxNames softplus(const Lowering& l) {
  if (has_operator(l)) return operator_of(l);
  return {log_one_and_exp(l, l.input(0))};
}

OnnxNames mish(const Lowering& l) {
  std::string inner = has_operator(l) ? l.add("Softplus", {l.input(0)}) : log_one_and_exp(l, l.input(0));
  return {l.add("Mul", {l.input(0), l.add("Tanh", {inner})})};
}

constexpr LoweringRule rules[] = {
    {"expm1", expm1},
    {"leaky_relu", leaky_relu},
    {"prelu", prelu},
    {"elu", elu},
    {"selu", selu},
    {"celu", celu},
    {"softplus", softplus},
    {"hard_sigmoid", hard_sigmoid},
    {"hard_swish", hard_swish},
    {"mish", mish},
};

}  // namespace

std::span<const LoweringRule> activation_lowerings() { return rules; }

}  // namespace gradloom
