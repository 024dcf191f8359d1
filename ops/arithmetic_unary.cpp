// Arithmetic of one operand: sign, magnitude, square, rounding, limits.
#include <cmath>

#include "ops/elementwise.h"
#include "ops/elementwise_kernel.h"
#include "ops/families.h"
#include "ops/ops.h"
#include "tensor/convert.h"

namespace gradloom {

namespace {

struct Neg {
  template <class T>
  T operator()(T x) const {
    if constexpr (std::is_integral_v<T>)
      return wrapping<T>([](auto a, auto b) { return a - b; }, T{0}, x);
    else
      return -x;
  }
};

constexpr OpDef neg_op{
    .name = "neg",
    .summary = "-x of each element",
    .doc = "The most negative integer wraps around to itself.",
    .inputs = {"x"},
    .traits = {Trait::elementwise, Trait::linear},
    .shape = same_as_number,
    .kernel = unary_numbers<Neg>,
    .gradient = [](const Backward& b) -> Values { return {neg(b.out_grad())}; },
    .batching = elementwise_batching,
    .onnx = "Neg",
};

struct Abs {
  template <class T>
  T operator()(T x) const {
    if constexpr (std::is_integral_v<T>)
      return x < 0 ? Neg()(x) : x;
    else
      return std::abs(x);
  }
};

constexpr OpDef abs_op{
    .name = "abs",
    .summary = "the magnitude of each element",
    .doc = "The most negative integer wraps around to itself. The gradient at 0 is 0.",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_number,
    .kernel = unary_numbers<Abs>,
    .gradient = [](const Backward& b) -> Values { return {b.out_grad() * sign(b.input(0))}; },
    .batching = elementwise_batching,
    .onnx = "Abs",
};

struct Sign {
  template <class T>
  T operator()(T x) const {
    if (is_nan_element(x)) return x;
    return static_cast<T>(static_cast<int>(x > 0) - static_cast<int>(x < 0));
  }
};

constexpr OpDef sign_op{
    .name = "sign",
    .summary = "-1, 0 or 1 of each element",
    .doc = "NaN stays NaN. It is made of steps, so its gradient is 0.",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_number,
    .kernel = unary_numbers<Sign>,
    .gradient = no_gradient,
    .batching = elementwise_batching,
    .onnx = "Sign",
};

struct Square {
  template <class T>
  T operator()(T x) const {
    return wrapping<T>([](auto a, auto b) { return a * b; }, x, x);
  }
};

constexpr OpDef square_op{
    .name = "square",
    .summary = "x * x of each element",
    .doc = "Integers wrap around.",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_number,
    .kernel = unary_numbers<Square>,
    .gradient = [](const Backward& b) -> Values { return {b.out_grad() * (b.input(0) * 2.0)}; },
    .batching = elementwise_batching,
};

struct Floor {
  template <class T>
  T operator()(T x) const {
    return std::floor(x);
  }
};

constexpr OpDef floor_op{
    .name = "floor",
    .summary = "each element rounded down to a whole number",
    .doc = "It is made of steps, so its gradient is 0.",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Floor>,
    .gradient = no_gradient,
    .batching = elementwise_batching,
    .onnx = "Floor",
};

struct Ceil {
  template <class T>
  T operator()(T x) const {
    return std::ceil(x);
  }
};

constexpr OpDef ceil_op{
    .name = "ceil",
    .summary = "each element rounded up to a whole number",
    .doc = "It is made of steps, so its gradient is 0.",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Ceil>,
    .gradient = no_gradient,
    .batching = elementwise_batching,
    .onnx = "Ceil",
};

struct Round {
  template <class T>
  T operator()(T x) const {
    return std::nearbyint(x);
  }
};

constexpr OpDef round_op{
    .name = "round",
    .summary = "each element rounded to the nearest whole number",
    .doc =
        "Halves go to the even neighbour: 0.5 becomes 0, 1.5 and 2.5 become 2. It is made of steps, so its gradient "
        "is 0.",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Round>,
    .gradient = no_gradient,
    .batching = elementwise_batching,
    .onnx = "Round",
};

constexpr OpDef clip_op{
    .name = "clip",
    .summary = "each element brought into [low, high]",
    .doc =
        "NaN stays NaN. For integers the bounds are rounded into the interval. Gradient: dy where low <= x <= high, "
        "the bounds included, else 0.",
    .inputs = {"x"},
    .attributes = {{"low", AttributeKind::real, "required", "the least result; may be -inf"},
                   {"high", AttributeKind::real, "required", "the greatest result; may be inf"}},
    .traits = Trait::elementwise,
    .shape = [](const Infer& i) -> Types {
      double low = i.attribute<double>("low"), high = i.attribute<double>("high");
      i.require(low <= high, "low is ", low, " but high is ", high);
      i.require(!is_integer(i.dtype(0)) || std::ceil(low) <= std::floor(high), "no integer lies between ", low, " and ",
                high);
      return same_as_number(i);
    },
    .kernel =
        [](const Kernel& k) {
          visit_number(k.output().dtype, [&]<class T>() {
            double low = k.attribute<double>("low"), high = k.attribute<double>("high");
            const T least = convert_element<T>(std::is_integral_v<T> ? std::ceil(low) : low);
            const T most = convert_element<T>(std::is_integral_v<T> ? std::floor(high) : high);
            unary_loop<T, T>(k, [=](T x) { return x < least ? least : x > most ? most : x; });
          });
        },
    .gradient = [](const Backward& b) -> Values {
      Value x = b.input(0);
      Value inside = logical_and(greater_equal(x, scalar_like(x, b.attribute<double>("low"))),
                                 less_equal(x, scalar_like(x, b.attribute<double>("high"))));
      return {where(inside, b.out_grad(), scalar_like(b.out_grad(), 0))};
    },
    .batching = elementwise_batching,
};

constexpr const OpDef* ops[] = {&neg_op, &abs_op, &sign_op, &square_op, &floor_op, &ceil_op, &round_op, &clip_op};

}  // namespace

OpList unary_arithmetic_ops() { return ops; }

Value neg(Value x) { return apply(neg_op, {x}); }
Value abs(Value x) { return apply(abs_op, {x}); }
Value sign(Value x) { return apply(sign_op, {x}); }
Value square(Value x) { return apply(square_op, {x}); }
Value floor(Value x) { return apply(floor_op, {x}); }
Value ceil(Value x) { return apply(ceil_op, {x}); }
Value round(Value x) { return apply(round_op, {x}); }
Value clip(Value x, double low, double high) { return apply(clip_op, {x}, {{"low", low}, {"high", high}}); }

}  // namespace gradloom
