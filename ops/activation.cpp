// The nonlinearities of networks.
#include <cmath>
#include <numbers>

#include "ops/elementwise.h"
#include "ops/elementwise_kernel.h"
#include "ops/families.h"
#include "ops/ops.h"

namespace gradloom {

namespace {

struct Tanh {
  template <class T>
  T operator()(T x) const {
    return std::tanh(x);
  }
};

constexpr OpDef tanh_op{
    .name = "tanh",
    .summary = "the hyperbolic tangent of each element",
    .doc = "dx = dy * (1 - y * y).",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Tanh>,
    .gradient = [](const Backward& b) -> Values { return {b.out_grad() * (1.0 - square(b.output()))}; },
    .batching = elementwise_batching,
    .onnx = "Tanh",
};

struct Sigmoid {
  template <class T>
  T operator()(T x) const {
    // exp of a positive number may be infinite; 1 / (1 + inf) is still the 0 that is meant.
    return T{1} / (T{1} + std::exp(-x));
  }
};

constexpr OpDef sigmoid_op{
    .name = "sigmoid",
    .summary = "1 / (1 + exp(-x)) of each element",
    .doc = "dx = dy * y * (1 - y).",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Sigmoid>,
    .gradient = [](const Backward& b) -> Values { return {b.out_grad() * (b.output() * (1.0 - b.output()))}; },
    .batching = elementwise_batching,
    .onnx = "Sigmoid",
};

struct Relu {
  template <class T>
  T operator()(T x) const {
    return x < 0 ? T{0} : x;
  }
};

constexpr OpDef relu_op{
    .name = "relu",
    .summary = "each element, or 0 where it is negative",
    .doc = "NaN stays NaN. dx = dy where x > 0, else 0: at 0 the gradient is 0.",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Relu>,
    .gradient = [](const Backward& b) -> Values {
      Value positive = greater(b.input(0), scalar_like(b.input(0), 0));
      return {where(positive, b.out_grad(), scalar_like(b.out_grad(), 0))};
    },
    .batching = elementwise_batching,
    .onnx = "Relu",
};

// The standard normal distribution function, 0.5 (1 + erf(x / sqrt 2)).
Value normal_distribution(Value x) { return (erf(x * (1 / std::numbers::sqrt2)) + 1.0) * 0.5; }

struct Gelu {
  template <class T>
  T operator()(T x) const {
    return T(0.5) * x * std::erfc(-x * static_cast<T>(1 / std::numbers::sqrt2));
  }
};

constexpr OpDef gelu_op{
    .name = "gelu",
    .summary = "x * P(N(0, 1) <= x) of each element",
    .doc =
        "x/2 * (1 + erf(x / sqrt(2))), the exact form, not the tanh approximation (Hendrycks and Gimpel 2016). "
        "dx = dy * (P(N <= x) + x * exp(-x^2 / 2) / sqrt(2 pi)). NaN at -inf.",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Gelu>,
    .gradient = [](const Backward& b) -> Values {
      Value x = b.input(0);
      Value density = exp(square(x) * -0.5) * (std::numbers::inv_sqrtpi / std::numbers::sqrt2);
      return {b.out_grad() * (normal_distribution(x) + x * density)};
    },
    .batching = elementwise_batching,
};

struct Softplus {
  template <class T>
  T operator()(T x) const {
    return std::fmax(x, T{0}) + std::log1p(std::exp(-std::abs(x)));
  }
};

constexpr OpDef softplus_op{
    .name = "softplus",
    .summary = "log(1 + exp(x)) of each element, without overflow",
    .doc = "dx = dy * sigmoid(x).",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Softplus>,
    .gradient = [](const Backward& b) -> Values { return {b.out_grad() * sigmoid(b.input(0))}; },
    .batching = elementwise_batching,
    .onnx = "Softplus",
};

struct Silu {
  template <class T>
  T operator()(T x) const {
    return x / (T{1} + std::exp(-x));
  }
};

constexpr OpDef silu_op{
    .name = "silu",
    .summary = "x * sigmoid(x) of each element",
    .doc = "Also called swish. With s = sigmoid(x): dx = dy * (s + y * (1 - s)). NaN at -inf.",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Silu>,
    .gradient = [](const Backward& b) -> Values {
      Value s = sigmoid(b.input(0));
      return {b.out_grad() * (s + b.output() * (1.0 - s))};
    },
    .batching = elementwise_batching,
};

constexpr const OpDef* ops[] = {&tanh_op, &sigmoid_op, &relu_op, &gelu_op, &softplus_op, &silu_op};

}  // namespace

OpList activation_ops() { return ops; }

Value tanh(Value x) { return apply(tanh_op, {x}); }
Value sigmoid(Value x) { return apply(sigmoid_op, {x}); }
Value relu(Value x) { return apply(relu_op, {x}); }
Value gelu(Value x) { return apply(gelu_op, {x}); }
Value softplus(Value x) { return apply(softplus_op, {x}); }
Value silu(Value x) { return apply(silu_op, {x}); }

}  // namespace gradloom
