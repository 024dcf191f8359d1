// Measures the kernels beneath the engine on this machine: the SGEMM peak with and without our choice of BLAS kernels,
// what cutting products by shape costs, products of a few rows, and the vectorised functions. Medians; the sides
// alternate.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tensor/blas.h"
#include "tensor/gemm.h"
#include "tensor/simd.h"
#include "tensor/tensor.h"
#include "tensor/threads.h"

using namespace gradloom;

extern "C" {
void openblas_set_num_threads(int threads);
void cblas_sgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float* a, int lda,
                 const float* b, int ldb, float beta, float* c, int ldc);
[[gnu::weak]] void gotoblas_dynamic_quit();
[[gnu::weak]] void gotoblas_dynamic_init();
}

namespace {

using Run = std::function<void()>;

// The median seconds of one call of each, taken in turn; a measurement repeats a call for about 2 ms. The pause before
// it lets OpenBLAS's threads go to sleep, which would otherwise spin beside the other side.
std::vector<double> measure(const std::vector<Run>& runs) {
  auto seconds = [](const Run& run, int count) {
    auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) run();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / count;
  };
  std::vector<std::vector<double>> times(runs.size());
  std::vector<int> counts;
  for (const Run& run : runs) counts.push_back(static_cast<int>(std::clamp(2e-3 / seconds(run, 1), 1.0, 1e5)));
  for (int round = 0; round < 15; ++round)
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (runs.size() > 2) std::this_thread::sleep_for(std::chrono::milliseconds(60));
      runs[i]();
      times[i].push_back(seconds(runs[i], counts[i]));
    }
  std::vector<double> medians;
  for (auto& each : times) {
    std::nth_element(each.begin(), each.begin() + 7, each.end());
    medians.push_back(each[7]);
  }
  return medians;
}

struct Shape2 {
  const char* name;
  bool transpose_a, transpose_b;
  int m, n, k;
};

struct Matrices {
  explicit Matrices(const Shape2& s)
      : a(DType::float32, {s.m, s.k}), b(DType::float32, {s.k, s.n}), c(DType::float32, {s.m, s.n}), shape(s) {
    std::ranges::fill(a.mutable_values<float>(), 0.5f);
    std::ranges::fill(b.mutable_values<float>(), 0.25f);
  }
  int lda() const { return shape.transpose_a ? shape.m : shape.k; }
  int ldb() const { return shape.transpose_b ? shape.k : shape.n; }
  double work() const { return 2.0 * shape.m * shape.n * shape.k; }
  void multiply(ThreadPool* pool) {
    gemm<float>(shape.transpose_a, shape.transpose_b, shape.m, shape.n, shape.k, 1, a.values<float>().data(), lda(),
                b.values<float>().data(), ldb(), 0, c.mutable_values<float>().data(), shape.n, pool);
  }
  void multiply_with_blas(int threads) {
    openblas_set_num_threads(threads);
    cblas_sgemm(101, shape.transpose_a ? 112 : 111, shape.transpose_b ? 112 : 111, shape.m, shape.n, shape.k, 1,
                a.values<float>().data(), lda(), b.values<float>().data(), ldb(), 0, c.mutable_values<float>().data(),
                shape.n);
    openblas_set_num_threads(1);
  }
  Tensor a, b, c;
  Shape2 shape;
};

void measure_peak() {
  Matrices square({"", false, false, 2048, 2048, 2048});
  auto print = [&](const char* when) {
    double seconds = measure({[&] { square.multiply_with_blas(1); }})[0];
    std::printf("  %-34s %-12s %6.1f GFLOP/s\n", when, blas_kernel().c_str(), square.work() / seconds * 1e-9);
  };
  std::puts("SGEMM 2048^3, one thread");
  if (gotoblas_dynamic_init != nullptr && std::getenv("OPENBLAS_CORETYPE") == nullptr) {
    setenv("OPENBLAS_CORETYPE", "Prescott", 1);
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
    unsetenv("OPENBLAS_CORETYPE");
    print("as on a processor OpenBLAS ignores");
  }
  configure_blas();
  print("after configure_blas()");
}

void measure_split() {
  ThreadPool pool(2);
  std::puts("products of size M: OpenBLAS / cut by shape, GFLOP/s        one thread       two threads");
  for (const Shape2& shape : {Shape2{"recurrent", false, true, 64, 768, 256},
                              {"its gradient", false, false, 64, 256, 768},
                              {"projection", false, true, 1280, 8000, 256},
                              {"gradient of its input", false, false, 1280, 256, 8000},
                              {"gradient of its weight", true, false, 8000, 256, 1280}}) {
    Matrices matrices(shape);
    auto t = measure({[&] { matrices.multiply_with_blas(1); }, [&] { matrices.multiply(nullptr); },
                      [&] { matrices.multiply_with_blas(2); }, [&] { matrices.multiply(&pool); }});
    for (double& each : t) each = matrices.work() / each * 1e-9;
    std::printf("  %-24s %5d x %5d x %5d      %5.0f / %4.0f      %5.0f / %4.0f\n", shape.name, shape.m, shape.n,
                shape.k, t[0], t[1], t[2], t[3]);
  }
}

void measure_narrow() {
  std::puts("few rows x the projection of size M, one thread: OpenBLAS / gemm, us");
  for (int rows : {1, 2, 4, 8, 16, 24}) {
    Matrices matrices({"", false, true, rows, 8000, 256});
    auto t = measure({[&] { matrices.multiply_with_blas(1); }, [&] { matrices.multiply(nullptr); }});
    std::printf("  %2d rows %6.0f / %5.0f\n", rows, t[0] * 1e6, t[1] * 1e6);
  }
}

// What a pass could gain that made one product of two with the same left operand.
void measure_shared() {
  std::puts("two products of the same rows, one thread: two of n columns / one of 2n, us a pair");
  for (const Shape2& shape : {Shape2{"input of S", false, true, 384, 384, 64},
                              {"input of M", false, true, 1280, 768, 256},
                              {"recurrent M", false, true, 64, 768, 256},
                              {"weight gradient of M", true, false, 256, 768, 1280}}) {
    Matrices one(shape), other(shape);
    Matrices both({"", shape.transpose_a, shape.transpose_b, shape.m, 2 * shape.n, shape.k});
    auto t = measure({[&] {
                        one.multiply(nullptr);
                        other.multiply(nullptr);
                      },
                      [&] { both.multiply(nullptr); }});
    std::printf("  %-24s %5d x %5d x %5d  %7.1f / %7.1f\n", shape.name, shape.m, shape.n, shape.k, t[0] * 1e6,
                t[1] * 1e6);
  }
}

void measure_functions() {
  constexpr std::int64_t size = 128 * 1024, tile = 512;
  Tensor from(DType::float32, {size}), to(DType::float32, {size});
  auto x = from.mutable_values<float>();
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 1000) * 0.01f - 3;
  float* y = to.mutable_values<float>().data();
  simd::InstructionSet before = simd::instruction_set();
  std::puts("functions over tiles of 512 floats from the second-level cache, ns an element");
  for (auto set : {simd::InstructionSet::baseline, simd::InstructionSet::avx2, simd::InstructionSet::avx512}) {
    if (!simd::is_supported(set)) continue;
    simd::use_instruction_set(set);
    std::printf("  %s:", std::string(simd::name_of(set)).c_str());
    for (std::size_t f = 0; f < simd::Tiles<float>::unary_count; ++f) {
      auto function = static_cast<simd::UnaryFunction>(f);
      double seconds = measure({[&] {
        for (std::int64_t i = 0; i < size; i += tile) simd::unary(function, x.data() + i, y + i, tile);
      }})[0];
      std::printf(" %s %.2f", std::string(simd::name_of(function)).c_str(), seconds / size * 1e9);
    }
    std::puts("");
  }
  simd::use_instruction_set(before);
}

}  // namespace

int main() {
  measure_peak();
  measure_split();
  measure_narrow();
  measure_shared();
  measure_functions();
}
