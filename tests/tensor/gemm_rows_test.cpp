// Products of listed rows against whole products: rows that are not listed hold NaN in what is read and stay as they
// were in what is written, so a kernel that touches one of them is found out.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "tensor/gemm.h"
#include "tensor/random.h"
#include "tensor/threads.h"
#include "tests/tensor/simd_sets.h"

using namespace gradloom;

namespace {

using Rows = std::vector<std::int64_t>;

constexpr float untouched = -77;
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

std::vector<float> draws(std::int64_t count, std::int64_t stream) {
  std::vector<float> out(static_cast<std::size_t>(count));
  fill_normal(std::span(out), derive_key(3, 0, stream), {});
  return out;
}

std::vector<float> filled(std::int64_t count, float value) {
  return std::vector<float>(static_cast<std::size_t>(count), value);
}

// Rows side by side, alone, in gaps that tiles cross, all of them, and none.
std::vector<Rows> lists(std::int64_t count) {
  std::vector<Rows> all(5);
  for (std::int64_t i = 0; i < count; ++i) {
    all[0].push_back(i);
    if (i % 3 != 1) all[1].push_back(i);
    if (i >= count / 2) all[2].push_back(i);
    if (i % 29 < 25) all[3].push_back(i);
  }
  all.push_back({count - 1});
  return all;
}

// A copy of rows [count, width] in which those that are not listed are NaN.
std::vector<float> only(const std::vector<float>& from, std::int64_t width, const Rows& rows) {
  std::vector<float> to(from.size(), nan);
  for (std::int64_t row : rows) std::copy_n(from.begin() + row * width, width, to.begin() + row * width);
  return to;
}

double difference(const float* x, const float* y, std::int64_t count) {
  double worst = 0;
  for (std::int64_t i = 0; i < count; ++i) worst = std::max(worst, std::abs(static_cast<double>(x[i]) - y[i]));
  return worst;
}

bool takes_lists() { return simd::tiles<float>().product != nullptr; }

}  // namespace

TEST_CASE("tensor/gemm_rows: listed rows are those of the whole product, and no other is read or written") {
  simd::for_each_instruction_set([] {
    for (bool transpose_b : {false, true})
      for (auto [m, n, k] : {std::array<std::int64_t, 3>{70, 33, 65}, {300, 130, 700}, {1280, 40, 64}}) {
        auto a = draws(m * k, 1), b = draws(n * k, 2), whole = filled(m * n, 0);
        std::int64_t ldb = transpose_b ? k : n;
        gemm<float>(false, transpose_b, m, n, k, 1, a.data(), k, b.data(), ldb, 0, whole.data(), n);
        for (const Rows& rows : lists(m))
          for (int threads : {1, 3}) {
            ThreadPool pool(threads);
            auto some = only(a, k, rows), c = filled(m * n, untouched);
            bool done = gemm_of_rows<float>(transpose_b, m, n, k, some.data(), b.data(), c.data(), rows, &pool);
            REQUIRE(done == takes_lists());
            for (std::int64_t row = 0; row < m; ++row) {
              const float* got = c.data() + row * n;
              if (done && std::binary_search(rows.begin(), rows.end(), row))
                CHECK(difference(got, whole.data() + row * n, n) < 1e-4);
              else
                CHECK(std::all_of(got, got + n, [](float x) { return x == untouched; }));
            }
            auto biased = filled(m * n, untouched), bias = draws(n, 3);
            gemm_of_rows<float>(transpose_b, m, n, k, some.data(), b.data(), biased.data(), rows, &pool, bias.data());
            for (std::int64_t i = 0; i < m * n; ++i)
              if (biased[static_cast<std::size_t>(i)] != untouched)
                REQUIRE(biased[static_cast<std::size_t>(i)] ==
                        c[static_cast<std::size_t>(i)] + bias[static_cast<std::size_t>(i % n)]);
              else
                REQUIRE(c[static_cast<std::size_t>(i)] == untouched);
          }
      }
  });
}

TEST_CASE("tensor/gemm_rows: a sum over listed rows reads no other") {
  simd::for_each_instruction_set([] {
    for (auto [m, n, k] : {std::array<std::int64_t, 3>{40, 33, 70}, {130, 97, 1300}}) {
      auto a = draws(k * m, 1), b = draws(k * n, 2);
      for (const Rows& rows : lists(k))
        for (int threads : {1, 3}) {
          ThreadPool pool(threads);
          auto some_a = only(a, m, rows), some_b = only(b, n, rows), c = filled(m * n, untouched);
          std::vector<double> sums(static_cast<std::size_t>(m), 1), expected_sums = sums;
          bool done = gemm_over_rows<float>(m, n, k, some_a.data(), some_b.data(), c.data(), rows, &pool, sums.data());
          REQUIRE(done == takes_lists());
          auto expected = filled(m * n, done ? 0 : untouched);
          if (done)
            for (std::int64_t row : rows)
              gemm<float>(true, false, m, n, 1, 1, a.data() + row * m, m, b.data() + row * n, n, 1, expected.data(), n);
          CHECK(difference(c.data(), expected.data(), m * n) < 1e-3);
          for (std::int64_t i = 0; i < m; ++i) {
            double& sum = expected_sums[static_cast<std::size_t>(i)];
            double magnitude = 1;
            if (done)
              for (std::int64_t row : rows) {
                double summand = a[static_cast<std::size_t>(row * m + i)];
                sum += summand;
                magnitude += std::abs(summand);
              }
            REQUIRE(std::abs(sums[static_cast<std::size_t>(i)] - sum) <= 1e-7 * magnitude);
          }
        }
    }
  });
}
