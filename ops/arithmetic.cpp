// Arithmetic of two operands: sums, products, powers, the larger and the smaller.
#include <cmath>
#include <utility>

#include "ops/elementwise.h"
#include "ops/elementwise_kernel.h"
#include "ops/families.h"
#include "ops/ops.h"

namespace gradloom {

namespace {

struct Add {
  template <class T>
  T operator()(T a, T b) const {
    return wrapping<T>([](auto x, auto y) { return x + y; }, a, b);
  }
};

constexpr OpDef add_op{
    .name = "add",
    .summary = "a + b, element by element",
    .doc = "Integers wrap around.",
    .inputs = {"a", "b"},
    .traits = {Trait::elementwise, Trait::commutative},
    .shape = broadcast_numbers,
    .kernel = binary_numbers<Add>,
    .gradient = [](const Backward& b) -> Values {
      return {b.out_grad(), b.out_grad()};
    },
    .batching = elementwise_batching,
    .onnx = "Add",
};

struct Sub {
  template <class T>
  T operator()(T a, T b) const {
    return wrapping<T>([](auto x, auto y) { return x - y; }, a, b);
  }
};

constexpr OpDef sub_op{
    .name = "sub",
    .summary = "a - b, element by element",
    .doc = "Integers wrap around.",
    .inputs = {"a", "b"},
    .traits = Trait::elementwise,
    .shape = broadcast_numbers,
    .kernel = binary_numbers<Sub>,
    .gradient = [](const Backward& b) -> Values {
      return {b.out_grad(), b.wants(1) ? neg(b.out_grad()) : Value()};
    },
    .batching = elementwise_batching,
    .onnx = "Sub",
};

struct Mul {
  template <class T>
  T operator()(T a, T b) const {
    return wrapping<T>([](auto x, auto y) { return x * y; }, a, b);
  }
};

constexpr OpDef mul_op{
    .name = "mul",
    .summary = "a * b, element by element",
    .doc = "Integers wrap around.",
    .inputs = {"a", "b"},
    .traits = {Trait::elementwise, Trait::commutative},
    .shape = broadcast_numbers,
    .kernel = binary_numbers<Mul>,
    .gradient = [](const Backward& b) -> Values {
      return {b.wants(0) ? b.out_grad() * b.input(1) : Value(), b.wants(1) ? b.out_grad() * b.input(0) : Value()};
    },
    .batching = elementwise_batching,
    .onnx = "Mul",
};

// A divisor that broadcasts is checked only when there is something to divide.
template <class T>
void refuse_zero_divisor(const Kernel& k) {
  if (k.output().size() == 0) return;
  auto divisors = k.input(1).as<T>();
  for (std::size_t i = 0; i < divisors.size(); ++i)
    if (divisors[i] == 0)
      k.fail("b is 0 at ", position_text(k.input(1).shape, static_cast<std::int64_t>(i)),
             ", and an integer cannot be divided by 0");
}

struct Div {
  template <class T>
  T operator()(T a, T b) const {
    // The most negative integer has no positive counterpart: it wraps around to itself.
    if constexpr (std::is_integral_v<T>) {
      if (b == -1) return wrapping<T>([](auto x, auto y) { return x - y; }, T{0}, a);
    }
    return a / b;
  }
};

constexpr OpDef div_op{
    .name = "div",
    .summary = "a / b, element by element",
    .doc =
        "Integers drop the fraction (-7 / 2 is -3); dividing an integer by 0 is an error. Floats follow IEEE 754: "
        "1 / 0 is inf, 0 / 0 is NaN.",
    .inputs = {"a", "b"},
    .traits = {Trait::elementwise, Trait::can_fail},
    .shape = broadcast_numbers,
    .kernel =
        [](const Kernel& k) {
          visit_number(k.output().dtype, [&]<class T>() {
            if constexpr (std::is_integral_v<T>) refuse_zero_divisor<T>(k);
            binary_loop<T, T>(k, Div());
          });
        },
    .gradient = [](const Backward& b) -> Values {
      Value da = b.out_grad() / b.input(1);
      return {da, b.wants(1) ? neg(da * b.output()) : Value()};
    },
    .batching = elementwise_batching,
    .onnx = "Div",
};

struct Mod {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>) {
      if (b == -1) return 0;
      T rest = a % b;
      return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
    } else {
      T rest = std::fmod(a, b);
      if (rest == 0) return std::copysign(rest, b);
      return (rest < 0) != (b < 0) ? rest + b : rest;
    }
  }
};

constexpr OpDef mod_op{
    .name = "mod",
    .summary = "the rest of a / b rounded down, element by element",
    .doc =
        "a - b * floor(a / b): the result has the sign of the divisor b (-7 mod 3 is 2, 7 mod -3 is -2). An integer "
        "mod 0 is an error, a float mod 0 is NaN. Where a / b is a whole number and the result jumps, the gradient "
        "is that of the side on which the result is 0: da = dy, db = -dy * floor(a / b).",
    .inputs = {"a", "b"},
    .traits = {Trait::elementwise, Trait::can_fail},
    .shape = broadcast_numbers,
    .kernel =
        [](const Kernel& k) {
          visit_number(k.output().dtype, [&]<class T>() {
            if constexpr (std::is_integral_v<T>) refuse_zero_divisor<T>(k);
            binary_loop<T, T>(k, Mod());
          });
        },
    .gradient = [](const Backward& b) -> Values {
      return {b.out_grad(), b.wants(1) ? neg(b.out_grad() * floor(b.input(0) / b.input(1))) : Value()};
    },
    .batching = elementwise_batching,
};

struct Pow {
  template <class T>
  T operator()(T base, T exponent) const {
    if constexpr (std::is_integral_v<T>) {
      auto times = [](auto x, auto y) { return x * y; };
      T result = 1;
      for (; exponent > 0; exponent /= 2) {
        if (exponent % 2 == 1) result = wrapping<T>(times, result, base);
        base = wrapping<T>(times, base, base);
      }
      return result;
    } else {
      return std::pow(base, exponent);
    }
  }
};

template <class T>
void refuse_negative_exponent(const Kernel& k) {
  if (k.output().size() == 0) return;
  auto exponents = k.input(1).as<T>();
  for (std::size_t i = 0; i < exponents.size(); ++i)
    if (exponents[i] < 0)
      k.fail("b is ", exponents[i], " at ", position_text(k.input(1).shape, static_cast<std::int64_t>(i)),
             ", and an integer's exponent cannot be below 0");
}

// da = dy * b * a^(b - 1); where a and b are 0 the power is infinite but b * 1 is the 0 that is meant.
Value pow_base_gradient(const Backward& b) {
  Value base = b.input(0), exponent = b.input(1);
  Value both_zero = logical_and(equal(base, scalar_like(base, 0)), equal(exponent, scalar_like(exponent, 0)));
  return b.out_grad() * (exponent * pow(where(both_zero, scalar_like(base, 1), base), exponent - 1.0));
}

// db = dy * y * log(a); 0 where a is 0.
Value pow_exponent_gradient(const Backward& b) {
  Value base = b.input(0);
  Value positive = where(equal(base, scalar_like(base, 0)), scalar_like(base, 1), base);
  return b.out_grad() * (b.output() * log(positive));
}

constexpr OpDef pow_op{
    .name = "pow",
    .summary = "a to the power of b, element by element",
    .doc =
        "Anything to the power of 0 is 1; a negative float to a power that is no whole number is NaN. Integers wrap "
        "around, and their exponents must be 0 or more. Gradient: da = dy * b * a^(b - 1), 0 where a and b are 0; "
        "db = dy * y * log(a), 0 where a is 0 and NaN where a is negative.",
    .inputs = {"a", "b"},
    .traits = {Trait::elementwise, Trait::can_fail},
    .shape = broadcast_numbers,
    .kernel =
        [](const Kernel& k) {
          visit_number(k.output().dtype, [&]<class T>() {
            if constexpr (std::is_integral_v<T>) refuse_negative_exponent<T>(k);
            binary_loop<T, T>(k, Pow());
          });
        },
    .gradient = [](const Backward& b) -> Values {
      return {b.wants(0) ? pow_base_gradient(b) : Value(), b.wants(1) ? pow_exponent_gradient(b) : Value()};
    },
    .batching = elementwise_batching,
    .onnx = "Pow",
};

struct Maximum {
  template <class T>
  T operator()(T a, T b) const {
    return a > b || is_nan_element(a) ? a : b;
  }
};

struct Minimum {
  template <class T>
  T operator()(T a, T b) const {
    return a < b || is_nan_element(a) ? a : b;
  }
};

// dy to the operand that was chosen, half of it to each where they are equal.
Values choice_gradient(const Backward& b, Value chosen_a, Value chosen_b) {
  Value zero = scalar_like(b.out_grad(), 0);
  Value share = where(equal(b.input(0), b.input(1)), b.out_grad() * 0.5, b.out_grad());
  return {b.wants(0) ? where(chosen_a, share, zero) : Value(), b.wants(1) ? where(chosen_b, share, zero) : Value()};
}

constexpr OpDef maximum_op{
    .name = "maximum",
    .summary = "the larger of a and b, element by element",
    .doc = "NaN if either is NaN (gradient 0). Where a and b are equal each gets half of the gradient.",
    .inputs = {"a", "b"},
    .traits = {Trait::elementwise, Trait::commutative},
    .shape = broadcast_numbers,
    .kernel = binary_numbers<Maximum>,
    .gradient = [](const Backward& b) -> Values {
      return choice_gradient(b, greater_equal(b.input(0), b.input(1)), less_equal(b.input(0), b.input(1)));
    },
    .batching = elementwise_batching,
    .onnx = "Max",
};

constexpr OpDef minimum_op{
    .name = "minimum",
    .summary = "the smaller of a and b, element by element",
    .doc = "NaN if either is NaN (gradient 0). Where a and b are equal each gets half of the gradient.",
    .inputs = {"a", "b"},
    .traits = {Trait::elementwise, Trait::commutative},
    .shape = broadcast_numbers,
    .kernel = binary_numbers<Minimum>,
    .gradient = [](const Backward& b) -> Values {
      return choice_gradient(b, less_equal(b.input(0), b.input(1)), greater_equal(b.input(0), b.input(1)));
    },
    .batching = elementwise_batching,
    .onnx = "Min",
};

constexpr const OpDef* ops[] = {&add_op, &sub_op, &mul_op, &div_op, &mod_op, &pow_op, &maximum_op, &minimum_op};

}  // namespace

OpList arithmetic_ops() { return ops; }

Value add(Value a, Value b) { return apply(add_op, {a, b}); }
Value sub(Value a, Value b) { return apply(sub_op, {a, b}); }
Value mul(Value a, Value b) { return apply(mul_op, {a, b}); }
Value div(Value a, Value b) { return apply(div_op, {a, b}); }
Value mod(Value a, Value b) { return apply(mod_op, {a, b}); }
Value pow(Value a, Value b) { return apply(pow_op, {a, b}); }
Value maximum(Value a, Value b) { return apply(maximum_op, {a, b}); }
Value minimum(Value a, Value b) { return apply(minimum_op, {a, b}); }

}  // namespace gradloom
