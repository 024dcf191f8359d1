// The choice of OpenBLAS's kernels: by processor, never against the user, and really in force afterwards.
#include "tensor/blas.h"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace gradloom;

extern "C" {
int openblas_get_num_threads();
[[gnu::weak]] void gotoblas_dynamic_quit();
[[gnu::weak]] void gotoblas_dynamic_init();
}

namespace {

void force_kernel(const char* name) {
  setenv("OPENBLAS_CORETYPE", name, 1);
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
}

}  // namespace

TEST_CASE("tensor/blas: kernels weaker than the processor are replaced, others are kept") {
  CpuFeatures none, avx2{.avx2_fma = true}, avx512{.avx2_fma = true, .avx512 = true};
  CHECK(better_blas_kernel("Prescott", none) == "");
  CHECK(better_blas_kernel("Prescott", avx2) == "Haswell");
  CHECK(better_blas_kernel("Prescott", avx512) == "SkylakeX");
  CHECK(better_blas_kernel("Haswell", avx512) == "SkylakeX");
  CHECK(better_blas_kernel("Zen", avx2) == "");
  CHECK(better_blas_kernel("Cooperlake", avx512) == "");
  CHECK(better_blas_kernel("SapphireRapids", avx512) == "");
  CHECK(better_blas_kernel("Nehalem", avx2) == "Haswell");
}

TEST_CASE("tensor/blas: configure_blas replaces the kernels, and only those the user did not choose") {
  CpuFeatures features = cpu_features();
  if (gotoblas_dynamic_init == nullptr || !features.avx2_fma) {
    MESSAGE("skipped: OpenBLAS here has one kernel only, or the processor has no AVX2");
    return;
  }
  const char* old = std::getenv("OPENBLAS_CORETYPE");
  std::string chosen_before = old == nullptr ? "" : old;

  force_kernel("Prescott");
  configure_blas();
  CHECK(blas_kernel() == "Prescott");

  unsetenv("OPENBLAS_CORETYPE");
  configure_blas();
  CHECK(blas_kernel() == (features.avx512 ? "SkylakeX" : "Haswell"));
  CHECK(std::getenv("OPENBLAS_CORETYPE") == nullptr);
  CHECK(openblas_get_num_threads() == 1);

  if (!chosen_before.empty()) force_kernel(chosen_before.c_str());
}
