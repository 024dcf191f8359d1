// The product of a few rows with a large matrix, whose speed is that of reading the matrix: decoding a sentence or a
// beam. Included only by files compiled for one instruction set: every function is a template over the architecture.
#pragma once

#include "tensor/simd/rows.h"

namespace gradloom::simd {

// As many sums as the registers hold beside a row of w and those of x. A block's columns lie a quarter of w apart: so w
// is read as four streams, each in order, and the processor fetches all of them ahead. Rows side by side are one
// stream, of which it fetches too little at a time: from memory that took twice as long.
constexpr int block_columns = 4;
template <class A>
constexpr int block_rows = Pack<float, A>::size >= 16 ? 6 : 3;

// From one column of a block to the next.
template <class T>
std::int64_t column_step(const NarrowProduct<T>& p) {
  return (p.n + block_columns - 1) / block_columns;
}

// y[r, c] = alpha x[r] . w[c] + beta y[r, c] for `rows` rows of x and four columns c. The order of each sum depends on
// k only.
template <class A, int rows, class T>
void multiply_block(const NarrowProduct<T>& p, const T* x, T* y, std::int64_t column) {
  using V = Pack<T, A>;
  const std::int64_t step = column_step(p);
  const T* w[block_columns];
  // Beyond the last column the last one is computed again, and not stored.
  for (int c = 0; c < block_columns; ++c)
    w[c] = p.w + (column + c * step < p.n ? column + c * step : p.n - 1) * p.row_w;
  V sums[rows][block_columns];
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < block_columns; ++c) sums[r][c] = V(T(0));
  for_each_pack<A, T>(p.k, [&](std::int64_t i, auto count) {
    V each[rows];
    for (int r = 0; r < rows; ++r) each[r] = load<A>(x + r * p.row_x + i, count, T(0));
    for (int c = 0; c < block_columns; ++c) {
      V factor = load<A>(w[c] + i, count, T(0));
      for (int r = 0; r < rows; ++r) sums[r][c] = fused(each[r], factor, sums[r][c]);
    }
  });
  for (int r = 0; r < rows; ++r) {
    alignas(32) T products[block_columns];
    sum_lanes_of_four(sums[r], products);
    for (int c = 0; c < block_columns && column + c * step < p.n; ++c) {
      T& out = y[r * p.row_y + column + c * step];
      out = p.beta == T(0) ? p.alpha * products[c] : p.alpha * products[c] + p.beta * out;
    }
  }
}

// `count` rows, at most `rows`.
template <class A, int rows, class T>
void multiply_rows(const NarrowProduct<T>& p, const T* x, T* y, std::int64_t column, std::int64_t count) {
  if constexpr (rows > 1)
    if (count < rows) return multiply_rows<A, rows - 1>(p, x, y, column, count);
  multiply_block<A, rows>(p, x, y, column);
}

template <class A, class T>
void run_narrow(const NarrowProduct<T>& p) {
  for (std::int64_t column = 0; column < column_step(p); ++column)
    for (std::int64_t row = 0; row < p.m; row += block_rows<A>)
      multiply_rows<A, block_rows<A>>(p, p.x + row * p.row_x, p.y + row * p.row_y, column, p.m - row);
}

}  // namespace gradloom::simd
