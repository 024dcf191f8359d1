// Runs a test once for each instruction set that this machine has.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "tensor/simd.h"

namespace gradloom::simd {

template <class F>
void for_each_instruction_set(F&& f) {
  InstructionSet before = instruction_set();
  for (InstructionSet set : {InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512}) {
    if (!is_supported(set)) continue;
    use_instruction_set(set);
    std::string instructions(name_of(set));
    CAPTURE(instructions);
    f();
  }
  use_instruction_set(before);
}

}  // namespace gradloom::simd
