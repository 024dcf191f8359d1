// Placing buffers in one arena: each is alive for a range of steps, and two that are alive at once must not overlap.
// Data in, offsets out, so that it can be tested without a graph.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace gradloom {

/// A buffer that is written at step `first` and last read at step `last`, both included.
struct BufferLife {
  std::size_t bytes = 0;
  std::int32_t first = 0;
  std::int32_t last = 0;
};

struct MemoryPlan {
  std::vector<std::size_t> offsets;  ///< one a buffer, multiples of 64
  std::size_t bytes = 0;             ///< what the arena must hold
};

/// Every offset and every size is a multiple of this: a cache line, and the widest vector register.
inline constexpr std::size_t arena_alignment = 64;

constexpr std::size_t aligned_bytes(std::size_t bytes) {
  return (bytes + arena_alignment - 1) / arena_alignment * arena_alignment;
}

/// The largest buffers first, each into the smallest gap that holds it between those alive at the same time ("greedy by
/// size" of Pisarchyk and Lee, Efficient Memory Management for Deep Neural Net Inference, 2020).
MemoryPlan plan_memory(std::span<const BufferLife> buffers);

/// The most bytes alive at one step: no placing needs less.
std::size_t least_bytes(std::span<const BufferLife> buffers);

}  // namespace gradloom
