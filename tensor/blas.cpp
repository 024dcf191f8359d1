// OpenBLAS's own controls, declared here because its cblas.h must not meet xtensor-blas's declarations.
#include "tensor/blas.h"

#include <algorithm>
#include <cstdlib>
#include <initializer_list>

extern "C" {
void openblas_set_num_threads(int threads);
char* openblas_get_corename();
// Only builds of OpenBLAS that choose kernels at run time have these two.
[[gnu::weak]] void gotoblas_dynamic_quit();
[[gnu::weak]] void gotoblas_dynamic_init();
}

namespace gradloom {

namespace {

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

CpuFeatures cpu_features() {
  CpuFeatures features;
#if defined(__x86_64__)
  __builtin_cpu_init();
  features.avx2_fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  features.avx512 = features.avx2_fma && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                    __builtin_cpu_supports("avx512cd");
#endif
  return features;
}

std::string_view better_blas_kernel(std::string_view picked, CpuFeatures features) {
  bool has_avx512 = is_one_of(picked, {"SkylakeX", "Cooperlake", "SapphireRapids"});
  bool has_avx2 = has_avx512 || is_one_of(picked, {"Haswell", "Zen", "Excavator"});
  if (features.avx512 && !has_avx512) return "SkylakeX";
  if (features.avx2_fma && !has_avx2) return "Haswell";
  return "";
}

void configure_blas() {
  openblas_set_num_threads(1);
  if (std::getenv("OPENBLAS_CORETYPE") != nullptr) return;
  if (gotoblas_dynamic_quit == nullptr || gotoblas_dynamic_init == nullptr) return;
  std::string better(better_blas_kernel(blas_kernel(), cpu_features()));
  if (better.empty()) return;
  // OpenBLAS reads its variable in gotoblas_dynamic_init only. It goes again, so that a child process chooses for
  // itself.
  setenv("OPENBLAS_CORETYPE", better.c_str(), 1);
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  unsetenv("OPENBLAS_CORETYPE");
}

std::string blas_kernel() { return openblas_get_corename(); }

}  // namespace gradloom
