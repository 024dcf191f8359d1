// Arithmetic and functions of each element. Operands broadcast as ours do; before opset 7 the second one did so only
// where an attribute said it, and at an axis that it named.
#include "serialization/onnx_import/operators_elementwise.h"

#include <limits>

namespace gradloom {

Operands two_operands(const ImportNode& node) {
  Operands operands{node.input(0), node.input(1)};
  if (node.opset() >= 7 || !node.flag("broadcast", false) || !node.has("axis")) return operands;
  std::size_t rank = operands.a.rank(), own = operands.b.rank();
  std::size_t axis = node.axis(node.integer("axis"), rank);
  node.require(axis + own <= rank, "the second operand is ", operands.b.type().text(), ", which does not fit axis ",
               axis, " of the first, ", operands.a.type().text());
  Dims shape = operands.b.shape();
  shape.resize(rank - axis, Dim(1));
  operands.b = reshape(operands.b, std::move(shape));
  return operands;
}

namespace {

// The result has the dtype of the base, whatever that of the exponent.
Values power(const ImportNode& node) {
  auto [base, exponent] = two_operands(node);
  if (base.dtype() == exponent.dtype()) return {pow(base, exponent)};
  if (is_float(base.dtype()) || !is_float(exponent.dtype())) return {pow(base, cast(exponent, base.dtype()))};
  return {cast(pow(cast(base, exponent.dtype()), exponent), base.dtype())};
}

// fmod has the sign of the dividend, ours that of the divisor.
Values remainder(const ImportNode& node) {
  auto [a, b] = two_operands(node);
  if (!node.flag("fmod", false)) {
    node.require(!is_float(a.dtype()), "fmod is 0, which is for integers, but the operands are ", a.type().text());
    return {mod(a, b)};
  }
  Value rest = mod(abs(a), abs(b));
  return {where(less(a, scalar_like(a, 0)), -rest, rest)};
}

template <Value (*combine)(Value, Value)>
Values fold_all(const ImportNode& node) {
  Value result = node.input(0);
  for (std::size_t i = 1; i < node.num_inputs(); ++i) result = combine(result, node.input(i));
  return {result};
}

Values mean_of_all(const ImportNode& node) { return {fold_all<add>(node)[0] / static_cast<double>(node.num_inputs())}; }

// Bounds were attributes before opset 11. Those that are computed when run are operands.
Values clipped(const ImportNode& node) {
  Value x = node.input(0);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (node.opset() < 11) return {clip(x, node.real("min", -infinity), node.real("max", infinity))};
  bool is_known = (!node.has_input(1) || node.known(1)) && (!node.has_input(2) || node.known(2));
  if (is_known && is_float(x.dtype())) {
    double low = node.has_input(1) ? node.known_number(1, "min") : -infinity;
    double high = node.has_input(2) ? node.known_number(2, "max") : infinity;
    if (low <= high) return {clip(x, low, high)};
  }
  if (node.has_input(1)) x = maximum(x, node.input(1));
  if (node.has_input(2)) x = minimum(x, node.input(2));
  return {x};
}

Values infinite(const ImportNode& node) {
  Value x = node.input(0), found = is_inf(x), zero = scalar_like(x, 0);
  bool negative = node.flag("detect_negative", true), positive = node.flag("detect_positive", true);
  if (!negative) found = logical_and(found, greater(x, zero));
  if (!positive) found = logical_and(found, less(x, zero));
  return {found};
}

constexpr ImportRule rules[] = {
    {"Add", of_two<add>},
    {"Sub", of_two<sub>},
    {"Mul", of_two<mul>},
    {"Div", of_two<div>},
    {"Pow", power},
    {"Mod", remainder},
    {"Max", fold_all<maximum>},
    {"Min", fold_all<minimum>},
    {"Sum", fold_all<add>},
    {"Mean", mean_of_all},
    {"Clip", clipped},
    {"Neg", of_one<neg>},
    {"Abs", of_one<abs>},
    {"Sign", of_one<sign>},
    {"Floor", of_one<floor>},
    {"Ceil", of_one<ceil>},
    {"Round", of_one<round>},
    {"Sqrt", of_one<sqrt>},
    {"Exp", of_one<exp>},
    {"Log", of_one<log>},
    {"Reciprocal", of_one<reciprocal>},
    {"Sin", of_one<sin>},
    {"Cos", of_one<cos>},
    {"Tan", of_one<tan>},
    {"Asin", of_one<asin>},
    {"Acos", of_one<acos>},
    {"Atan", of_one<atan>},
    {"Sinh", of_one<sinh>},
    {"Cosh", of_one<cosh>},
    {"Asinh", of_one<asinh>},
    {"Acosh", of_one<acosh>},
    {"Atanh", of_one<atanh>},
    {"Erf", of_one<erf>},
    {"IsNaN", of_one<is_nan>},
    {"IsInf", infinite},
};

}  // namespace

ImportRules elementwise_imports() { return rules; }

}  // namespace gradloom
