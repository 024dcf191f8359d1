// The set-up of OpenBLAS: the right kernels for this processor, and one BLAS thread a call, because the split over
// threads is ours (tensor/gemm.h).
#pragma once

#include <string>
#include <string_view>

namespace gradloom {

/// The instruction sets of the processor that matter to the choice of kernels.
struct CpuFeatures {
  bool avx2_fma = false;
  bool avx512 = false;  ///< the foundation and the BW, DQ, VL extensions
};

/// What this processor and its operating system support.
CpuFeatures cpu_features();

/// Gives OpenBLAS its best kernels for this processor, and limits it to one thread a call, for the whole process.
/// OpenBLAS 0.3.21 meets processors newer than itself with kernels for SSE3, four to seven times slower than need be.
/// Never against OPENBLAS_CORETYPE in the environment. Call it once, before the first product and before other threads
/// start; without it products are right but slow, and their bits may depend on the number of threads.
void configure_blas();

/// The kernels that OpenBLAS uses now, as it names them: "SkylakeX", "Haswell", "Prescott".
std::string blas_kernel();

/// The kernels to ask for when OpenBLAS picked `picked`: "" when that serves the processor well.
std::string_view better_blas_kernel(std::string_view picked, CpuFeatures features);

}  // namespace gradloom
