// Greedy placing by size into gaps between buffers whose lives overlap.
#include "runtime/memory_plan.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace gradloom {

namespace {

struct Placed {
  std::size_t offset, end;
  std::int32_t first, last;
};

// `placed` is in the order of offsets.
std::size_t best_offset(const std::vector<Placed>& placed, std::size_t bytes, const BufferLife& life) {
  std::size_t best = 0, smallest = std::numeric_limits<std::size_t>::max(), free_from = 0;
  for (const Placed& other : placed) {
    if (other.last < life.first || life.last < other.first) continue;
    if (other.offset > free_from) {
      std::size_t gap = other.offset - free_from;
      if (gap >= bytes && gap < smallest) {
        smallest = gap;
        best = free_from;
      }
    }
    free_from = std::max(free_from, other.end);
  }
  return smallest == std::numeric_limits<std::size_t>::max() ? free_from : best;
}

}  // namespace

MemoryPlan plan_memory(std::span<const BufferLife> buffers) {
  std::vector<std::size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return buffers[a].bytes > buffers[b].bytes; });
  MemoryPlan plan;
  plan.offsets.resize(buffers.size());
  std::vector<Placed> placed;
  placed.reserve(buffers.size());
  for (std::size_t i : order) {
    std::size_t bytes = aligned_bytes(buffers[i].bytes);
    if (bytes == 0) continue;
    std::size_t offset = best_offset(placed, bytes, buffers[i]);
    plan.offsets[i] = offset;
    plan.bytes = std::max(plan.bytes, offset + bytes);
    auto after = std::upper_bound(placed.begin(), placed.end(), offset,
                                  [](std::size_t at, const Placed& other) { return at < other.offset; });
    placed.insert(after, {offset, offset + bytes, buffers[i].first, buffers[i].last});
  }
  return plan;
}

std::size_t least_bytes(std::span<const BufferLife> buffers) {
  std::int32_t steps = 0;
  for (const BufferLife& life : buffers) steps = std::max(steps, life.last + 1);
  std::vector<std::size_t> alive(static_cast<std::size_t>(steps) + 1);
  for (const BufferLife& life : buffers) {
    alive[static_cast<std::size_t>(life.first)] += aligned_bytes(life.bytes);
    alive[static_cast<std::size_t>(life.last) + 1] -= aligned_bytes(life.bytes);
  }
  std::size_t now = 0, most = 0;
  for (std::size_t change : alive) most = std::max(most, now += change);
  return most;
}

}  // namespace gradloom
