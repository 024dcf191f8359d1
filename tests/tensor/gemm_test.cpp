// Products against plain loops, with every transpose, odd sizes, strided rows, empty sizes and NaN in the old C; and
// the same bits for every number of threads.
#include "tensor/gemm.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "base/error.h"
#include "tensor/blas.h"
#include "tensor/random.h"
#include "tensor/threads.h"
#include "tests/tensor/simd_sets.h"

using namespace gradloom;

namespace {

template <class T>
std::vector<T> draws(std::int64_t count, std::int64_t stream) {
  std::vector<T> out(static_cast<std::size_t>(count));
  fill_normal(std::span(out), derive_key(3, 0, stream), {});
  return out;
}

struct Case {
  bool transpose_a, transpose_b;
  std::int64_t m, n, k;
  std::int64_t padding = 0;
  double alpha = 1, beta = 0;
};

// The largest difference to plain loops in long double, in units of the largest element.
template <class T>
double worst_error(const Case& s, ThreadPool* pool = nullptr) {
  std::int64_t lda = (s.transpose_a ? s.m : s.k) + s.padding;
  std::int64_t ldb = (s.transpose_b ? s.k : s.n) + s.padding;
  std::int64_t ldc = s.n + s.padding;
  auto a = draws<T>((s.transpose_a ? s.k : s.m) * lda + 1, 1);
  auto b = draws<T>((s.transpose_b ? s.n : s.k) * ldb + 1, 2);
  auto old_c = draws<T>(s.m * ldc + 1, 3);
  auto c = old_c;
  if (s.beta == 0)
    for (T& x : c) x = std::numeric_limits<T>::quiet_NaN();
  gemm<T>(s.transpose_a, s.transpose_b, s.m, s.n, s.k, static_cast<T>(s.alpha), a.data(), lda, b.data(), ldb,
          static_cast<T>(s.beta), c.data(), ldc, pool);
  double worst = 0, largest = 1;
  for (std::int64_t i = 0; i < s.m; ++i)
    for (std::int64_t j = 0; j < s.n; ++j) {
      long double sum = 0;
      for (std::int64_t l = 0; l < s.k; ++l)
        sum += static_cast<long double>(a[static_cast<std::size_t>(s.transpose_a ? l * lda + i : i * lda + l)]) *
               b[static_cast<std::size_t>(s.transpose_b ? j * ldb + l : l * ldb + j)];
      std::size_t at = static_cast<std::size_t>(i * ldc + j);
      long double expected = s.alpha * sum + s.beta * old_c[at];
      double error = static_cast<double>(std::abs(expected - c[at]));
      worst = std::isnan(error) ? error : std::max(worst, error);
      largest = std::max(largest, static_cast<double>(std::abs(expected)));
    }
  // What stands between the rows stays.
  for (std::int64_t i = 0; i < s.m; ++i)
    for (std::int64_t j = s.n; j < ldc; ++j) {
      std::size_t at = static_cast<std::size_t>(i * ldc + j);
      CHECK_UNARY((s.beta == 0 ? std::isnan(c[at]) : c[at] == old_c[at]));
    }
  return worst / largest;
}

}  // namespace

TEST_CASE("tensor/gemm: every transpose and size agrees with plain loops") {
  simd::for_each_instruction_set([] {
    for (bool transpose_a : {false, true})
      for (bool transpose_b : {false, true})
        for (std::array<std::int64_t, 3> size : std::vector<std::array<std::int64_t, 3>>{{1, 1, 1},
                                                                                         {1, 7, 5},
                                                                                         {7, 1, 5},
                                                                                         {7, 5, 1},
                                                                                         {1, 1, 9},
                                                                                         {17, 33, 65},
                                                                                         {64, 256, 70},
                                                                                         {200, 30, 31},
                                                                                         {3, 300, 40},
                                                                                         {1, 70, 67},
                                                                                         {2, 130, 64},
                                                                                         {4, 131, 77},
                                                                                         {11, 150, 100},
                                                                                         {24, 129, 65}})
          for (std::int64_t padding : {0, 3})
            for (double beta : {0.0, 1.0, -0.5}) {
              Case s{transpose_a, transpose_b, size[0], size[1], size[2], padding, 1.5, beta};
              CAPTURE(s.m);
              CAPTURE(s.n);
              CAPTURE(s.k);
              CAPTURE(beta);
              CHECK(worst_error<float>(s) < 2e-6);
              CHECK(worst_error<double>(s) < 4e-15);
            }
  });
}

TEST_CASE("tensor/gemm: products of more than one block, whole tiles and edges") {
  simd::for_each_instruction_set([] {
    for (bool transpose_a : {false, true})
      for (bool transpose_b : {false, true})
        for (std::array<std::int64_t, 3> size : std::vector<std::array<std::int64_t, 3>>{
                 {13, 32, 32}, {96, 64, 64}, {97, 63, 641}, {197, 33, 1300}, {24, 1061, 40}, {5, 80, 33}}) {
          Case s{transpose_a, transpose_b, size[0], size[1], size[2], 0, 0.5, 1};
          CAPTURE(s.m);
          CAPTURE(s.n);
          CAPTURE(s.k);
          CHECK(worst_error<float>(s) < 4e-6);
          s.padding = 1300;
          s.beta = 0;
          CHECK(worst_error<float>(s) < 4e-6);
        }
  });
}

TEST_CASE("tensor/gemm: a bias changes the bits as an addition afterwards does, whatever the kernel and the threads") {
  simd::for_each_instruction_set([] {
    for (bool transpose_b : {false, true})
      for (auto [m, n, k] : std::vector<std::array<std::int64_t, 3>>{
               {1, 70, 67}, {7, 5, 9}, {4, 3, 0}, {11, 150, 100}, {97, 63, 641}, {197, 1061, 1300}}) {
        auto a = draws<float>(m * k, 1), b = draws<float>(n * k, 2), bias = draws<float>(n, 3);
        std::int64_t lda = std::max<std::int64_t>(k, 1), ldb = transpose_b ? lda : n;
        std::vector<float> expected(static_cast<std::size_t>(m * n)), c(expected.size());
        gemm<float>(false, transpose_b, m, n, k, 1, a.data(), lda, b.data(), ldb, 0, expected.data(), n);
        for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += bias[i % bias.size()];
        for (int threads : {1, 3}) {
          ThreadPool pool(threads);
          gemm<float>(false, transpose_b, m, n, k, 1, a.data(), lda, b.data(), ldb, 0, c.data(), n, &pool, bias.data());
          CAPTURE(m);
          CHECK(std::memcmp(c.data(), expected.data(), c.size() * sizeof(float)) == 0);
          // The same with B laid out beforehand.
          std::vector<float> packed(static_cast<std::size_t>(packed_for_gemm<float>(transpose_b, m, n, k)));
          if (packed.empty()) continue;
          pack_for_gemm<float>(transpose_b, n, k, b.data(), ldb, packed.data());
          std::fill(c.begin(), c.end(), 0.0f);
          gemm<float>(false, transpose_b, m, n, k, 1, a.data(), lda, b.data(), ldb, 0, c.data(), n, &pool, bias.data(),
                      packed.data());
          CHECK(std::memcmp(c.data(), expected.data(), c.size() * sizeof(float)) == 0);
        }
      }
  });
}

TEST_CASE("tensor/gemm: sizes of zero") {
  CHECK(worst_error<float>({false, false, 3, 4, 0, 0, 1, 0}) == 0);
  CHECK(worst_error<float>({false, true, 3, 4, 0, 2, 1, 0.5}) == 0);
  CHECK(worst_error<double>({true, false, 0, 4, 3}) == 0);
  CHECK(worst_error<double>({true, true, 4, 0, 3}) == 0);
  gemm_batched<float>(false, false, 0, 2, 2, 2, 1, nullptr, 2, 4, nullptr, 2, 4, 0, nullptr, 2, 4);
}

TEST_CASE("tensor/gemm: the cut depends on the shape only, and so do the bits") {
  configure_blas();
  CHECK(gemm_split(false, true, 64, 768, 256) == GemmSplit{2, true});
  CHECK(gemm_split(false, false, 64, 256, 768) == GemmSplit{2, true});
  CHECK(gemm_split(false, true, 1280, 8000, 256) == GemmSplit{2, true});
  CHECK(gemm_split(true, false, 8000, 256, 1280) == GemmSplit{2, false});
  CHECK(gemm_split(false, false, 32, 20, 64) == GemmSplit{1, false});
  CHECK(gemm_split(false, true, 1, 8000, 256) == GemmSplit{8, true});
  CHECK(gemm_split(false, false, 1, 128, 384) == GemmSplit{1, true});
  CHECK(gemm_split(false, true, 3, 8000, 256) == GemmSplit{8, true});
  CHECK(is_narrow(false, true, 3, 8000, 256));
  CHECK(is_narrow(false, true, 1, 20, 64));
  CHECK_FALSE(is_narrow(false, false, 3, 8000, 256));
  CHECK_FALSE(is_narrow(false, true, 3, 20, 256));
  CHECK_FALSE(is_narrow(false, true, 64, 8000, 256));
  for (std::array<std::int64_t, 3> size : std::vector<std::array<std::int64_t, 3>>{{64, 768, 256},
                                                                                   {67, 259, 101},
                                                                                   {500, 70, 129},
                                                                                   {1, 3001, 257},
                                                                                   {1999, 1, 300},
                                                                                   {5, 3001, 257},
                                                                                   {197, 1061, 645}}) {
    auto a = draws<float>(size[0] * size[2], 1);
    auto b = draws<float>(size[1] * size[2], 2);
    std::vector<float> expected(static_cast<std::size_t>(size[0] * size[1]));
    gemm<float>(false, true, size[0], size[1], size[2], 1, a.data(), size[2], b.data(), size[2], 0, expected.data(),
                size[1]);
    for (int threads : {1, 2, 3, 4}) {
      ThreadPool pool(threads);
      std::vector<float> c(expected.size());
      gemm<float>(false, true, size[0], size[1], size[2], 1, a.data(), size[2], b.data(), size[2], 0, c.data(), size[1],
                  &pool);
      CHECK(std::memcmp(c.data(), expected.data(), c.size() * sizeof(float)) == 0);
      CHECK(worst_error<float>({true, false, size[0], size[1], size[2], 0, 1, 1}, &pool) < 2e-6);
    }
  }
}

TEST_CASE("tensor/gemm: a row decoded alone has the bits that it has in a batch") {
  constexpr std::int64_t m = 13, n = 500, k = 300;
  auto a = draws<float>(m * k, 1);
  auto b = draws<float>(n * k, 2);
  std::vector<float> all(m * n), one(n);
  simd::for_each_instruction_set([&] {
    simd::tiles<float>().narrow({m, n, k, 1, a.data(), k, b.data(), k, 0, all.data(), n});
    for (std::int64_t row = 0; row < m; ++row) {
      gemm<float>(false, true, 1, n, k, 1, a.data() + row * k, k, b.data(), k, 0, one.data(), n);
      CHECK(std::memcmp(all.data() + row * n, one.data(), n * sizeof(float)) == 0);
    }
  });
}

TEST_CASE("tensor/gemm: batches, a shared operand, and threads") {
  constexpr std::int64_t batch = 37, m = 20, n = 21, k = 64;
  auto a = draws<float>(batch * m * k, 1);
  auto b = draws<float>(batch * n * k, 2);
  std::vector<float> whole(batch * m * n), one(m * n);
  for (std::int64_t stride_b : {std::int64_t{0}, n * k}) {
    for (int threads : {1, 2, 3}) {
      ThreadPool pool(threads);
      gemm_batched<float>(false, true, batch, m, n, k, 1, a.data(), k, m * k, b.data(), k, stride_b, 0, whole.data(), n,
                          m * n, &pool);
      for (std::int64_t i = 0; i < batch; ++i) {
        gemm<float>(false, true, m, n, k, 1, a.data() + i * m * k, k, b.data() + i * stride_b, k, 0, one.data(), n);
        CHECK(std::memcmp(whole.data() + i * m * n, one.data(), one.size() * sizeof(float)) == 0);
      }
    }
  }
}

TEST_CASE("tensor/gemm: a size beyond BLAS's integers is a fault") {
  std::int64_t large = std::int64_t{1} << 31;
  CHECK_THROWS_WITH_AS(gemm<float>(false, false, large, 1, 0, 1, nullptr, 1, nullptr, 1, 0, nullptr, 1),
                       "gemm of m 2147483648, n 1, k 0 with rows of 1, 1 and 1 elements (this is a fault of Gradloom; "
                       "please report it)",
                       InternalError);
}
