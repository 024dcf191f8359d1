// ThreadPool: a few workers that run the parts of one job. Whoever splits a job does so by its shape only, never by the
// number of threads, so that any number of threads gives the same bits.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace gradloom {

/// A half-open range of indices.
struct IndexRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t size() const { return end - begin; }
  friend bool operator==(const IndexRange&, const IndexRange&) = default;
};

/// The `part`-th of `parts` ranges that make up 0 to count: equal to within `multiple`, boundaries at multiples of it.
constexpr IndexRange part_of(std::int64_t count, std::int64_t parts, std::int64_t part, std::int64_t multiple = 1) {
  std::int64_t blocks = (count + multiple - 1) / multiple;
  auto boundary = [&](std::int64_t index) {
    std::int64_t at = (blocks / parts * index + (blocks % parts) * index / parts) * multiple;
    return at < count ? at : count;
  };
  return {boundary(part), boundary(part + 1)};
}

/// How many parts a job of `work` units is cut into: one for each `least` units, at most `most`.
constexpr std::int64_t count_parts(std::int64_t work, std::int64_t least, std::int64_t most) {
  std::int64_t parts = work / least;
  return parts < 1 ? 1 : parts < most ? parts : most;
}

/// Threads that wait for jobs: they spin for some microseconds, then sleep. One caller at a time has the workers; a
/// call from inside a part, or while another thread's job runs, does its parts by itself, in order. Giving out a job
/// allocates nothing.
class ThreadPool {
 public:
  /// `threads` counts the caller: ThreadPool(1) has no worker.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return static_cast<int>(workers_.size()) + 1; }

  /// Calls f(part) for each part of 0 to parts - 1, on any thread, and returns when all are done. What a part throws is
  /// thrown again here, that of the lowest part when several do; the other parts run all the same.
  template <class F>
  void for_each_part(std::int64_t parts, F&& f) {
    using Function = std::remove_reference_t<F>;
    run(parts, Job{[](void* context, std::int64_t part) { (*static_cast<Function*>(context))(part); },
                   const_cast<void*>(static_cast<const void*>(&f))});
  }

 private:
  struct Job {
    void (*call)(void* context, std::int64_t part) = nullptr;
    void* context = nullptr;
  };

  void run(std::int64_t parts, Job job);
  void clear_callers_processor();
  bool run_next_part();
  void work();
  void stop();

  std::vector<std::thread> workers_;
  int spins_ = 0;
  cpu_set_t allowed_{};
  int callers_processor_ = -1;
  std::atomic<bool> busy_ = false;
  // The job and its parts not yet taken: the job's number in the upper 32 bits, so that a late worker cannot take a
  // part of a job it never saw; job_ and parts_ hold still until done_ reaches parts_.
  std::atomic<std::uint64_t> ticket_ = 0;
  Job job_;
  std::int64_t parts_ = 0;
  std::atomic<std::uint32_t> done_ = 0;
  std::atomic<std::uint32_t> wake_ = 0;
  std::atomic<bool> stopping_ = false;
  std::mutex failure_mutex_;
  std::exception_ptr failure_;
  std::int64_t failed_part_ = 0;
};

}  // namespace gradloom
