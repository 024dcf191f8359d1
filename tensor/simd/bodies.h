// The text of each element-wise function, once, for a number or a vector of numbers: V is float, double or a batch of
// either, and Lane<V> says how its primitives are done. Included by files compiled for one instruction set, so
// everything here is a template over V.
#pragma once

#include "tensor/simd.h"

namespace gradloom::simd {

/// The primitives for V. Specialised for batches in tensor/simd/lane.h.
template <class V>
struct Lane;

template <class V>
V constant(double value) {
  return V(static_cast<typename Lane<V>::Element>(value));
}

struct Neg {
  static constexpr UnaryFunction function = UnaryFunction::neg;
  template <class V>
  static V apply(V x) {
    return constant<V>(-0.0) - x;
  }
};

struct Abs {
  static constexpr UnaryFunction function = UnaryFunction::abs;
  template <class V>
  static V apply(V x) {
    return Lane<V>::abs(x);
  }
};

struct Sign {
  static constexpr UnaryFunction function = UnaryFunction::sign;
  template <class V>
  static V apply(V x) {
    V zero = constant<V>(0);
    return Lane<V>::select(x > zero, constant<V>(1), Lane<V>::select(x < zero, constant<V>(-1), x));
  }
};

struct Square {
  static constexpr UnaryFunction function = UnaryFunction::square;
  template <class V>
  static V apply(V x) {
    return x * x;
  }
};

struct Floor {
  static constexpr UnaryFunction function = UnaryFunction::floor;
  template <class V>
  static V apply(V x) {
    return Lane<V>::floor(x);
  }
};

struct Ceil {
  static constexpr UnaryFunction function = UnaryFunction::ceil;
  template <class V>
  static V apply(V x) {
    return Neg::apply(Lane<V>::floor(Neg::apply(x)));
  }
};

struct Round {
  static constexpr UnaryFunction function = UnaryFunction::round;
  template <class V>
  static V apply(V x) {
    return Lane<V>::round(x);
  }
};

struct Exp {
  static constexpr UnaryFunction function = UnaryFunction::exp;
  template <class V>
  static V apply(V x) {
    return Lane<V>::exp(x);
  }
};

struct Log {
  static constexpr UnaryFunction function = UnaryFunction::log;
  template <class V>
  static V apply(V x) {
    return Lane<V>::log(x);
  }
};

struct Log1p {
  static constexpr UnaryFunction function = UnaryFunction::log1p;
  template <class V>
  static V apply(V x) {
    return Lane<V>::log1p(x);
  }
};

struct Expm1 {
  static constexpr UnaryFunction function = UnaryFunction::expm1;
  template <class V>
  static V apply(V x) {
    return Lane<V>::expm1(x);
  }
};

struct Sqrt {
  static constexpr UnaryFunction function = UnaryFunction::sqrt;
  template <class V>
  static V apply(V x) {
    return Lane<V>::sqrt(x);
  }
};

struct Rsqrt {
  static constexpr UnaryFunction function = UnaryFunction::rsqrt;
  template <class V>
  static V apply(V x) {
    return constant<V>(1) / Lane<V>::sqrt(x);
  }
};

struct Reciprocal {
  static constexpr UnaryFunction function = UnaryFunction::reciprocal;
  template <class V>
  static V apply(V x) {
    return constant<V>(1) / x;
  }
};

struct Sin {
  static constexpr UnaryFunction function = UnaryFunction::sin;
  template <class V>
  static V apply(V x) {
    return Lane<V>::sin(x);
  }
};

struct Cos {
  static constexpr UnaryFunction function = UnaryFunction::cos;
  template <class V>
  static V apply(V x) {
    return Lane<V>::cos(x);
  }
};

struct Erf {
  static constexpr UnaryFunction function = UnaryFunction::erf;
  template <class V>
  static V apply(V x) {
    return Lane<V>::erf(x);
  }
};

struct Tanh {
  static constexpr UnaryFunction function = UnaryFunction::tanh;
  template <class V>
  static V apply(V x) {
    return Lane<V>::tanh(x);
  }
};

struct Sigmoid {
  static constexpr UnaryFunction function = UnaryFunction::sigmoid;
  // 1 / (1 + e^-x) = e^x / (1 + e^x), whichever exponent is negative.
  template <class V>
  static V apply(V x) {
    V one = constant<V>(1);
    V e = Lane<V>::exp(-Lane<V>::abs(x));
    return Lane<V>::select(x < constant<V>(0), e, one) / (one + e);
  }
};

struct Relu {
  static constexpr UnaryFunction function = UnaryFunction::relu;
  template <class V>
  static V apply(V x) {
    V zero = constant<V>(0);
    return Lane<V>::select(x < zero, zero, x);
  }
};

struct Gelu {
  static constexpr UnaryFunction function = UnaryFunction::gelu;
  template <class V>
  static V apply(V x) {
    V half = constant<V>(0.5);
    return half * x * (constant<V>(1) + Lane<V>::erf(x * constant<V>(0.70710678118654752)));
  }
};

struct Softplus {
  static constexpr UnaryFunction function = UnaryFunction::softplus;
  template <class V>
  static V apply(V x) {
    return Relu::apply(x) + Lane<V>::log1p(Lane<V>::exp(-Lane<V>::abs(x)));
  }
};

struct Silu {
  static constexpr UnaryFunction function = UnaryFunction::silu;
  template <class V>
  static V apply(V x) {
    return x * Sigmoid::apply(x);
  }
};

struct Softsign {
  static constexpr UnaryFunction function = UnaryFunction::softsign;
  template <class V>
  static V apply(V x) {
    return x / (constant<V>(1) + Lane<V>::abs(x));
  }
};

struct HardSwish {
  static constexpr UnaryFunction function = UnaryFunction::hard_swish;
  template <class V>
  static V apply(V x) {
    V sloped = x * (x * constant<V>(1.0 / 6) + constant<V>(0.5));
    V upper = Lane<V>::select(x < constant<V>(3), sloped, x);
    return Lane<V>::select(x <= constant<V>(-3), constant<V>(0), upper);
  }
};

struct Mish {
  static constexpr UnaryFunction function = UnaryFunction::mish;
  // tanh(log(1 + e^x)) = e^x (e^x + 2) / (e^x (e^x + 2) + 2), multiplied by e^-2x where x is not negative.
  template <class V>
  static V apply(V x) {
    V e = Lane<V>::exp(-Lane<V>::abs(x)), one = constant<V>(1), two = constant<V>(2);
    auto negative = x < constant<V>(0);
    V above = Lane<V>::select(negative, e * (e + two), one + two * e);
    return x * (above / (above + Lane<V>::select(negative, two, two * e * e)));
  }
};

struct Add {
  static constexpr BinaryFunction function = BinaryFunction::add;
  template <class V>
  static V apply(V a, V b) {
    return a + b;
  }
};

struct Sub {
  static constexpr BinaryFunction function = BinaryFunction::sub;
  template <class V>
  static V apply(V a, V b) {
    return a - b;
  }
};

struct Mul {
  static constexpr BinaryFunction function = BinaryFunction::mul;
  template <class V>
  static V apply(V a, V b) {
    return a * b;
  }
};

struct Div {
  static constexpr BinaryFunction function = BinaryFunction::div;
  template <class V>
  static V apply(V a, V b) {
    return a / b;
  }
};

struct Minimum {
  static constexpr BinaryFunction function = BinaryFunction::minimum;
  template <class V>
  static V apply(V a, V b) {
    return Lane<V>::select(a < b || Lane<V>::differ(a, a), a, b);
  }
};

struct Maximum {
  static constexpr BinaryFunction function = BinaryFunction::maximum;
  template <class V>
  static V apply(V a, V b) {
    return Lane<V>::select(a > b || Lane<V>::differ(a, a), a, b);
  }
};

struct Pow {
  static constexpr BinaryFunction function = BinaryFunction::pow;
  template <class V>
  static V apply(V a, V b) {
    return Lane<V>::pow(a, b);
  }
};

struct Prelu {
  static constexpr BinaryFunction function = BinaryFunction::prelu;
  template <class V>
  static V apply(V a, V b) {
    return Lane<V>::select(a < constant<V>(0), b * a, a);
  }
};

struct Equal {
  static constexpr Comparison function = Comparison::equal;
  template <class V>
  static auto apply(V a, V b) {
    return a == b;
  }
};

struct NotEqual {
  static constexpr Comparison function = Comparison::not_equal;
  template <class V>
  static auto apply(V a, V b) {
    return Lane<V>::differ(a, b);
  }
};

struct Less {
  static constexpr Comparison function = Comparison::less;
  template <class V>
  static auto apply(V a, V b) {
    return a < b;
  }
};

struct LessEqual {
  static constexpr Comparison function = Comparison::less_equal;
  template <class V>
  static auto apply(V a, V b) {
    return a <= b;
  }
};

struct Greater {
  static constexpr Comparison function = Comparison::greater;
  template <class V>
  static auto apply(V a, V b) {
    return a > b;
  }
};

struct GreaterEqual {
  static constexpr Comparison function = Comparison::greater_equal;
  template <class V>
  static auto apply(V a, V b) {
    return a >= b;
  }
};

/// Bodies of one kind, for the tables.
template <class... Bodies>
struct BodyList {};

using UnaryBodies =
    BodyList<Neg, Abs, Sign, Square, Floor, Ceil, Round, Exp, Log, Log1p, Expm1, Sqrt, Rsqrt, Reciprocal, Sin, Cos, Erf,
             Tanh, Sigmoid, Relu, Gelu, Softplus, Silu, Softsign, HardSwish, Mish>;
using BinaryBodies = BodyList<Add, Sub, Mul, Div, Minimum, Maximum, Pow, Prelu>;
using ComparisonBodies = BodyList<Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual>;

}  // namespace gradloom::simd
