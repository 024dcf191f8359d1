// The thread pool: every part once, on any number of threads; errors arrive; nesting and sharing are safe; giving out a
// job allocates nothing.
#include "tensor/threads.h"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <numeric>
#include <set>
#include <stdexcept>

#include "base/error.h"

using namespace gradloom;

TEST_CASE("tensor/threads: every part runs exactly once") {
  for (int threads : {1, 2, 3, 4}) {
    ThreadPool pool(threads);
    CHECK(pool.size() == threads);
    for (int round = 0; round < 300; ++round) {
      std::vector<int> counts(static_cast<std::size_t>(round % 17));
      pool.for_each_part(round % 17, [&](std::int64_t part) { ++counts[static_cast<std::size_t>(part)]; });
      CHECK(counts == std::vector<int>(counts.size(), 1));
    }
  }
}

TEST_CASE("tensor/threads: parts really run side by side") {
  ThreadPool pool(2);
  std::atomic<int> inside = 0;
  // Each part waits for the other: with one thread this would time out.
  auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::atomic<bool> met = true;
  pool.for_each_part(2, [&](std::int64_t) {
    ++inside;
    while (inside < 2 && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
    if (inside < 2) met = false;
  });
  CHECK(met);
}

TEST_CASE("tensor/threads: a worker that slept takes up work again") {
  ThreadPool pool(2);
  for (int round = 0; round < 5; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::atomic<int> sum = 0;
    pool.for_each_part(10, [&](std::int64_t part) { sum += static_cast<int>(part); });
    CHECK(sum == 45);
  }
}

TEST_CASE("tensor/threads: the error of the lowest part arrives, and the pool works on") {
  for (int threads : {1, 3}) {
    ThreadPool pool(threads);
    for (int round = 0; round < 50; ++round) {
      CHECK_THROWS_WITH_AS(pool.for_each_part(9,
                                              [&](std::int64_t part) {
                                                if (part % 3 == 2) throw UserError(concat_text("part ", part));
                                              }),
                           "part 2", UserError);
    }
    int calls = 0;
    pool.for_each_part(1, [&](std::int64_t) { ++calls; });
    CHECK(calls == 1);
  }
}

TEST_CASE("tensor/threads: a call from inside a part runs inline") {
  ThreadPool pool(3);
  std::array<std::array<int, 4>, 6> counts{};
  pool.for_each_part(6, [&](std::int64_t outer) {
    std::thread::id here = std::this_thread::get_id();
    pool.for_each_part(4, [&](std::int64_t inner) {
      counts[static_cast<std::size_t>(outer)][static_cast<std::size_t>(inner)] +=
          std::this_thread::get_id() == here ? 1 : 100;
    });
  });
  for (const auto& row : counts)
    for (int count : row) CHECK(count == 1);
}

TEST_CASE("tensor/threads: two threads may use one pool") {
  ThreadPool pool(2);
  std::atomic<std::int64_t> sum = 0;
  auto use = [&] {
    for (int round = 0; round < 500; ++round) pool.for_each_part(8, [&](std::int64_t part) { sum += part; });
  };
  std::thread other(use);
  use();
  other.join();
  CHECK(sum == 2 * 500 * 28);
}

TEST_CASE("tensor/threads: ranges cover everything, in order, at multiples") {
  for (std::int64_t count : {0, 1, 5, 64, 1000, 1001})
    for (std::int64_t parts : {1, 2, 3, 7})
      for (std::int64_t multiple : {1, 16, 64}) {
        std::int64_t at = 0;
        std::int64_t smallest = count, largest = 0;
        for (std::int64_t part = 0; part < parts; ++part) {
          IndexRange range = part_of(count, parts, part, multiple);
          CHECK(range.begin == at);
          CHECK_UNARY((range.begin % multiple == 0 || range.begin == count));
          at = range.end;
          smallest = std::min(smallest, range.size());
          largest = std::max(largest, range.size());
        }
        CHECK(at == count);
        CHECK(largest - smallest < 2 * multiple);
      }
  static_assert(part_of(10, 3, 1) == IndexRange{3, 6});
  static_assert(count_parts(0, 10, 4) == 1 && count_parts(29, 10, 4) == 2 && count_parts(99, 10, 4) == 4);
}

TEST_CASE("tensor/threads: a pool needs a thread") {
  CHECK_THROWS_WITH_AS(ThreadPool(0), "a thread pool has 1 to 1024 threads, not 0", UserError);
  CHECK_THROWS_WITH_AS(ThreadPool(1025), "a thread pool has 1 to 1024 threads, not 1025", UserError);
}
