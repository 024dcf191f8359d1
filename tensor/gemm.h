// Matrix products over row-major memory: OpenBLAS behind one signature for float and double, cut into parts by their
// shape only, so that any number of threads gives the same bits.
#pragma once

#include <cstdint>
#include <span>

namespace gradloom {

class ThreadPool;

/// C = alpha op(A) op(B) + beta C, with op(A) [m, k], op(B) [k, n], C [m, n]; transpose_a: A is stored [k, m];
/// transpose_b: B is stored [n, k]. lda, ldb, ldc: elements from one stored row to the next. With beta 0, C need not be
/// initialised; with k 0, C is scaled by beta. C overlaps neither A nor B. The parts run on `pool`, or here when it is
/// null; the bits do not depend on it (configure_blas() having been called). A bias of n numbers is added to each row
/// of C, with the bits of an addition afterwards. T: float, double.
template <class T>
void gemm(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k, T alpha, const T* a,
          std::int64_t lda, const T* b, std::int64_t ldb, T beta, T* c, std::int64_t ldc, ThreadPool* pool = nullptr,
          const T* bias = nullptr, const T* packed = nullptr);

/// Elements of the form that B takes for products of this shape, A being untransposed; 0: they read it as it is. Worth
/// making when B is the same in several of them.
template <class T>
std::int64_t packed_for_gemm(bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k);
template <class T>
void pack_for_gemm(bool transpose_b, std::int64_t n, std::int64_t k, const T* b, std::int64_t ldb, T* packed);

/// `batch` such products, item i beginning at a + i stride_a, b + i stride_b and c + i stride_c. A stride of 0 shares A
/// or B among the items; those of C do not overlap.
template <class T>
void gemm_batched(bool transpose_a, bool transpose_b, std::int64_t batch, std::int64_t m, std::int64_t n,
                  std::int64_t k, T alpha, const T* a, std::int64_t lda, std::int64_t stride_a, const T* b,
                  std::int64_t ldb, std::int64_t stride_b, T beta, T* c, std::int64_t ldc, std::int64_t stride_c,
                  ThreadPool* pool = nullptr);

/// C[r] = A[r] op(B), or plus a bias of n numbers, for the rows r that are listed, in order; all matrices without gaps,
/// A [m, k], C [m, n]. Other rows of A are not read and of C not written. False, and nothing done, where no kernel
/// takes lists: small products, and processors without AVX-512. It sees shape and instruction set, not the list.
template <class T>
bool gemm_of_rows(bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k, const T* a, const T* b, T* c,
                  std::span<const std::int64_t> rows, ThreadPool* pool = nullptr, const T* bias = nullptr,
                  const T* packed = nullptr);

/// C = the sum of A[r]' B[r] over the listed rows r of A [k, m] and B [k, n], and `sums`, where not null, m numbers,
/// that of A[r]; the same otherwise.
template <class T>
bool gemm_over_rows(std::int64_t m, std::int64_t n, std::int64_t k, const T* a, const T* b, T* c,
                    std::span<const std::int64_t> rows, ThreadPool* pool = nullptr, double* sums = nullptr);

/// How a product is cut: `parts` ranges of C's columns, or of its rows.
struct GemmSplit {
  std::int64_t parts = 1;
  bool columns = false;
  friend bool operator==(const GemmSplit&, const GemmSplit&) = default;
};

/// The rule, which sees the shape only. Two parts, since each part packs the operand that it shares with the others
/// again: two cost one thread about 3 % and four about 7 % of the products of a translator. More where nothing is
/// packed: products with a vector, and narrow ones.
GemmSplit gemm_split(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k);

/// Whether op(A) has so few rows and B, stored [n, k], is so large that reading it is the work: such products run on a
/// kernel of our own, whose bits for a row do not depend on the other rows. It sees shape and instruction set.
bool is_narrow(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k);

}  // namespace gradloom
