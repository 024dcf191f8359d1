// A reading thread and a bounded queue between it and the command.
#include "cli/line_feed.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "text/line_reader.h"

namespace gradloom {

namespace {
constexpr std::size_t most_lines = 1024, most_waiting = 4 * most_lines;
constexpr std::chrono::milliseconds pause{100};
}  // namespace

struct LineFeed::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> lines;
  bool is_over = false, is_abandoned = false;
  std::exception_ptr failure;

  void read(LineReader reader) {
    std::exception_ptr failed;
    try {
      for (std::string line; reader.next(line);) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return lines.size() < most_waiting || is_abandoned; });
        if (is_abandoned) return;
        lines.push_back(std::move(line));
        changed.notify_all();
      }
    } catch (...) {
      failed = std::current_exception();
    }
    std::lock_guard lock(mutex);
    failure = failed;
    is_over = true;
    changed.notify_all();
  }
};

LineFeed::LineFeed(int descriptor, std::string name) : state_(std::make_shared<State>()) {
  // It may be waiting in a read that never returns, so nobody joins it.
  std::thread([state = state_, reader = LineReader(descriptor, std::move(name))]() mutable {
    state->read(std::move(reader));
  }).detach();
}

LineFeed::~LineFeed() {
  std::lock_guard lock(state_->mutex);
  state_->is_abandoned = true;
  state_->changed.notify_all();
}

std::vector<std::string> LineFeed::next() {
  std::unique_lock lock(state_->mutex);
  auto& lines = state_->lines;
  state_->changed.wait(lock, [&] { return !lines.empty() || state_->is_over; });
  state_->changed.wait_for(lock, pause, [&] { return lines.size() >= most_lines || state_->is_over; });
  std::vector<std::string> taken;
  while (!lines.empty() && taken.size() < most_lines) {
    taken.push_back(std::move(lines.front()));
    lines.pop_front();
  }
  state_->changed.notify_all();
  return taken;
}

void LineFeed::rethrow() const {
  std::lock_guard lock(state_->mutex);
  if (state_->failure) std::rethrow_exception(state_->failure);
}

}  // namespace gradloom
