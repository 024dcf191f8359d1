// Products by one of three kernels: our own for a few rows, our own for large matrices where there is one for the
// instruction set, and BLAS through xtensor-blas's cxxblas: one call a part, matrix-vector products where one side is a
// vector; and the cases that BLAS leaves open (no elements, nothing to sum over).
#include "tensor/gemm.h"

#include <sys/mman.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "base/error.h"
#include "tensor/simd.h"
#include "tensor/tensor.h"
#include "tensor/threads.h"
#include "tensor/xt.h"

namespace gradloom {

namespace {

template <class T>
struct Product {
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
  const T* bias = nullptr;
  const T* packed = nullptr;
  double* sums = nullptr;
  const std::int64_t* chosen_rows = nullptr;
  const std::int64_t* chosen_depths = nullptr;

  Product rows(IndexRange range) const {
    Product part = *this;
    part.m = range.size();
    if (chosen_rows != nullptr) {
      part.chosen_rows += range.begin;
      return part;
    }
    part.a += range.begin * (transpose_a ? 1 : lda);
    part.c += range.begin * ldc;
    if (sums != nullptr) part.sums += range.begin;
    return part;
  }
  Product columns(IndexRange range) const {
    Product part = *this;
    part.n = range.size();
    part.b += range.begin * (transpose_b ? ldb : 1);
    part.c += range.begin;
    if (bias != nullptr) part.bias += range.begin;
    part.packed = nullptr;                     // laid out for all columns
    if (range.begin > 0) part.sums = nullptr;  // one part has them all
    return part;
  }
};

void check_sizes(std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t lda, std::int64_t ldb, std::int64_t ldc) {
  constexpr std::int64_t limit = std::numeric_limits<xt::blas_index_t>::max();
  ensure(std::max({m, n, k, lda, ldb, ldc}) <= limit && std::min({m, n, k}) >= 0, "gemm of m ", m, ", n ", n, ", k ", k,
         " with rows of ", lda, ", ", ldb, " and ", ldc, " elements");
}

xt::blas_index_t index(std::int64_t size) { return static_cast<xt::blas_index_t>(size); }

template <class T>
void scale(const Product<T>& p) {
  for (std::int64_t row = 0; row < p.m; ++row)
    for (T* c = p.c + row * p.ldc; c < p.c + row * p.ldc + p.n; ++c) *c = p.beta == T{0} ? T{0} : *c * p.beta;
}

// y = alpha op(M) x + beta y, M stored [rows, columns].
template <class T>
void multiply_vector(bool transpose, std::int64_t rows, std::int64_t columns, T alpha, const T* matrix, std::int64_t ld,
                     const T* x, std::int64_t step_x, T beta, T* y, std::int64_t step_y) {
  cxxblas::gemv<xt::blas_index_t>(cxxblas::RowMajor, transpose ? cxxblas::Trans : cxxblas::NoTrans, index(rows),
                                  index(columns), alpha, matrix, index(std::max(ld, columns)), x, index(step_x), beta,
                                  y, index(step_y));
}

// OpenBLAS maps a buffer for each thread that calls it, and asks for ever when there is no memory: a thread asks first.
void require_blas_buffer() {
  thread_local bool is_there = false;
  if (is_there) return;
  constexpr std::size_t bytes = std::size_t{128} << 20;  // of builds that choose kernels at run time
  void* buffer = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  require(buffer != MAP_FAILED, Fault::system, "cannot allocate ", bytes,
          " bytes, the buffer of one thread for matrix products");
  ::munmap(buffer, bytes);
  is_there = true;
}

template <class T>
void multiply(const Product<T>& p) {
  if (p.m == 0 || p.n == 0) return;
  if (p.k == 0) return scale(p);
  require_blas_buffer();
  if (p.m == 1) {
    std::int64_t step_a = p.transpose_a ? p.lda : 1;
    if (p.beta == T{0}) std::fill_n(p.c, p.n, T{0});  // gemv would keep a NaN that stood there
    T beta = p.beta == T{0} ? T{1} : p.beta;
    if (p.transpose_b) return multiply_vector(false, p.n, p.k, p.alpha, p.b, p.ldb, p.a, step_a, beta, p.c, 1);
    return multiply_vector(true, p.k, p.n, p.alpha, p.b, p.ldb, p.a, step_a, beta, p.c, 1);
  }
  if (p.n == 1) {
    std::int64_t step_b = p.transpose_b ? 1 : p.ldb;
    T beta = p.beta == T{0} ? T{1} : p.beta;
    if (p.beta == T{0}) scale(p);
    if (p.transpose_a) return multiply_vector(true, p.k, p.m, p.alpha, p.a, p.lda, p.b, step_b, beta, p.c, p.ldc);
    return multiply_vector(false, p.m, p.k, p.alpha, p.a, p.lda, p.b, step_b, beta, p.c, p.ldc);
  }
  cxxblas::gemm<xt::blas_index_t>(cxxblas::RowMajor, p.transpose_a ? cxxblas::Trans : cxxblas::NoTrans,
                                  p.transpose_b ? cxxblas::Trans : cxxblas::NoTrans, index(p.m), index(p.n), index(p.k),
                                  p.alpha, p.a, index(std::max(p.lda, p.transpose_a ? p.m : p.k)), p.b,
                                  index(std::max(p.ldb, p.transpose_b ? p.k : p.n)), p.beta, p.c,
                                  index(std::max(p.ldc, p.n)));
}

template <class F>
void run_parts(ThreadPool* pool, std::int64_t parts, F&& f) {
  if (pool != nullptr) return pool->for_each_part(parts, f);
  for (std::int64_t part = 0; part < parts; ++part) f(part);
}

// m n k, or a number as large as any rule asks for.
std::int64_t work_of(std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t batch = 1) {
  double work = static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k) * static_cast<double>(batch);
  return static_cast<std::int64_t>(std::min(work, 1e15));
}

enum class ProductKernel { blas, narrow, blocks };

// Small products are best left to BLAS's kernels for them.
template <class T>
ProductKernel kernel_for(const Product<T>& p) {
  if (is_narrow(p.transpose_a, p.transpose_b, p.m, p.n, p.k)) return ProductKernel::narrow;
  bool is_large = p.m >= (p.transpose_b ? 13 : 4) && std::min(p.n, p.k) >= 32;
  return is_large && simd::tiles<T>().product != nullptr ? ProductKernel::blocks : ProductKernel::blas;
}

template <class T>
void add_bias(const Product<T>& p) {
  for (std::int64_t row = 0; row < p.m && p.bias != nullptr; ++row) {
    T* c = p.c + row * p.ldc;
    simd::binary(simd::BinaryFunction::add, simd::Operands::vector_vector, c, p.bias, c, p.n);
  }
}

template <class T>
T* block_buffer() {
  thread_local std::shared_ptr<std::byte> buffer = allocate_bytes(simd::block_buffer * sizeof(T));
  return reinterpret_cast<T*>(buffer.get());
}

// The kernel is chosen by the shape of the whole product, so that a part's own shape cannot change it.
template <class T>
void multiply_part(const Product<T>& part, ProductKernel kernel) {
  switch (kernel) {
    case ProductKernel::blas:
      multiply(part);
      return add_bias(part);
    case ProductKernel::narrow:
      simd::tiles<T>().narrow(
          {part.m, part.n, part.k, part.alpha, part.a, part.lda, part.b, part.ldb, part.beta, part.c, part.ldc});
      return add_bias(part);
    case ProductKernel::blocks:
      return simd::tiles<T>().product({part.transpose_a, part.transpose_b, part.m, part.n, part.k, part.alpha, part.a,
                                       part.lda, part.b, part.ldb, part.beta, part.c, part.ldc, block_buffer<T>(),
                                       part.packed, part.bias, part.sums, part.chosen_rows, part.chosen_depths});
  }
}

template <class T>
void multiply_split(const Product<T>& p, ProductKernel kernel, ThreadPool* pool) {
  GemmSplit split = gemm_split(p.transpose_a, p.transpose_b, p.m, p.n, p.k);
  // How blocks are dealt out changes no bit, so one thread need not pack anything twice.
  if (kernel == ProductKernel::blocks)
    split.parts =
        std::min<std::int64_t>(pool == nullptr ? 1 : pool->size(), count_parts(work_of(p.m, p.n, p.k), 1 << 19, 64));
  // Parts begin at multiples of 16 elements, a cache line of floats, so that two threads never write the same one.
  run_parts(pool, split.parts, [&](std::int64_t part) {
    if (split.parts == 1)
      multiply_part(p, kernel);
    else if (split.columns)
      multiply_part(p.columns(part_of(p.n, split.parts, part, 16)), kernel);
    else
      multiply_part(p.rows(part_of(p.m, split.parts, part, 16)), kernel);
  });
}

}  // namespace

bool is_narrow(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k) {
  // Small products are best left to BLAS's kernels for them.
  return !transpose_a && transpose_b && k >= 64 && (m == 1 || (n >= 128 && m <= simd::tiles<float>().narrow_rows));
}

GemmSplit gemm_split(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k) {
  std::int64_t work = work_of(m, n, k);
  // Where nothing is packed only the hand-over counts: 64 Ki elements take some 10 us.
  if (is_narrow(transpose_a, transpose_b, m, n, k)) return {count_parts(work, 1 << 16, 8), true};
  bool columns = n >= 4 * m || (m <= 256 && n > m);
  if (std::min(m, n) == 1) return {count_parts(work, 1 << 16, 8), columns};
  return {work >= 1'000'000 && std::max(m, n) >= 64 ? 2 : 1, columns};
}

template <class T>
void gemm(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k, T alpha, const T* a,
          std::int64_t lda, const T* b, std::int64_t ldb, T beta, T* c, std::int64_t ldc, ThreadPool* pool,
          const T* bias, const T* packed) {
  check_sizes(m, n, k, lda, ldb, ldc);
  Product<T> product{transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, bias, packed};
  multiply_split(product, kernel_for(product), pool);
}

template <class T>
std::int64_t packed_for_gemm(bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k) {
  if (kernel_for(Product<T>{false, transpose_b, m, n, k, 1, nullptr, k, nullptr, n, 0, nullptr, n}) !=
      ProductKernel::blocks)
    return 0;
  const std::int64_t panel = simd::tiles<T>().panel;
  return k * ((n + panel - 1) / panel * panel);
}

template <class T>
void pack_for_gemm(bool transpose_b, std::int64_t n, std::int64_t k, const T* b, std::int64_t ldb, T* packed) {
  simd::BlockProduct<T> product{false, transpose_b, 0, n, k, 1, nullptr, 0, b, ldb, 0, nullptr, 0, nullptr};
  simd::tiles<T>().pack(product, packed);
}

template <class T>
bool gemm_of_rows(bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k, const T* a, const T* b, T* c,
                  std::span<const std::int64_t> rows, ThreadPool* pool, const T* bias, const T* packed) {
  check_sizes(m, n, k, k, transpose_b ? k : n, n);
  Product<T> product{false, transpose_b, m, n, k, 1, a, k, b, transpose_b ? k : n, 0, c, n, bias, packed};
  if (kernel_for(product) != ProductKernel::blocks) return false;
  product.m = static_cast<std::int64_t>(rows.size());
  product.chosen_rows = rows.data();
  if (!rows.empty()) multiply_split(product, ProductKernel::blocks, pool);
  return true;
}

template <class T>
bool gemm_over_rows(std::int64_t m, std::int64_t n, std::int64_t k, const T* a, const T* b, T* c,
                    std::span<const std::int64_t> rows, ThreadPool* pool, double* sums) {
  check_sizes(m, n, k, m, n, n);
  Product<T> product{true, false, m, n, k, 1, a, m, b, n, 0, c, n};
  if (kernel_for(product) != ProductKernel::blocks) return false;
  product.k = static_cast<std::int64_t>(rows.size());
  product.chosen_depths = rows.data();
  product.sums = sums;
  if (rows.empty())
    scale(product);
  else
    multiply_split(product, ProductKernel::blocks, pool);
  return true;
}

template <class T>
void gemm_batched(bool transpose_a, bool transpose_b, std::int64_t batch, std::int64_t m, std::int64_t n,
                  std::int64_t k, T alpha, const T* a, std::int64_t lda, std::int64_t stride_a, const T* b,
                  std::int64_t ldb, std::int64_t stride_b, T beta, T* c, std::int64_t ldc, std::int64_t stride_c,
                  ThreadPool* pool) {
  check_sizes(m, n, k, lda, ldb, ldc);
  auto item = [&](std::int64_t i) {
    return Product<T>{transpose_a, transpose_b,      m,  n, k, alpha, a + i * stride_a, lda, b + i * stride_b, ldb,
                      beta,        c + i * stride_c, ldc};
  };
  if (batch == 1) return multiply_split(item(0), kernel_for(item(0)), pool);
  // Whole items a part: how they are dealt out cannot change a bit.
  std::int64_t parts = count_parts(work_of(m, n, k, batch), 1 << 19, std::min<std::int64_t>(batch, 16));
  ProductKernel kernel = kernel_for(item(0));
  run_parts(pool, parts, [&](std::int64_t part) {
    IndexRange range = part_of(batch, parts, part);
    for (std::int64_t i = range.begin; i < range.end; ++i) multiply_part(item(i), kernel);
  });
}

template std::int64_t packed_for_gemm<float>(bool, std::int64_t, std::int64_t, std::int64_t);
template std::int64_t packed_for_gemm<double>(bool, std::int64_t, std::int64_t, std::int64_t);
template void pack_for_gemm(bool, std::int64_t, std::int64_t, const float*, std::int64_t, float*);
template void pack_for_gemm(bool, std::int64_t, std::int64_t, const double*, std::int64_t, double*);
template bool gemm_of_rows(bool, std::int64_t, std::int64_t, std::int64_t, const float*, const float*, float*,
                           std::span<const std::int64_t>, ThreadPool*, const float*, const float*);
template bool gemm_of_rows(bool, std::int64_t, std::int64_t, std::int64_t, const double*, const double*, double*,
                           std::span<const std::int64_t>, ThreadPool*, const double*, const double*);
template bool gemm_over_rows(std::int64_t, std::int64_t, std::int64_t, const float*, const float*, float*,
                             std::span<const std::int64_t>, ThreadPool*, double*);
template bool gemm_over_rows(std::int64_t, std::int64_t, std::int64_t, const double*, const double*, double*,
                             std::span<const std::int64_t>, ThreadPool*, double*);
template void gemm(bool, bool, std::int64_t, std::int64_t, std::int64_t, float, const float*, std::int64_t,
                   const float*, std::int64_t, float, float*, std::int64_t, ThreadPool*, const float*, const float*);
template void gemm(bool, bool, std::int64_t, std::int64_t, std::int64_t, double, const double*, std::int64_t,
                   const double*, std::int64_t, double, double*, std::int64_t, ThreadPool*, const double*,
                   const double*);
template void gemm_batched(bool, bool, std::int64_t, std::int64_t, std::int64_t, std::int64_t, float, const float*,
                           std::int64_t, std::int64_t, const float*, std::int64_t, std::int64_t, float, float*,
                           std::int64_t, std::int64_t, ThreadPool*);
template void gemm_batched(bool, bool, std::int64_t, std::int64_t, std::int64_t, std::int64_t, double, const double*,
                           std::int64_t, std::int64_t, const double*, std::int64_t, std::int64_t, double, double*,
                           std::int64_t, std::int64_t, ThreadPool*);

}  // namespace gradloom
