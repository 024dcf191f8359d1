// The tangent, the inverses of sine, cosine and tangent, and the hyperbolic functions with theirs.
#include <cmath>

#include "ops/elementwise.h"
#include "ops/elementwise_kernel.h"
#include "ops/families.h"
#include "ops/ops.h"

namespace gradloom {

namespace {

struct Tan {
  template <class T>
  T operator()(T x) const {
    return std::tan(x);
  }
};

constexpr OpDef tan_op{
    .name = "tan",
    .summary = "the tangent of each element, in radians",
    .doc = "NaN at inf and -inf. dx = dy * (1 + y * y).",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Tan>,
    .gradient = [](const Backward& b) -> Values { return {b.out_grad() * (square(b.output()) + 1.0)}; },
    .batching = elementwise_batching,
    .onnx = "Tan",
};

struct Asin {
  template <class T>
  T operator()(T x) const {
    return std::asin(x);
  }
};

constexpr OpDef asin_op{
    .name = "asin",
    .summary = "the angle in [-pi/2, pi/2] whose sine is x, of each element",
    .doc = "NaN outside of [-1, 1]. dx = dy / sqrt(1 - x * x), infinite at -1 and 1.",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Asin>,
    .gradient = [](const Backward& b) -> Values {
      return {b.out_grad() * rsqrt((1.0 - b.input(0)) * (1.0 + b.input(0)))};
    },
    .batching = elementwise_batching,
    .onnx = "Asin",
};

struct Acos {
  template <class T>
  T operator()(T x) const {
    return std::acos(x);
  }
};

constexpr OpDef acos_op{
    .name = "acos",
    .summary = "the angle in [0, pi] whose cosine is x, of each element",
    .doc = "NaN outside of [-1, 1]. dx = -dy / sqrt(1 - x * x), infinite at -1 and 1.",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Acos>,
    .gradient = [](const Backward& b) -> Values {
      return {neg(b.out_grad() * rsqrt((1.0 - b.input(0)) * (1.0 + b.input(0))))};
    },
    .batching = elementwise_batching,
    .onnx = "Acos",
};

struct Atan {
  template <class T>
  T operator()(T x) const {
    return std::atan(x);
  }
};

constexpr OpDef atan_op{
    .name = "atan",
    .summary = "the angle in [-pi/2, pi/2] whose tangent is x, of each element",
    .doc = "dx = dy / (1 + x * x).",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Atan>,
    .gradient = [](const Backward& b) -> Values { return {b.out_grad() / (square(b.input(0)) + 1.0)}; },
    .batching = elementwise_batching,
    .onnx = "Atan",
};

struct Sinh {
  template <class T>
  T operator()(T x) const {
    return std::sinh(x);
  }
};

constexpr OpDef sinh_op{
    .name = "sinh",
    .summary = "(exp(x) - exp(-x)) / 2 of each element, the hyperbolic sine",
    .doc = "Infinite beyond 89.4 in float32, beyond 710.4 in float64. dx = dy * cosh(x).",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Sinh>,
    .gradient = [](const Backward& b) -> Values { return {b.out_grad() * cosh(b.input(0))}; },
    .batching = elementwise_batching,
    .onnx = "Sinh",
};

struct Cosh {
  template <class T>
  T operator()(T x) const {
    return std::cosh(x);
  }
};

constexpr OpDef cosh_op{
    .name = "cosh",
    .summary = "(exp(x) + exp(-x)) / 2 of each element, the hyperbolic cosine",
    .doc = "Infinite beyond 89.4 in float32, beyond 710.4 in float64. dx = dy * sinh(x).",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Cosh>,
    .gradient = [](const Backward& b) -> Values { return {b.out_grad() * sinh(b.input(0))}; },
    .batching = elementwise_batching,
    .onnx = "Cosh",
};

struct Asinh {
  template <class T>
  T operator()(T x) const {
    return std::asinh(x);
  }
};

constexpr OpDef asinh_op{
    .name = "asinh",
    .summary = "the number whose hyperbolic sine is x, of each element",
    .doc = "log(x + sqrt(x * x + 1)), exact also for small and for large x. dx = dy / sqrt(x * x + 1).",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Asinh>,
    .gradient = [](const Backward& b) -> Values { return {b.out_grad() * rsqrt(square(b.input(0)) + 1.0)}; },
    .batching = elementwise_batching,
    .onnx = "Asinh",
};

struct Acosh {
  template <class T>
  T operator()(T x) const {
    return std::acosh(x);
  }
};

constexpr OpDef acosh_op{
    .name = "acosh",
    .summary = "the number from 0 on whose hyperbolic cosine is x, of each element",
    .doc = "log(x + sqrt(x * x - 1)); NaN below 1. dx = dy / (sqrt(x - 1) * sqrt(x + 1)), infinite at 1.",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Acosh>,
    .gradient = [](const Backward& b) -> Values {
      return {b.out_grad() * (rsqrt(b.input(0) - 1.0) * rsqrt(b.input(0) + 1.0))};
    },
    .batching = elementwise_batching,
    .onnx = "Acosh",
};

struct Atanh {
  template <class T>
  T operator()(T x) const {
    return std::atanh(x);
  }
};

constexpr OpDef atanh_op{
    .name = "atanh",
    .summary = "the number whose hyperbolic tangent is x, of each element",
    .doc = "log((1 + x) / (1 - x)) / 2: infinite at -1 and 1, NaN beyond. dx = dy / (1 - x * x).",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Atanh>,
    .gradient = [](const Backward& b) -> Values { return {b.out_grad() / ((1.0 - b.input(0)) * (1.0 + b.input(0)))}; },
    .batching = elementwise_batching,
    .onnx = "Atanh",
};

constexpr const OpDef* ops[] = {&tan_op,  &asin_op,  &acos_op,  &atan_op, &sinh_op,
                                &cosh_op, &asinh_op, &acosh_op, &atanh_op};

}  // namespace

OpList inverse_ops() { return ops; }

Value tan(Value x) { return apply(tan_op, {x}); }
Value asin(Value x) { return apply(asin_op, {x}); }
Value acos(Value x) { return apply(acos_op, {x}); }
Value atan(Value x) { return apply(atan_op, {x}); }
Value sinh(Value x) { return apply(sinh_op, {x}); }
Value cosh(Value x) { return apply(cosh_op, {x}); }
Value asinh(Value x) { return apply(asinh_op, {x}); }
Value acosh(Value x) { return apply(acosh_op, {x}); }
Value atanh(Value x) { return apply(atanh_op, {x}); }

}  // namespace gradloom
