// Placing buffers: what is alive at once never overlaps, and little more room is taken than must be.
#include "runtime/memory_plan.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace gradloom;

namespace {

// Lives like those of a deep network: most results die within a few steps, some are kept for the way back.
std::vector<BufferLife> random_program(std::mt19937& random, int steps) {
  std::vector<BufferLife> buffers;
  for (int step = 0; step < steps; ++step) {
    bool is_kept = random() % 4 == 0;
    int last = is_kept ? 2 * steps - step : step + static_cast<int>(random() % 4);
    buffers.push_back({(random() % 8 + 1) * (random() % 3 == 0 ? 4096 : 100), step, last});
  }
  for (int step = steps; step < 2 * steps; ++step)
    buffers.push_back({(random() % 8 + 1) * 1000, step, std::min(2 * steps, step + static_cast<int>(random() % 3))});
  return buffers;
}

}  // namespace

TEST_CASE("runtime/memory_plan: buffers of disjoint lives share one place") {
  std::vector<BufferLife> buffers{{100, 0, 1}, {60, 1, 2}, {100, 2, 3}};
  MemoryPlan plan = plan_memory(buffers);
  CHECK(plan.offsets == std::vector<std::size_t>{0, 128, 0});
  CHECK(plan.bytes == 192);
  CHECK(least_bytes(buffers) == 192);
}

TEST_CASE("runtime/memory_plan: the smallest gap that fits is taken") {
  // While the last is alive, 0..640 is held by a, the gap after it is 192 wide, that after c endless.
  std::vector<BufferLife> buffers{{640, 0, 9}, {192, 0, 1}, {320, 0, 9}, {128, 5, 9}};
  MemoryPlan plan = plan_memory(buffers);
  CHECK(plan.offsets == std::vector<std::size_t>{0, 960, 640, 960});
  CHECK(plan.bytes == 1152);
}

TEST_CASE("runtime/memory_plan: nothing to place takes nothing") {
  CHECK(plan_memory({}).bytes == 0);
  CHECK(least_bytes({}) == 0);
  std::vector<BufferLife> buffers{{0, 0, 5}, {64, 0, 5}};
  CHECK(plan_memory(buffers).bytes == 64);
}

TEST_CASE("runtime/memory_plan: no two live buffers overlap and the peak is near the lower bound") {
  std::mt19937 random(7);
  double sum = 0;
  for (int round = 0; round < 100; ++round) {
    std::vector<BufferLife> buffers = random_program(random, 5 + round);
    MemoryPlan plan = plan_memory(buffers);
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      REQUIRE(plan.offsets[i] % arena_alignment == 0);
      REQUIRE(plan.offsets[i] + buffers[i].bytes <= plan.bytes);
      for (std::size_t j = 0; j < i; ++j) {
        bool alive_at_once = buffers[i].first <= buffers[j].last && buffers[j].first <= buffers[i].last;
        bool apart = plan.offsets[i] + buffers[i].bytes <= plan.offsets[j] ||
                     plan.offsets[j] + buffers[j].bytes <= plan.offsets[i];
        REQUIRE((apart || !alive_at_once));
      }
    }
    double ratio = static_cast<double>(plan.bytes) / static_cast<double>(least_bytes(buffers));
    CHECK(ratio < 1.25);
    sum += ratio;
  }
  CHECK(sum / 100 < 1.05);
}
