// The primitives of tensor/simd/bodies.h for vectors, with the polynomials behind them. Included only by files compiled
// for one instruction set: every function is a template over the architecture, so that the linker can never take one
// file's copy for another's.
#pragma once

#include "tensor/simd/bodies.h"
#include "tensor/simd/pack.h"

namespace gradloom::simd {

// The numbers that differ between the element types. ln 2 is cut in two, the upper part short enough that its product
// with an exponent is exact (Cody and Waite, "Software Manual for the Elementary Functions", 1980). The coefficients
// are minimax fits (Remez) made for this file.
template <class T>
struct Format;

template <>
struct Format<float> {
  using Bits = std::uint32_t;
  static constexpr float infinity = __builtin_inff(), nan = __builtin_nanf(""), least_normal = 0x1p-126f;
  static constexpr int mantissa = 23;
  static constexpr Bits one = 0x3f800000, root_half = 0x3f3504f3;
  static constexpr float to_integer = 0x1.8p23f;     // adding it rounds to an integer
  static constexpr float to_exponent = 12583039.f;   // to_integer + 127
  static constexpr float from_exponent = 8388735.f;  // 2^23 + 127
  static constexpr Bits from_exponent_bits = 0x4b000000;
  static constexpr float ln2_high = 0x1.62e4p-1f, ln2_low = 1.42860682030941723e-6f;
  static constexpr float exp_least = -104, exp_most = 89, expm1_least = -20, tanh_most = 18.5f;
  static constexpr float denormal_scale = 0x1p25f, denormal_exponent = 25;
  // (e^r - 1 - r) / r^2 on |r| <= ln(2) / 2, error 8e-9 r^2
  static constexpr float exp_series[] = {0.5f, 0.16666576266288757f, 0.04166637361049652f, 0.008363335393369198f,
                                         0.001394140999764204f};
};

template <>
struct Format<double> {
  using Bits = std::uint64_t;
  static constexpr double infinity = __builtin_inf(), nan = __builtin_nan(""), least_normal = 0x1p-1022;
  static constexpr int mantissa = 52;
  static constexpr Bits one = 0x3ff0000000000000, root_half = 0x3fe6a09e667f3bcd;
  static constexpr double to_integer = 0x1.8p52;
  static constexpr double to_exponent = 0x1.8p52 + 1023;
  static constexpr double from_exponent = 0x1p52 + 1023;
  static constexpr Bits from_exponent_bits = 0x4330000000000000;
  static constexpr double ln2_high = 0x1.62e42feep-1, ln2_low = 1.90821492927058770e-10;
  static constexpr double exp_least = -746, exp_most = 710, expm1_least = -40, tanh_most = 40;
  static constexpr double denormal_scale = 0x1p54, denormal_exponent = 54;
  // error 2e-19 r^2
  static constexpr double exp_series[] = {0.5,
                                          0.16666666666666671,
                                          0.041666666666666685,
                                          0.0083333333333259849,
                                          0.0013888888888874101,
                                          0.00019841269875342402,
                                          2.4801587348033699e-05,
                                          2.7557254739934575e-06,
                                          2.7557252245386547e-07,
                                          2.5105491143894562e-08,
                                          2.0921814570314713e-09};
};

/// c[0] + c[1] x + c[2] x^2 + ...
template <class T, class A, std::size_t N>
Pack<T, A> polynomial(const T (&c)[N], Pack<T, A> x) {
  Pack<T, A> sum(c[N - 1]);
  for (std::size_t i = N - 1; i-- > 0;) sum = fused(sum, x, Pack<T, A>(c[i]));
  return sum;
}

template <class T, class A>
struct Lane<xsimd::batch<T, A>> {
  using Element = T;
  using V = xsimd::batch<T, A>;
  using Mask = xsimd::batch_bool<T, A>;
  using F = Format<T>;
  using Bits = xsimd::batch<typename F::Bits, A>;

  static V select(Mask condition, V a, V b) { return xsimd::select(condition, a, b); }
  // xsimd 8.1 says that NaN != NaN is false, from AVX on.
  static Mask differ(V a, V b) { return ~(a == b); }
  static V sqrt(V x) { return xsimd::sqrt(x); }
  static V abs(V x) { return xsimd::abs(x); }
  static V with_sign_of(V magnitude, V x) { return magnitude | (x & V(T(-0.0))); }

  // The second operand when either is NaN: the order of operands lets a NaN through or stops it.
  static V lesser(V a, V b) { return xsimd::min(a, b); }
  static V greater(V a, V b) { return xsimd::max(a, b); }

  // For |x| < 2^(mantissa - 1).
  static V to_integer(V x) { return (x + V(F::to_integer)) - V(F::to_integer); }

  static V round(V x) {
    V magnitude = abs(x);
    V rounded = (magnitude + V(T(typename F::Bits{1} << F::mantissa))) - V(T(typename F::Bits{1} << F::mantissa));
    return select(magnitude < V(T(typename F::Bits{1} << F::mantissa)), with_sign_of(rounded, x), x);
  }
  static V floor(V x) {
    V rounded = round(x);
    return select(rounded > x, rounded - V(1), rounded);
  }

  // 2^n for an integer n of a normal number's exponent.
  static V power_of_two(V n) {
    return xsimd::bitwise_cast<V>(xsimd::bitwise_cast<Bits>(n + V(F::to_exponent)) << F::mantissa);
  }

  // e^x = 2^n e^r: n and e^r - 1, for x where n is an exponent of twice the range at most.
  static V split_exp(V x, V& n) {
    n = to_integer(x * V(T(1.44269504088896341)));
    V r = fused(n, V(-F::ln2_low), fused(n, V(-F::ln2_high), x));
    return fused(r * r, polynomial(F::exp_series, r), r);
  }

  static V exp(V x) {
    x = lesser(V(F::exp_most), greater(V(F::exp_least), x));
    V n;
    V e = split_exp(x, n) + V(1);
    if constexpr (requires { scaled(e, n); }) return scaled(e, n);
    // Two factors: their product may be beyond either end of the range, and is then rounded once.
    V half = to_integer(n * V(T(0.5)));
    return e * power_of_two(half) * power_of_two(n - half);
  }

  static V expm1(V x) {
    V bounded = lesser(V(F::exp_most), greater(V(F::expm1_least), x));
    V n;
    V e = split_exp(bounded, n);
    // 2 (2^(n-1) (e^r - 1) + (2^(n-1) - 1/2)): 2^n itself may be beyond the range.
    V scale = power_of_two(n - V(1));
    V y = V(2) * fused(scale, e, scale - V(T(0.5)));
    return select(x == V(0), x, y);
  }

  // log(1 + f) = f - result, for 1 + f from sqrt(1/2) to sqrt(2); `low` is subtracted from the result before it is
  // rounded.
  static V log_remainder(xsimd::batch<float, A> f, V low) {
    // (log(1 + f) - f + f^2 / 2) / f^3, error 8e-10 f^2
    static constexpr float series[] = {0.3333331346511841f,  -0.24999986588954926f, 0.2000199556350708f,
                                       -0.1666916161775589f, 0.1422257423400879f,   -0.12387605011463165f,
                                       0.11850233376026154f, -0.1176496371626854f,  0.06933855265378952f};
    V square = f * f;
    return V(0.5f) * square - fused(square * f, polynomial(series, f), low);
  }
  static V log_remainder(xsimd::batch<double, A> f, V low) {
    // With s = f / (2 + f): (log(1 + f) / s - 2) / s^2 in s^2, error 2e-21
    static constexpr double series[] = {0.66666666666666663, 0.4000000000000089,  0.28571428570796947,
                                        0.22222222393111724, 0.18181795500745468, 0.15386246831360201,
                                        0.13268592504319904, 0.13088423055149098};
    V s = f / (V(2) + f);
    V z = s * s;
    V half_square = V(0.5) * f * f;
    return half_square - fused(s, fused(z, polynomial(series, z), half_square), low);
  }

  // For x > 0, normal or not.
  static V log_of_positive(V x) {
    Mask denormal = x < V(F::least_normal);
    x = select(denormal, x * V(F::denormal_scale), x);
    // x = 2^n (1 + f)
    Bits shifted = xsimd::bitwise_cast<Bits>(x) + Bits(F::one - F::root_half);
    V n = xsimd::bitwise_cast<V>((shifted >> F::mantissa) | Bits(F::from_exponent_bits)) - V(F::from_exponent);
    n = select(denormal, n - V(F::denormal_exponent), n);
    Bits fraction = (shifted & Bits((typename F::Bits{1} << F::mantissa) - 1)) + Bits(F::root_half);
    V f = xsimd::bitwise_cast<V>(fraction) - V(1);
    return fused(n, V(F::ln2_high), f - log_remainder(f, n * V(F::ln2_low)));
  }

  static V log(V x) {
    V edge = select(x == V(0), V(-F::infinity), select(x > V(0), x, V(F::nan)));
    return select((x > V(0)) & (x < V(F::infinity)), log_of_positive(x), edge);
  }

  static V log1p(V x) {
    V u = V(1) + x;
    // What 1 + x lost in rounding, to first order.
    V lost = select(x > V(1), V(1) - (u - x), x - (u - V(1))) / u;
    Mask regular = (u > V(0)) & (u < V(F::infinity));
    V y = log(u) + select(regular, lost, V(0));
    return select(x == V(0), x, y);
  }

  // tanh x = (e^2x - 1) / (e^2x + 1)
  static V tanh(V x) {
    V e = expm1(lesser(V(F::tanh_most), V(2) * abs(x)));
    return with_sign_of(e / (e + V(2)), x);
  }

  static V erf(xsimd::batch<float, A> x) {
    // erf(x) / x - 1 in x^2 for |x| < 0.93, error 5e-10
    static constexpr float near[] = {0.12837916612625122f,  -0.37612634897232056f, 0.11283694207668304f,
                                     -0.02685927040874958f, 0.005200634244829416f, -0.0008137435652315617f,
                                     8.345218520844355e-05f};
    // -log(1 - erf(t)) / t for t to 3.95, error 7e-10 in erf
    static constexpr float far[] = {1.1286522150039673f,    0.6351357698440552f,   0.1062634140253067f,
                                    -0.023785579949617386f, 0.003653876017779112f, -0.00032568059395998716f,
                                    1.1525109584908932e-05f};
    V magnitude = abs(x);
    V t = lesser(V(3.95f), magnitude);
    V beyond = with_sign_of(V(1) - exp(-t * polynomial(far, t)), x);
    return select(magnitude < V(0.93f), fused(x, polynomial(near, x * x), x), beyond);
  }
  static V erf(xsimd::batch<double, A> x) {
    return each(x, [](T lane) { return static_cast<T>(__builtin_erf(lane)); });
  }

  static V sin(V x) {
    return each(x, [](T lane) {
      if constexpr (sizeof(T) == 4)
        return __builtin_sinf(lane);
      else
        return __builtin_sin(lane);
    });
  }
  static V cos(V x) {
    return each(x, [](T lane) {
      if constexpr (sizeof(T) == 4)
        return __builtin_cosf(lane);
      else
        return __builtin_cos(lane);
    });
  }
  static V pow(V a, V b) {
    alignas(64) T bases[V::size], exponents[V::size];
    a.store_aligned(bases);
    b.store_aligned(exponents);
    for (std::size_t i = 0; i < V::size; ++i) {
      if constexpr (sizeof(T) == 4)
        bases[i] = __builtin_powf(bases[i], exponents[i]);
      else
        bases[i] = __builtin_pow(bases[i], exponents[i]);
    }
    return V::load_aligned(bases);
  }

 private:
  template <class Function>
  static V each(V x, Function f) {
    alignas(64) T lanes[V::size];
    x.store_aligned(lanes);
    for (T& lane : lanes) lane = f(lane);
    return V::load_aligned(lanes);
  }
};

}  // namespace gradloom::simd
