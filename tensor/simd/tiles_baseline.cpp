// The vectorised functions compiled for every processor that the program starts on. Nothing else may be in this file or
// be included by it: the linker keeps one copy of each inline function, and it must not be one that other processors
// cannot run.
#include "tensor/simd/table.h"
#include "tensor/simd/tables.h"

namespace gradloom::simd {

constinit const Tiles<float> baseline_floats = make_tiles<xsimd::default_arch, float>();
constinit const Tiles<double> baseline_doubles = make_tiles<xsimd::default_arch, double>();

}  // namespace gradloom::simd
