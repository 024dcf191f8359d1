// Counts every operator new of the test program, so that a test can say "this allocates nothing".
#pragma once

#include <cstdint>

namespace gradloom::testing {

/// Allocations by operator new since the program began, on any thread.
std::int64_t allocation_count();

}  // namespace gradloom::testing
