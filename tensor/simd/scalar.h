// The primitives of tensor/simd/bodies.h for single numbers, from the C library: the reference that the vectors are
// held against. Not for files compiled for one instruction set.
#pragma once

#include <cmath>
#include <concepts>

#include "tensor/simd/bodies.h"

namespace gradloom::simd {

template <std::floating_point T>
struct Lane<T> {
  using Element = T;
  static T select(bool condition, T a, T b) { return condition ? a : b; }
  static bool differ(T a, T b) { return a != b; }
  static T abs(T x) { return std::abs(x); }
  static T floor(T x) { return std::floor(x); }
  static T round(T x) { return std::nearbyint(x); }
  static T sqrt(T x) { return std::sqrt(x); }
  static T exp(T x) { return std::exp(x); }
  static T expm1(T x) { return std::expm1(x); }
  static T log(T x) { return std::log(x); }
  static T log1p(T x) { return std::log1p(x); }
  static T tanh(T x) { return std::tanh(x); }
  static T erf(T x) { return std::erf(x); }
  static T sin(T x) { return std::sin(x); }
  static T cos(T x) { return std::cos(x); }
  static T pow(T a, T b) { return std::pow(a, b); }
};

}  // namespace gradloom::simd
