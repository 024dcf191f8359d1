// The tables of the files compiled for one instruction set each, for the file that chooses among them.
#pragma once

#include "tensor/simd.h"

namespace gradloom::simd {

extern const Tiles<float> baseline_floats;
extern const Tiles<double> baseline_doubles;
#if defined(__x86_64__)
extern const Tiles<float> avx2_floats;
extern const Tiles<double> avx2_doubles;
extern const Tiles<float> avx512_floats;
extern const Tiles<double> avx512_doubles;
#endif

}  // namespace gradloom::simd
