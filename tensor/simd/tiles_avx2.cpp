// The vectorised functions compiled for AVX2 and FMA. Nothing else may be in this file or be included by it: the
// linker keeps one copy of each inline function, and it must not be one that other processors cannot run.
#if defined(__x86_64__)
#include "tensor/simd/table.h"
#include "tensor/simd/tables.h"

namespace gradloom::simd {

constinit const Tiles<float> avx2_floats = make_tiles<xsimd::fma3<xsimd::avx2>, float>();
constinit const Tiles<double> avx2_doubles = make_tiles<xsimd::fma3<xsimd::avx2>, double>();

}  // namespace gradloom::simd
#endif
