// Element-wise functions of one operand: exponentials, logarithms, roots, sines, the error function.
#include <cmath>
#include <numbers>

#include "ops/elementwise.h"
#include "ops/elementwise_kernel.h"
#include "ops/families.h"
#include "ops/ops.h"

namespace gradloom {

namespace {

struct Exp {
  template <class T>
  T operator()(T x) const {
    return std::exp(x);
  }
};

constexpr OpDef exp_op{
    .name = "exp",
    .summary = "e to the power of each element",
    .doc = "inf where it is beyond the dtype: above 88.7 in float32, above 709.7 in float64. dx = dy * y.",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Exp>,
    .gradient = [](const Backward& b) -> Values { return {b.out_grad() * b.output()}; },
    .batching = elementwise_batching,
    .onnx = "Exp",
};

struct Log {
  template <class T>
  T operator()(T x) const {
    return std::log(x);
  }
};

constexpr OpDef log_op{
    .name = "log",
    .summary = "the natural logarithm of each element",
    .doc = "-inf at 0, NaN below. dx = dy / x.",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Log>,
    .gradient = [](const Backward& b) -> Values { return {b.out_grad() / b.input(0)}; },
    .batching = elementwise_batching,
    .onnx = "Log",
};

struct Log1p {
  template <class T>
  T operator()(T x) const {
    return std::log1p(x);
  }
};

constexpr OpDef log1p_op{
    .name = "log1p",
    .summary = "log(1 + x) of each element, exact also for small x",
    .doc = "-inf at -1, NaN below. dx = dy / (1 + x).",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Log1p>,
    .gradient = [](const Backward& b) -> Values { return {b.out_grad() / (b.input(0) + 1.0)}; },
    .batching = elementwise_batching,
};

struct Expm1 {
  template <class T>
  T operator()(T x) const {
    return std::expm1(x);
  }
};

constexpr OpDef expm1_op{
    .name = "expm1",
    .summary = "exp(x) - 1 of each element, exact also for small x",
    .doc = "dx = dy * (y + 1).",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Expm1>,
    .gradient = [](const Backward& b) -> Values { return {b.out_grad() * (b.output() + 1.0)}; },
    .batching = elementwise_batching,
};

struct Sqrt {
  template <class T>
  T operator()(T x) const {
    return std::sqrt(x);
  }
};

constexpr OpDef sqrt_op{
    .name = "sqrt",
    .summary = "the square root of each element",
    .doc = "NaN below 0. dx = dy / (2 y), infinite at 0.",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Sqrt>,
    .gradient = [](const Backward& b) -> Values { return {b.out_grad() * 0.5 / b.output()}; },
    .batching = elementwise_batching,
    .onnx = "Sqrt",
};

struct Rsqrt {
  template <class T>
  T operator()(T x) const {
    return T{1} / std::sqrt(x);
  }
};

constexpr OpDef rsqrt_op{
    .name = "rsqrt",
    .summary = "1 / sqrt(x) of each element",
    .doc = "inf at 0, NaN below. dx = -dy * y / (2 x).",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Rsqrt>,
    .gradient = [](const Backward& b) -> Values { return {b.out_grad() * -0.5 * (b.output() / b.input(0))}; },
    .batching = elementwise_batching,
};

struct Reciprocal {
  template <class T>
  T operator()(T x) const {
    return T{1} / x;
  }
};

constexpr OpDef reciprocal_op{
    .name = "reciprocal",
    .summary = "1 / x of each element",
    .doc = "inf or -inf at 0 or -0. dx = -dy * y * y.",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Reciprocal>,
    .gradient = [](const Backward& b) -> Values { return {neg(b.out_grad() * square(b.output()))}; },
    .batching = elementwise_batching,
    .onnx = "Reciprocal",
};

struct Sin {
  template <class T>
  T operator()(T x) const {
    return std::sin(x);
  }
};

constexpr OpDef sin_op{
    .name = "sin",
    .summary = "the sine of each element, in radians",
    .doc = "NaN at inf and -inf. dx = dy * cos(x).",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Sin>,
    .gradient = [](const Backward& b) -> Values { return {b.out_grad() * cos(b.input(0))}; },
    .batching = elementwise_batching,
    .onnx = "Sin",
};

struct Cos {
  template <class T>
  T operator()(T x) const {
    return std::cos(x);
  }
};

constexpr OpDef cos_op{
    .name = "cos",
    .summary = "the cosine of each element, in radians",
    .doc = "NaN at inf and -inf. dx = -dy * sin(x).",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Cos>,
    .gradient = [](const Backward& b) -> Values { return {neg(b.out_grad() * sin(b.input(0)))}; },
    .batching = elementwise_batching,
    .onnx = "Cos",
};

struct Erf {
  template <class T>
  T operator()(T x) const {
    return std::erf(x);
  }
};

constexpr OpDef erf_op{
    .name = "erf",
    .summary = "the error function 2/sqrt(pi) * integral of exp(-t^2) from 0 to x, of each element",
    .doc = "dx = dy * 2/sqrt(pi) * exp(-x^2).",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Erf>,
    .gradient = [](const Backward& b) -> Values {
      return {b.out_grad() * (exp(neg(square(b.input(0)))) * (2 * std::numbers::inv_sqrtpi))};
    },
    .batching = elementwise_batching,
    .onnx = "Erf",
};

constexpr const OpDef* ops[] = {&exp_op,   &log_op,        &log1p_op, &expm1_op, &sqrt_op,
                                &rsqrt_op, &reciprocal_op, &sin_op,   &cos_op,   &erf_op};

}  // namespace

OpList math_ops() { return ops; }

Value exp(Value x) { return apply(exp_op, {x}); }
Value log(Value x) { return apply(log_op, {x}); }
Value log1p(Value x) { return apply(log1p_op, {x}); }
Value expm1(Value x) { return apply(expm1_op, {x}); }
Value sqrt(Value x) { return apply(sqrt_op, {x}); }
Value rsqrt(Value x) { return apply(rsqrt_op, {x}); }
Value reciprocal(Value x) { return apply(reciprocal_op, {x}); }
Value sin(Value x) { return apply(sin_op, {x}); }
Value cos(Value x) { return apply(cos_op, {x}); }
Value erf(Value x) { return apply(erf_op, {x}); }

}  // namespace gradloom
