// The product of two large matrices at the speed of the processor's multiply-adds: tiles of C in registers, B packed in
// panels as wide as a tile, in blocks that the second-level cache holds. Included only by files compiled for one
// instruction set: every function is a template over the architecture.
#pragma once

#include "tensor/simd/rows.h"

namespace gradloom::simd {

// Two sums a row, two packs of B and one number of A fill the registers: 32 with AVX-512, else 16.
constexpr int tile_packs = 2;
template <class A>
constexpr int tile_rows = Pack<float, A>::size >= 16 ? 12 : 6;
template <class A, class T>
constexpr std::int64_t panel_width = tile_packs* Pack<T, A>::size;

// Up to as many rows read an untransposed B where it is: packing it would take as long as the product.
template <class A>
constexpr std::int64_t in_place_rows = Pack<float, A>::size >= 16 ? 96 : 24;

// The depth and the rows of a block: what is packed of A stays in the second-level cache.
template <class A>
constexpr std::int64_t depth_most = Pack<float, A>::size >= 16 ? block_depth : 384;
template <class A>
constexpr std::int64_t rows_most = Pack<float, A>::size >= 16 ? block_rows_most : 144;

// How a tile finds its operands: op(A)'s element (r, p) at a[r row + p], or, across, at a[r + p row]; B's row p, as
// wide as the tile, at b + p row_b.
template <class T>
struct TileOperands {
  std::int64_t depth;
  const T* a;
  std::int64_t row_a;
  const T* b;
  std::int64_t row_b;
};

template <class T>
struct TileResult {
  T alpha, beta;
  T* c;
  std::int64_t row_c, columns;  // of the tile: fewer at the matrix's edge
  const T* bias;                // of the tile's columns, or null
};

// `column` is the pack's first in the tile.
template <class A, class T>
[[gnu::always_inline]] inline void store_scaled(const TileResult<T>& to, T* c, std::int64_t column, Pack<T, A> sum,
                                                auto count) {
  Pack<T, A> y = Pack<T, A>(to.alpha) * sum;
  if (to.beta != T(0)) y = fused(Pack<T, A>(to.beta), load<A>(static_cast<const T*>(c), count, T(0)), y);
  if (to.bias != nullptr) y = y + load<A>(to.bias + column, count, T(0));
  store(y, c, count);
}

// Each sum runs over the depth in order, whatever the tile: an element's bits do not depend on its neighbours.
template <class A, int rows, int packs, bool across, class T>
void multiply_tile(const TileOperands<T>& from, const TileResult<T>& to) {
  using V = Pack<T, A>;
  constexpr int width = V::size, groups = (rows + 3) / 4;
  // The lines of C are on their way while the sums are made.
#pragma GCC unroll 12
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 2
    for (int c = 0; c < packs; ++c) __builtin_prefetch(to.c + r * to.row_c + c * width, 1);
  V sums[rows][packs];
#pragma GCC unroll 12
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 2
    for (int c = 0; c < packs; ++c) sums[r][c] = V(T(0));
  // One pointer for four rows: twelve would not leave enough registers for addresses.
  const std::int64_t row = across ? 1 : from.row_a, step = across ? from.row_a : 1, rows_3 = 3 * row;
  const T* group[groups];
#pragma GCC unroll 3
  for (int g = 0; g < groups; ++g) group[g] = from.a + 4 * g * row;
  const T* b = from.b;
  for (std::int64_t p = 0; p < from.depth; ++p) {
    V each[packs];
#pragma GCC unroll 2
    for (int c = 0; c < packs; ++c) each[c] = V::load_unaligned(b + c * width);
#pragma GCC unroll 12
    for (int r = 0; r < rows; ++r) {
      V factor(group[r / 4][r % 4 == 3 ? rows_3 : r % 4 * row]);
#pragma GCC unroll 2
      for (int c = 0; c < packs; ++c) sums[r][c] = fused(factor, each[c], sums[r][c]);
    }
#pragma GCC unroll 3
    for (int g = 0; g < groups; ++g) group[g] += step;
    b += from.row_b;
  }
#pragma GCC unroll 12
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 2
    for (int c = 0; c < packs; ++c) {
      T* at = to.c + r * to.row_c + c * width;
      std::int64_t count = to.columns - c * width;
      if (count >= width)
        store_scaled<A>(to, at, c * width, sums[r][c], All());
      else if (count > 0)
        store_scaled<A>(to, at, c * width, sums[r][c], count);
    }
}

// `rows` rows, or by halves what is left of them.
template <class A, int rows, int packs, bool across, class T>
void multiply_rows_of_tile(std::int64_t count, const TileOperands<T>& from, const TileResult<T>& to) {
  if (count == 0) return;
  constexpr int fewer = rows == 12 ? 8 : rows == 6 ? 4 : rows / 2;
  if constexpr (rows > 1)
    if (count < rows) return multiply_rows_of_tile<A, fewer, packs, across>(count, from, to);
  multiply_tile<A, rows, packs, across>(from, to);
  TileOperands<T> rest = from;
  TileResult<T> rest_to = to;
  rest.a += across ? rows : rows * from.row_a;
  rest_to.c += rows * to.row_c;
  if constexpr (rows > 1) multiply_rows_of_tile<A, fewer, packs, across>(count - rows, rest, rest_to);
}

// A square of op(B), stored transposed, into rows of a panel. `count` rows of B and `deep` of their elements are there.
template <class A, class T>
void pack_square(const T* from, std::int64_t ld, std::int64_t count, std::int64_t deep, T* to) {
  using V = Pack<T, A>;
  constexpr std::int64_t width = V::size, wide = panel_width<A, T>;
  V rows[width];
  if (count == width && deep == width) {
#pragma GCC unroll 16
    for (std::int64_t r = 0; r < width; ++r) rows[r] = load<A>(from + r * ld, All(), T(0));
    transpose_square(rows);
#pragma GCC unroll 16
    for (std::int64_t r = 0; r < width; ++r) rows[r].store_unaligned(to + r * wide);
    return;
  }
  for (std::int64_t r = 0; r < width; ++r)
    rows[r] = r >= count      ? V(T(0))
              : deep == width ? load<A>(from + r * ld, All(), T(0))
                              : load<A>(from + r * ld, deep, T(0));
  transpose_square(rows);
  for (std::int64_t r = 0; r < deep; ++r) rows[r].store_unaligned(to + r * wide);
}

// Where element `i` of the sums lies.
template <class T>
std::int64_t row_of_depth(const BlockProduct<T>& p, std::int64_t i) {
  return p.depths == nullptr ? i : p.depths[i];
}

// Where row `i` of op(A), untransposed, and of C lies.
template <class T>
std::int64_t place_of_row(const BlockProduct<T>& p, std::int64_t i) {
  return p.rows == nullptr ? i : p.rows[i];
}

// `columns` columns of op(B), `depth` deep from row `first`, as a panel of `panel_width` with zeros beyond them.
template <class A, class T>
void pack_panel(const BlockProduct<T>& p, std::int64_t first, std::int64_t depth, std::int64_t column,
                std::int64_t columns, T* panel) {
  using V = Pack<T, A>;
  constexpr std::int64_t width = V::size, wide = panel_width<A, T>;
  for (std::int64_t half = 0; half < wide; half += width) {
    std::int64_t count = columns - half < width ? columns - half : width;
    T* to = panel + half;
    if (count <= 0) {
      for (std::int64_t i = 0; i < depth; ++i) V(T(0)).store_unaligned(to + i * wide);
    } else if (p.transpose_b) {
      const T* from = p.b + (column + half) * p.ldb + first;
      for (std::int64_t i = 0; i < depth; i += width)
        pack_square<A>(from + i, p.ldb, count, depth - i < width ? depth - i : width, to + i * wide);
    } else {
      for (std::int64_t i = 0; i < depth; ++i) {
        const T* from = p.b + row_of_depth(p, first + i) * p.ldb + column + half;
        V row = count == width ? load<A>(from, All(), T(0)) : load<A>(from, count, T(0));
        row.store_unaligned(to + i * wide);
      }
    }
  }
}

// From one panel of rows to the next: a store of a whole pack reaches beyond a panel's last row.
template <class A>
constexpr std::int64_t across_panel(std::int64_t depth) {
  return tile_rows<A> * depth + 16;
}

// `rows` rows of op(A), stored [k, m], as panels of tile_rows rows: element (r, p) of a panel at [p tile_rows + r].
template <class A, class T>
void pack_rows_across(const BlockProduct<T>& p, std::int64_t first, std::int64_t depth, std::int64_t row,
                      std::int64_t rows, T* packed) {
  for (std::int64_t i = 0; i < depth; ++i) {
    const T* from = p.a + row_of_depth(p, first + i) * p.lda + row;
    T* to = packed + i * tile_rows<A>;
    // What is stored beyond a row's end is overwritten by the panel's next row.
    constexpr std::int64_t width = Pack<T, A>::size;
    std::int64_t r = 0;
    for (; r + width <= rows; r += tile_rows<A>, to += across_panel<A>(depth))
      load<A>(from + r, All(), T(0)).store_unaligned(to);
    for (; r < rows; r += tile_rows<A>, to += across_panel<A>(depth))
      load<A>(from + r, rows - r, T(0)).store_unaligned(to);
  }
}

// Adds the sums of packed rows to `rows` numbers. Four sums side by side hide the latency of additions.
template <class A, class T>
void add_sums_across(const T* packed, std::int64_t depth, std::int64_t rows, double* sums) {
  using V = Pack<T, A>;
  constexpr std::int64_t tile = tile_rows<A>;
  for (std::int64_t r = 0; r < rows; r += tile, packed += across_panel<A>(depth)) {
    V sum[4] = {V(T(0)), V(T(0)), V(T(0)), V(T(0))};
    std::int64_t i = 0;
    for (; i + 4 <= depth; i += 4)
      for (std::int64_t k = 0; k < 4; ++k) sum[k] = sum[k] + V::load_unaligned(packed + (i + k) * tile);
    for (; i < depth; ++i) sum[0] = sum[0] + V::load_unaligned(packed + i * tile);
    // The lanes beyond a panel's rows hold those of the next p.
    alignas(64) T lanes[V::size];
    ((sum[0] + sum[1]) + (sum[2] + sum[3])).store_aligned(lanes);
    for (std::int64_t k = 0; k < tile && r + k < rows; ++k) sums[r + k] += static_cast<double>(lanes[k]);
  }
}

template <class A, class T>
void copy_rows(const BlockProduct<T>& p, std::int64_t first, std::int64_t depth, std::int64_t row, std::int64_t rows,
               T* packed) {
  for (std::int64_t r = 0; r < rows; ++r) {
    const T* from = p.a + place_of_row(p, row + r) * p.lda + first;
    T* to = packed + r * depth;
    for_each_pack<A, T>(depth,
                        [=](std::int64_t i, auto count) { store(load<A>(from + i, count, T(0)), to + i, count); });
  }
}

// Where the rows of A lie for the tiles of a block.
template <class T>
struct BlockRows {
  const T* at;
  std::int64_t row, tile;  // elements from row to row (across: from p to p), and from tile to tile
};

template <class A, class T>
BlockRows<T> rows_of_block(const BlockProduct<T>& p, std::int64_t first, std::int64_t depth, std::int64_t row,
                           std::int64_t rows, T* packed) {
  if (p.transpose_a) {
    pack_rows_across<A>(p, first, depth, row, rows, packed);
    return {packed, tile_rows<A>, across_panel<A>(depth)};
  }
  // Rows far apart would share few lines of the caches; chosen ones are brought together.
  if (p.rows != nullptr || (p.lda > 2 * depth && p.n > 2 * panel_width<A, T>)) {
    copy_rows<A>(p, first, depth, row, rows, packed);
    return {packed, depth, tile_rows<A> * depth};
  }
  return {p.a + row * p.lda + first, p.lda, tile_rows<A> * p.lda};
}

// A tile whose rows of C are not side by side: in a square of its own, from which they go to their places.
template <class A, int packs, class T>
void multiply_scattered_rows(std::int64_t count, const TileOperands<T>& from, const TileResult<T>& to,
                             const std::int64_t* places) {
  constexpr std::int64_t wide = panel_width<A, T>;
  // The halves that follow a whole tile are never reached; the compiler counts them in.
  alignas(64) T square[2 * tile_rows<A> * wide + 3 * wide];
  auto move_rows = [&](bool back) {
    for (std::int64_t r = 0; r < count; ++r)
      for_each_pack<A, T>(to.columns, [&](std::int64_t i, auto n) {
        T *there = to.c + places[r] * to.row_c + i, *here = square + r * wide + i;
        if (back)
          store(load<A>(static_cast<const T*>(here), n, T(0)), there, n);
        else
          store(load<A>(static_cast<const T*>(there), n, T(0)), here, n);
      });
  };
  if (to.beta != T(0)) move_rows(false);
  multiply_rows_of_tile<A, tile_rows<A>, packs, false>(count, from,
                                                       {to.alpha, to.beta, square, wide, to.columns, to.bias});
  move_rows(true);
}

// `places`, where not null, says where in C the rows belong.
template <class A, bool across, class T>
void multiply_block_rows(const BlockRows<T>& a, std::int64_t rows, std::int64_t depth, const T* b, std::int64_t row_b,
                         const TileResult<T>& to, const std::int64_t* places) {
  constexpr std::int64_t width = Pack<T, A>::size;
  TileResult<T> result = to;
  for (std::int64_t r = 0; r < rows; r += tile_rows<A>) {
    TileOperands<T> from{depth, a.at + r / tile_rows<A> * a.tile, a.row, b, row_b};
    std::int64_t count = rows - r < tile_rows<A> ? rows - r : tile_rows<A>;
    if (places != nullptr && places[r + count - 1] - places[r] != count - 1) {
      if constexpr (!across) multiply_scattered_rows<A, tile_packs>(count, from, to, places + r);
      continue;
    }
    if (places != nullptr) result.c = to.c + places[r] * to.row_c;
    if (to.columns > width)
      multiply_rows_of_tile<A, tile_rows<A>, tile_packs, across>(count, from, result);
    else
      multiply_rows_of_tile<A, tile_rows<A>, 1, across>(count, from, result);
    if (places == nullptr) result.c += tile_rows<A> * to.row_c;
  }
}

// Where a block of op(B) begins when all of it is packed.
template <class A, class T>
std::int64_t place_in_packed(const BlockProduct<T>& p, std::int64_t begin, std::int64_t end, std::int64_t first) {
  constexpr std::int64_t wide = panel_width<A, T>;
  return begin * p.k + first * ((end - begin + wide - 1) / wide * wide);
}

// op(B)'s columns [begin, end), all of op(A)'s rows, `depth` deep from `first`.
template <class A, class T>
void multiply_depth(const BlockProduct<T>& p, std::int64_t begin, std::int64_t end, std::int64_t first,
                    std::int64_t depth) {
  constexpr std::int64_t wide = panel_width<A, T>;
  T beta = first == 0 ? p.beta : T(1);
  // Added to whole sums, so that it changes them as an addition of its own would.
  const T* bias = first + depth == p.k ? p.bias : nullptr;
  bool in_place = !p.transpose_b && p.depths == nullptr && p.m <= in_place_rows<A>;
  bool is_one_block = p.m <= rows_most<A>;
  T* packed_a = p.buffer + block_depth * block_columns_most;
  for (std::int64_t row = 0; row < p.m; row += rows_most<A>) {
    std::int64_t rows = p.m - row < rows_most<A> ? p.m - row : rows_most<A>;
    BlockRows<T> a = rows_of_block<A>(p, first, depth, row, rows, packed_a);
    if (p.sums != nullptr && begin == 0) add_sums_across<A>(packed_a, depth, rows, p.sums + row);
    for (std::int64_t column = begin; column < end; column += wide) {
      std::int64_t columns = end - column < wide ? end - column : wide;
      bool is_packed = !in_place || columns < wide || p.packed != nullptr;
      // A panel is packed when it is first used; one that is used once need not outlast the first-level cache.
      T* panel = p.buffer + (is_one_block ? 0 : (column - begin) * depth);
      const T* b = is_packed ? panel : p.b + first * p.ldb + column;
      if (p.packed != nullptr)
        b = p.packed + place_in_packed<A>(p, begin, end, first) + (column - begin) * depth;
      else if (is_packed && row == 0)
        pack_panel<A>(p, first, depth, column, columns, panel);
      const std::int64_t* places = p.rows == nullptr ? nullptr : p.rows + row;
      TileResult<T> to{p.alpha, beta,    p.c + (places == nullptr ? row * p.ldc : 0) + column,
                       p.ldc,   columns, bias == nullptr ? nullptr : bias + column};
      if (p.transpose_a)
        multiply_block_rows<A, true>(a, rows, depth, b, is_packed ? wide : p.ldb, to, places);
      else
        multiply_block_rows<A, false>(a, rows, depth, b, is_packed ? wide : p.ldb, to, places);
    }
  }
}

// Calls f(begin, end, first, depth) for the blocks of op(B): columns, and a depth that depends on k only.
template <class A, class T, class F>
void for_each_block(const BlockProduct<T>& p, F f) {
  std::int64_t blocks = (p.k + depth_most<A> - 1) / depth_most<A>, depth = (p.k + blocks - 1) / blocks;
  for (std::int64_t begin = 0; begin < p.n; begin += block_columns_most) {
    std::int64_t end = p.n - begin < block_columns_most ? p.n : begin + block_columns_most;
    for (std::int64_t first = 0; first < p.k; first += depth)
      f(begin, end, first, p.k - first < depth ? p.k - first : depth);
  }
}

template <class A, class T>
void run_block_product(const BlockProduct<T>& p) {
  for_each_block<A>(
      p, [&](auto begin, auto end, auto first, auto depth) { multiply_depth<A>(p, begin, end, first, depth); });
}

template <class A, class T>
void pack_whole(const BlockProduct<T>& p, T* to) {
  constexpr std::int64_t wide = panel_width<A, T>;
  for_each_block<A>(p, [&](auto begin, auto end, auto first, auto depth) {
    for (std::int64_t column = begin; column < end; column += wide)
      pack_panel<A>(p, first, depth, column, end - column < wide ? end - column : wide,
                    to + place_in_packed<A>(p, begin, end, first) + (column - begin) * depth);
  });
}

}  // namespace gradloom::simd
