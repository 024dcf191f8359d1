// Element-wise loops over packs, with a part of one at the end. Included only by files compiled for one instruction
// set: every function is a template over the architecture.
#pragma once

#include "tensor/simd/lane.h"

namespace gradloom::simd {

// How many numbers of a pack a step of a loop is for: all, or (std::int64_t) the first few.
struct All {};

template <class A, class T>
Pack<T, A> load(const T* from, All, T) {
  return Pack<T, A>::load_unaligned(from);
}
template <class A, class T>
Pack<T, A> load(const T* from, std::int64_t count, T fill) {
  return load_part(from, count, Pack<T, A>(fill));
}
template <class A, class T>
void store(Pack<T, A> x, T* to, All) {
  x.store_unaligned(to);
}
template <class A, class T>
void store(Pack<T, A> x, T* to, std::int64_t count) {
  store_part(x, to, count);
}

/// Calls f(i, count) for the packs from 0 to n. Inlined always: what f refers to must stay in registers.
template <class A, class T, class F>
[[gnu::always_inline]] inline void for_each_pack(std::int64_t n, F f) {
  constexpr std::int64_t width = Pack<T, A>::size;
  std::int64_t i = 0;
  for (; i + width <= n; i += width) f(i, All());
  if (i < n) f(i, n - i);
}

/// An operand: numbers one after another, or one number for all. Places beyond a part hold 1, where every function is
/// defined.
template <class A, class T, bool vector>
struct Operand {
  const T* from;
  Pack<T, A> only;

  Operand(const T* data, std::int64_t n) : from(data), only(vector || n == 0 ? T(1) : *data) {}
  template <class Count>
  Pack<T, A> at(std::int64_t i, Count count) const {
    if constexpr (vector) return load<A>(from + i, count, T(1));
    return only;
  }
};

template <class A, class Body, class T>
void run_unary(const T* x, T* y, std::int64_t n) {
  for_each_pack<A, T>(
      n, [=](std::int64_t i, auto count) { store(Body::apply(load<A>(x + i, count, T(1))), y + i, count); });
}

template <class A, class Body, bool vector_a, bool vector_b, class T>
void run_binary(const T* a, const T* b, T* y, std::int64_t n) {
  Operand<A, T, vector_a> first(a, n);
  Operand<A, T, vector_b> second(b, n);
  for_each_pack<A, T>(n, [=](std::int64_t i, auto count) {
    store(Body::apply(first.at(i, count), second.at(i, count)), y + i, count);
  });
}

template <class A, class T>
PackMask<T, A> load_mask_of(const bool* from, All) {
  return load_mask(from, PackMask<T, A>());
}
template <class A, class T>
PackMask<T, A> load_mask_of(const bool* from, std::int64_t count) {
  bool bytes[Pack<T, A>::size] = {};
  for (std::int64_t i = 0; i < count; ++i) bytes[i] = from[i];
  return load_mask(bytes, PackMask<T, A>());
}
template <class A, class T>
void store_mask_of(PackMask<T, A> mask, bool* to, All) {
  store_mask(mask, to);
}
template <class A, class T>
void store_mask_of(PackMask<T, A> mask, bool* to, std::int64_t count) {
  bool bytes[Pack<T, A>::size];
  store_mask(mask, bytes);
  for (std::int64_t i = 0; i < count; ++i) to[i] = bytes[i];
}

template <class A, class Body, bool vector_a, bool vector_b, class T>
void run_compare(const T* a, const T* b, bool* y, std::int64_t n) {
  Operand<A, T, vector_a> first(a, n);
  Operand<A, T, vector_b> second(b, n);
  for_each_pack<A, T>(n, [=](std::int64_t i, auto count) {
    store_mask_of<A, T>(Body::apply(first.at(i, count), second.at(i, count)), y + i, count);
  });
}

template <class A, bool vector_a, bool vector_b, class T>
void run_where(const bool* condition, const T* a, const T* b, T* y, std::int64_t n) {
  Operand<A, T, vector_a> first(a, n);
  Operand<A, T, vector_b> second(b, n);
  for_each_pack<A, T>(n, [=](std::int64_t i, auto count) {
    PackMask<T, A> mask = load_mask_of<A, T>(condition + i, count);
    store(xsimd::select(mask, first.at(i, count), second.at(i, count)), y + i, count);
  });
}

template <class A, class T>
void run_multiply_add(const T* a, const T* b, const T* c, T* y, std::int64_t n) {
  for_each_pack<A, T>(n, [=](std::int64_t i, auto count) {
    store(fused(load<A>(a + i, count, T(1)), load<A>(b + i, count, T(1)), load<A>(c + i, count, T(1))), y + i, count);
  });
}

template <class A, class T>
void run_axpy(T alpha, const T* x, T* y, std::int64_t n) {
  Pack<T, A> factor(alpha);
  for_each_pack<A, T>(n, [=](std::int64_t i, auto count) {
    store(fused(factor, load<A>(x + i, count, T(1)), load<A, T>(y + i, count, T(1))), y + i, count);
  });
}

// m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;  p -= rate m / (sqrt(v / correction2) + epsilon)
template <class A, class T>
void run_adam(const AdamStep& step, const T* gradient, T* parameter, T* moment1, T* moment2, std::int64_t n) {
  using V = Pack<T, A>;
  V scale(static_cast<T>(step.gradient_scale)), epsilon(static_cast<T>(step.epsilon));
  V beta1(static_cast<T>(step.beta1)), rest1(static_cast<T>(1 - step.beta1));
  V beta2(static_cast<T>(step.beta2)), rest2(static_cast<T>(1 - step.beta2));
  V rate(static_cast<T>(step.learning_rate / step.correction1)), correction(static_cast<T>(1 / step.correction2));
  for_each_pack<A, T>(n, [=](std::int64_t i, auto count) {
    V g = load<A>(gradient + i, count, T(1)) * scale;
    V m = fused(beta1, load<A, T>(moment1 + i, count, T(1)), rest1 * g);
    V v = fused(beta2, load<A, T>(moment2 + i, count, T(1)), rest2 * (g * g));
    V p = load<A, T>(parameter + i, count, T(1)) - rate * m / (Lane<V>::sqrt(v * correction) + epsilon);
    store(m, moment1 + i, count);
    store(v, moment2 + i, count);
    store(p, parameter + i, count);
  });
}

}  // namespace gradloom::simd
