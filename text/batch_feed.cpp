// One thread and a short queue: it works only when the queue has room, so that it takes no more of the cores than the
// batches cost.
#include "text/batch_feed.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

namespace gradloom {

namespace {
constexpr std::size_t most_waiting = 8;
}

struct BatchFeed::State {
  explicit State(BatchSequence first) : sequence(std::move(first)), padding(sequence.padding()) {}

  BatchSequence sequence;  // the thread's own
  double padding, seconds_waited = 0;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<PreparedBatch> ready;
  std::exception_ptr failure;
  bool is_abandoned = false;
  std::thread thread;

  void prepare() {
    try {
      for (;;) {
        PreparedBatch prepared;
        prepared.batches_in_epoch = sequence.batches_in_epoch();
        prepared.batch = sequence.next();
        prepared.next = sequence.position();
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return ready.size() < most_waiting || is_abandoned; });
        if (is_abandoned) return;
        ready.push_back(std::move(prepared));
        changed.notify_all();
      }
    } catch (...) {
      std::lock_guard lock(mutex);
      failure = std::current_exception();
      changed.notify_all();
    }
  }
};

BatchFeed::BatchFeed(const IdPairs& pairs, const BatchOptions& options, BatchPosition position)
    : state_(std::make_unique<State>(BatchSequence(pairs, options, position))) {
  state_->thread = std::thread([state = state_.get()] { state->prepare(); });
}

BatchFeed::~BatchFeed() {
  {
    std::lock_guard lock(state_->mutex);
    state_->is_abandoned = true;
    state_->changed.notify_all();
  }
  state_->thread.join();
}

PreparedBatch BatchFeed::next() {
  std::unique_lock lock(state_->mutex);
  if (state_->ready.empty()) {
    auto begun = std::chrono::steady_clock::now();
    state_->changed.wait(lock, [&] { return !state_->ready.empty() || state_->failure; });
    state_->seconds_waited += std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  }
  if (state_->ready.empty()) std::rethrow_exception(state_->failure);
  PreparedBatch taken = std::move(state_->ready.front());
  state_->ready.pop_front();
  state_->changed.notify_all();
  return taken;
}

double BatchFeed::padding() const { return state_->padding; }

double BatchFeed::seconds_waited() const {
  std::lock_guard lock(state_->mutex);
  return state_->seconds_waited;
}

}  // namespace gradloom
