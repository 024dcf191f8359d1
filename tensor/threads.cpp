// The workers of ThreadPool: how a job is given out, taken part by part, and waited for.
#include "tensor/threads.h"

#include <pthread.h>

#include <system_error>
#include <utility>

#include "base/error.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace gradloom {

namespace {

// Who waits looks on for some 30 us, the gap between two jobs of a step, then for about a millisecond lets others run
// in between. A worker that slept at once would often wake on the caller's own processor, and wait there for its turn.
constexpr int pauses = 2000;
constexpr int spins_before_sleep = pauses + 2000;

void pause_briefly(int spin) {
#if defined(__x86_64__)
  if (spin < pauses) return _mm_pause();
#endif
  std::this_thread::yield();
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
  require(threads >= 1 && threads <= 1024, Fault::usage, "a thread pool has 1 to 1024 threads, not ", threads);
  // With fewer processors than threads, who spins takes the time of who works.
  bool known = sched_getaffinity(0, sizeof allowed_, &allowed_) == 0;
  if (known && threads <= CPU_COUNT(&allowed_)) spins_ = spins_before_sleep;
  workers_.reserve(static_cast<std::size_t>(threads - 1));
  try {
    while (size() < threads) workers_.emplace_back([this] { work(); });
  } catch (const std::system_error& error) {
    int started = size();
    stop();
    throw UserError(concat_text("cannot start thread ", started + 1, " of ", threads, ": ", error.what()),
                    Fault::system);
  }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() {
  stopping_.store(true);
  wake_.fetch_add(1);
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run(std::int64_t parts, Job job) {
  ensure(parts < std::int64_t{1} << 32, "a job of ", parts, " parts");
  if (parts <= 1 || workers_.empty() || busy_.exchange(true, std::memory_order_acquire)) {
    for (std::int64_t part = 0; part < parts; ++part) job.call(job.context, part);
    return;
  }
  if (spins_ > 0 && sched_getcpu() != callers_processor_) clear_callers_processor();
  job_ = job;
  parts_ = parts;
  done_.store(0, std::memory_order_relaxed);
  std::uint64_t number = (ticket_.load(std::memory_order_relaxed) >> 32) + 1;
  ticket_.store(number << 32 | static_cast<std::uint64_t>(parts), std::memory_order_release);
  wake_.fetch_add(1);
  wake_.notify_all();

  while (run_next_part()) {
  }
  std::uint32_t all = static_cast<std::uint32_t>(parts);
  for (int spin = 0; spin < spins_ && done_.load(std::memory_order_acquire) != all; ++spin) pause_briefly(spin);
  for (std::uint32_t done; (done = done_.load(std::memory_order_acquire)) != all;) done_.wait(done);

  std::exception_ptr failure = std::exchange(failure_, nullptr);
  busy_.store(false, std::memory_order_release);
  if (failure) std::rethrow_exception(failure);
}

// On a busy machine a worker often wakes on the processor it slept on, and when that is the caller's they take turns
// there for as long as both have work. So the workers may use every processor but the one that the caller is on; when
// the caller is moved, they are told again. Where the system refuses, nothing is lost but time.
void ThreadPool::clear_callers_processor() {
  callers_processor_ = sched_getcpu();
  cpu_set_t others = allowed_;
  if (callers_processor_ >= 0) CPU_CLR(static_cast<std::size_t>(callers_processor_), &others);
  for (std::thread& worker : workers_) pthread_setaffinity_np(worker.native_handle(), sizeof others, &others);
}

bool ThreadPool::run_next_part() {
  std::uint64_t ticket = ticket_.load(std::memory_order_acquire);
  do {
    if (static_cast<std::uint32_t>(ticket) == 0) return false;
  } while (!ticket_.compare_exchange_weak(ticket, ticket - 1, std::memory_order_acq_rel, std::memory_order_acquire));
  // Read before this part counts as done: the job may be over the moment it does.
  std::int64_t parts = parts_;
  std::int64_t part = parts - static_cast<std::uint32_t>(ticket);
  try {
    job_.call(job_.context, part);
  } catch (...) {
    std::lock_guard lock(failure_mutex_);
    if (!failure_ || part < failed_part_) {
      failure_ = std::current_exception();
      failed_part_ = part;
    }
  }
  if (done_.fetch_add(1, std::memory_order_acq_rel) + 1 == parts) done_.notify_one();
  return true;
}

void ThreadPool::work() {
  while (!stopping_.load()) {
    // Read before looking for a part, so that a job given out in between is not slept through.
    std::uint32_t seen = wake_.load(std::memory_order_acquire);
    while (run_next_part()) {
    }
    for (int spin = 0; spin < spins_ && wake_.load(std::memory_order_acquire) == seen; ++spin) pause_briefly(spin);
    if (!stopping_.load()) wake_.wait(seen);
  }
}

}  // namespace gradloom
