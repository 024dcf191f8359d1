// Vectorised functions over contiguous numbers, for SSE2, AVX2 and AVX-512, chosen when the program runs: what fused
// plans and fast kernels are made of. Each works on a tile that fits the first-level cache or on a whole row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace gradloom::simd {

enum class InstructionSet : std::uint8_t { baseline, avx2, avx512 };

/// "SSE2" (on other processors than x86-64 "baseline"), "AVX2", "AVX-512".
std::string_view name_of(InstructionSet set);
/// Whether this processor and its operating system have it.
bool is_supported(InstructionSet set);
/// The set in use: from the start the best that is supported.
InstructionSet instruction_set();
/// Uses another set from now on, in the whole process; for tests and comparisons. A UserError when it is not supported.
void use_instruction_set(InstructionSet set);

/// exp, log, log1p, expm1, tanh, sigmoid, erf and softplus are within 3 units in the last place, denormal results
/// included; gelu, silu, hard_swish and mish within 3 units of x. sin, cos and pow, and erf in float64, ask the C
/// library for each element.
enum class UnaryFunction : std::uint8_t {
  neg,
  abs,
  sign,
  square,
  floor,
  ceil,
  round,  ///< half to even
  exp,
  log,
  log1p,
  expm1,
  sqrt,
  rsqrt,
  reciprocal,
  sin,
  cos,
  erf,
  tanh,
  sigmoid,
  relu,
  gelu,  ///< x / 2 (1 + erf(x / sqrt 2))
  softplus,
  silu,
  softsign,
  hard_swish,
  mish,
  count
};
/// minimum and maximum: NaN when either operand is. prelu: a, or a b where a is negative.
enum class BinaryFunction : std::uint8_t { add, sub, mul, div, minimum, maximum, pow, prelu, count };
enum class Comparison : std::uint8_t { equal, not_equal, less, less_equal, greater, greater_equal, count };
/// Which operands are vectors; one that is not is a single number behind its pointer.
enum class Operands : std::uint8_t { vector_vector, vector_scalar, scalar_vector, count };

/// The functions whose operation has this name: "exp", "maximum", "less".
std::optional<UnaryFunction> unary_function(std::string_view operation);
std::optional<BinaryFunction> binary_function(std::string_view operation);
std::optional<Comparison> comparison(std::string_view operation);
std::string_view name_of(UnaryFunction function);

/// One step of Adam (Kingma and Ba, ICLR 2015, algorithm 1; epsilon outside the root).
struct AdamStep {
  double learning_rate = 0;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double correction1 = 1;     ///< 1 - beta1^step
  double correction2 = 1;     ///< 1 - beta2^step
  double gradient_scale = 1;  ///< the clipping factor
};

/// y = alpha x w^T + beta y: x [m, k], w [n, k], y [m, n], with the elements from one row to the next.
template <class T>
struct NarrowProduct {
  std::int64_t m, n, k;
  T alpha;
  const T* x;
  std::int64_t row_x;
  const T* w;
  std::int64_t row_w;
  T beta;
  T* y;
  std::int64_t row_y;
};

/// The blocks in which large products are computed: elements of k, rows of C and columns of C.
inline constexpr std::int64_t block_depth = 640, block_rows_most = 192, block_columns_most = 1024;
/// Elements of the buffer that such a product needs.
inline constexpr std::int64_t block_buffer =
    block_depth * (block_columns_most + block_rows_most) + 16 * block_rows_most;

/// C = alpha op(A) op(B) + beta C, all row-major; transpose_a: A is stored [k, m]; transpose_b: B is stored [n, k].
template <class T>
struct BlockProduct {
  bool transpose_a, transpose_b;
  std::int64_t m, n, k;
  T alpha;
  const T* a;
  std::int64_t lda;
  const T* b;
  std::int64_t ldb;
  T beta;
  T* c;
  std::int64_t ldc;
  T* buffer;  ///< block_buffer elements, aligned to 64 bytes
  /// Where not null, all of op(B) as Tiles::pack lays it out; not with depths.
  const T* packed = nullptr;
  /// Where not null, n numbers that are added to each row of C.
  const T* bias = nullptr;
  /// Where not null, m numbers to which the sums of op(A)'s rows are added; with transpose_a only.
  double* sums = nullptr;
  /// Where not null, row i of op(A) and of C is the one stored at rows[i]; not with transpose_a.
  const std::int64_t* rows = nullptr;
  /// Where not null, element p of the sums is in the rows depths[p] of A and of B; A transposed, B not.
  const std::int64_t* depths = nullptr;
};

/// Every function for one element type and one instruction set. n may be 0; pointers need no alignment; nothing beyond
/// n elements is read. A result may be written over an operand of the same type, at the same place. An element's bits
/// do not depend on its place in the vector.
template <class T>
struct Tiles {
  static constexpr std::size_t unary_count = static_cast<std::size_t>(UnaryFunction::count);
  static constexpr std::size_t binary_count = static_cast<std::size_t>(BinaryFunction::count);
  static constexpr std::size_t comparison_count = static_cast<std::size_t>(Comparison::count);
  static constexpr std::size_t forms = static_cast<std::size_t>(Operands::count);

  void (*unary[unary_count])(const T* x, T* y, std::int64_t n);
  void (*binary[binary_count][forms])(const T* a, const T* b, T* y, std::int64_t n);
  void (*compare[comparison_count][forms])(const T* a, const T* b, bool* y, std::int64_t n);
  /// y = condition ? a : b; the last form has two scalars.
  void (*where[forms + 1])(const bool* condition, const T* a, const T* b, T* y, std::int64_t n);
  /// y = a b + c, rounded once where the processor can.
  void (*multiply_add)(const T* a, const T* b, const T* c, T* y, std::int64_t n);
  /// y += alpha x
  void (*axpy)(T alpha, const T* x, T* y, std::int64_t n);

  /// Blocks of 1024 in T, their sums in double.
  double (*sum)(const T* x, std::int64_t n);
  double (*sum_of_squares)(const T* x, std::int64_t n);
  /// Adds `rows` rows of n numbers, `row` elements apart, to n sums.
  void (*add_rows)(const T* x, std::int64_t row, std::int64_t rows, double* sums, std::int64_t n);
  double (*dot)(const T* a, const T* b, std::int64_t n);
  /// The largest; NaN when one is; -infinity of none.
  T (*max)(const T* x, std::int64_t n);

  /// log(sum of exp(x)), without overflow; -infinity of none.
  T (*log_sum_exp)(const T* x, std::int64_t n);
  /// y = exp(x - shift); the sum of y, as log_sum_exp takes it.
  double (*powers)(const T* x, T shift, T* y, std::int64_t n);
  /// y = scale exp(x - shift)
  void (*scaled_exp)(const T* x, T shift, T scale, T* y, std::int64_t n);
  /// y = exp(x) / sum of exp(x). A row of -infinity only becomes 0.
  void (*softmax)(const T* x, T* y, std::int64_t n);
  /// The same over the elements where keep is true; 0 at the others.
  void (*masked_softmax)(const T* x, const bool* keep, T* y, std::int64_t n);
  /// y = x - log(sum of exp(x)). A row of -infinity only stays so.
  void (*log_softmax)(const T* x, T* y, std::int64_t n);
  /// dx = y (dy - sum of y dy), y being the softmax.
  void (*softmax_gradient)(const T* y, const T* dy, T* dx, std::int64_t n);
  /// dx = dy - exp(y) sum of dy, y being the logarithm of the softmax.
  void (*log_softmax_gradient)(const T* y, const T* dy, T* dx, std::int64_t n);

  /// For a few rows (m) against a large w, which is read once. An element's bits depend on its row, its column and k
  /// only.
  void (*narrow)(const NarrowProduct<T>& product);
  /// The m up to which that is faster than a product that packs w first.
  std::int64_t narrow_rows;

  /// Of any sizes, k at least 1; null where BLAS is as fast. An element's bits depend on its row, its column and k
  /// only.
  void (*product)(const BlockProduct<T>& product);
  /// Lays out op(B) for products of which it is the same: k times n elements, n being rounded up to a multiple of
  /// `panel`.
  void (*pack)(const BlockProduct<T>& product, T* to);
  std::int64_t panel;

  /// Updates parameters and both moments in place from the gradient.
  void (*adam)(const AdamStep& step, const T* gradient, T* parameter, T* moment1, T* moment2, std::int64_t n);
};

/// The functions of the instruction set in use. T: float, double.
template <class T>
const Tiles<T>& tiles();

/// y = f(x), element by element.
template <class T>
void unary(UnaryFunction f, const T* x, T* y, std::int64_t n) {
  tiles<T>().unary[static_cast<std::size_t>(f)](x, y, n);
}

/// y = f(a, b), element by element.
template <class T>
void binary(BinaryFunction f, Operands operands, const T* a, const T* b, T* y, std::int64_t n) {
  tiles<T>().binary[static_cast<std::size_t>(f)][static_cast<std::size_t>(operands)](a, b, y, n);
}

/// y = whether a compares so to b, element by element.
template <class T>
void compare(Comparison f, Operands operands, const T* a, const T* b, bool* y, std::int64_t n) {
  tiles<T>().compare[static_cast<std::size_t>(f)][static_cast<std::size_t>(operands)](a, b, y, n);
}

}  // namespace gradloom::simd
