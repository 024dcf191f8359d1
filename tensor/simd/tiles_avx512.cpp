// The vectorised functions compiled for AVX-512 (F, CD, DQ, BW and VL). Nothing else may be in this file or be included
// by it: the linker keeps one copy of each inline function, and it must not be one that other processors cannot run.
#if defined(__x86_64__)
#include "tensor/simd/table.h"
#include "tensor/simd/tables.h"

namespace gradloom::simd {

constinit const Tiles<float> avx512_floats = make_tiles<xsimd::avx512bw, float>();
constinit const Tiles<double> avx512_doubles = make_tiles<xsimd::avx512bw, double>();

}  // namespace gradloom::simd
#endif
