// Functions of a whole row: reductions, softmax and their gradients. Included only by files compiled for one
// instruction set: every function is a template over the architecture. The order of every sum depends on n only.
#pragma once

#include "tensor/simd/loops.h"

namespace gradloom::simd {

// The sum of f(i, count), packs that hold 0 beyond count. Four sums side by side hide the latency of additions; blocks
// keep the error of a long float sum small.
template <class A, class T, class F>
[[gnu::always_inline]] inline double sum_packs(std::int64_t n, F f) {
  using V = Pack<T, A>;
  constexpr std::int64_t width = V::size;
  constexpr std::int64_t block = 1024;
  double total = 0;
  for (std::int64_t begin = 0; begin < n; begin += block) {
    std::int64_t end = begin + block < n ? begin + block : n;
    V zero(T(0));
    V sums[4] = {zero, zero, zero, zero};
    std::int64_t i = begin;
    for (; i + 4 * width <= end; i += 4 * width)
      for (std::int64_t k = 0; k < 4; ++k) sums[k] = sums[k] + f(i + k * width, All());
    for (; i + width <= end; i += width) sums[0] = sums[0] + f(i, All());
    if (i < end) sums[1] = sums[1] + f(i, end - i);
    total += static_cast<double>(sum_of_lanes((sums[0] + sums[1]) + (sums[2] + sums[3])));
  }
  return total;
}

template <class A, class T>
double row_sum(const T* x, std::int64_t n) {
  return sum_packs<A, T>(n, [=](std::int64_t i, auto count) { return load<A>(x + i, count, T(0)); });
}

template <class A, class T>
double row_sum_of_squares(const T* x, std::int64_t n) {
  return sum_packs<A, T>(n, [=](std::int64_t i, auto count) {
    Pack<T, A> each = load<A>(x + i, count, T(0));
    return each * each;
  });
}

// Eight rows at a time, so that the sums are read and written once for them.
template <class A, class T>
void add_rows(const T* x, std::int64_t row, std::int64_t rows, double* sums, std::int64_t n) {
  constexpr std::int64_t together = 8;
  std::int64_t r = 0;
  for (; r + together <= rows; r += together, x += together * row)
    for (std::int64_t i = 0; i < n; ++i) {
      double sum = 0;
      for (std::int64_t k = 0; k < together; ++k) sum += static_cast<double>(x[k * row + i]);
      sums[i] += sum;
    }
  for (; r < rows; ++r, x += row)
    for (std::int64_t i = 0; i < n; ++i) sums[i] += static_cast<double>(x[i]);
}

template <class A, class T>
double row_dot(const T* a, const T* b, std::int64_t n) {
  return sum_packs<A, T>(
      n, [=](std::int64_t i, auto count) { return load<A>(a + i, count, T(0)) * load<A>(b + i, count, T(0)); });
}

template <class A, class T>
T row_max(const T* x, std::int64_t n) {
  using V = Pack<T, A>;
  constexpr T least = -Format<T>::infinity;
  V most(least);
  PackMask<T, A> number = most == most;
  for_each_pack<A, T>(n, [&](std::int64_t i, auto count) {
    V each = load<A>(x + i, count, least);
    most = Lane<V>::greater(each, most);  // keeps `most` where `each` is NaN
    number = number & (each == each);
  });
  if (!xsimd::all(number)) return Format<T>::nan;
  alignas(64) T lanes[V::size];
  most.store_aligned(lanes);
  T largest = least;
  for (T lane : lanes) largest = lane > largest ? lane : largest;
  return largest;
}

// The sum of e^(x - shift).
template <class A, class T>
double sum_of_powers(const T* x, T shift, std::int64_t n) {
  using V = Pack<T, A>;
  V subtracted(shift);
  return sum_packs<A, T>(n, [=](std::int64_t i, auto count) {
    return Lane<V>::exp(load<A>(x + i, count, -Format<T>::infinity) - subtracted);
  });
}

template <class A, class T>
double row_powers(const T* x, T shift, T* y, std::int64_t n) {
  using V = Pack<T, A>;
  V subtracted(shift);
  return sum_packs<A, T>(n, [=](std::int64_t i, auto count) {
    V power = Lane<V>::exp(load<A>(x + i, count, -Format<T>::infinity) - subtracted);
    store(power, y + i, count);
    return power;
  });
}

template <class A, class T>
T row_log_sum_exp(const T* x, std::int64_t n) {
  T most = row_max<A>(x, n);
  if (most == -Format<T>::infinity) return most;
  return static_cast<T>(static_cast<double>(most) + __builtin_log(sum_of_powers<A>(x, most, n)));
}

template <class A, class T>
void row_scaled_exp(const T* x, T shift, T scale, T* y, std::int64_t n) {
  using V = Pack<T, A>;
  V subtracted(shift), factor(scale);
  for_each_pack<A, T>(n, [=](std::int64_t i, auto count) {
    store(factor * Lane<V>::exp(load<A>(x + i, count, shift) - subtracted), y + i, count);
  });
}

template <class A, class T>
void fill_row(T* y, T value, std::int64_t n) {
  for_each_pack<A, T>(n, [=](std::int64_t i, auto count) { store(Pack<T, A>(value), y + i, count); });
}

template <class A, class T>
void row_softmax(const T* x, T* y, std::int64_t n) {
  T most = row_max<A>(x, n);
  if (most == -Format<T>::infinity) return fill_row<A>(y, T(0), n);
  Pack<T, A> factor(static_cast<T>(1 / row_powers<A>(x, most, y, n)));
  for_each_pack<A, T>(
      n, [=](std::int64_t i, auto count) { store(load<A, T>(y + i, count, T(0)) * factor, y + i, count); });
}

template <class A, class T>
void row_masked_softmax(const T* x, const bool* keep, T* y, std::int64_t n) {
  using V = Pack<T, A>;
  for_each_pack<A, T>(n, [=](std::int64_t i, auto count) {
    V each = load<A>(x + i, count, T(0));
    store(xsimd::select(load_mask_of<A, T>(keep + i, count), each, V(-Format<T>::infinity)), y + i, count);
  });
  row_softmax<A, T>(y, y, n);
}

template <class A, class T>
void row_log_softmax(const T* x, T* y, std::int64_t n) {
  T log_sum = row_log_sum_exp<A>(x, n);
  if (log_sum == -Format<T>::infinity) return fill_row<A>(y, log_sum, n);
  Pack<T, A> subtracted(log_sum);
  for_each_pack<A, T>(
      n, [=](std::int64_t i, auto count) { store(load<A>(x + i, count, T(0)) - subtracted, y + i, count); });
}

template <class A, class T>
void row_softmax_gradient(const T* y, const T* dy, T* dx, std::int64_t n) {
  Pack<T, A> inner(static_cast<T>(row_dot<A>(y, dy, n)));
  for_each_pack<A, T>(n, [=](std::int64_t i, auto count) {
    store(load<A>(y + i, count, T(0)) * (load<A>(dy + i, count, T(0)) - inner), dx + i, count);
  });
}

template <class A, class T>
void row_log_softmax_gradient(const T* y, const T* dy, T* dx, std::int64_t n) {
  using V = Pack<T, A>;
  V sum(static_cast<T>(row_sum<A>(dy, n)));
  for_each_pack<A, T>(n, [=](std::int64_t i, auto count) {
    V power = Lane<V>::exp(load<A>(y + i, count, T(0)));
    store(load<A>(dy + i, count, T(0)) - power * sum, dx + i, count);
  });
}

}  // namespace gradloom::simd
