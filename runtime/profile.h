// Profile: where a session's time goes, node by node: seconds, calls, floating-point operations of matrix products and
// bytes, gathered while it runs and told by operation, by scope and by node.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "graph/op_def.h"

namespace gradloom {

class Profile {
 public:
  using Clock = std::chrono::steady_clock;

  /// What the runs of one node took. Of a loop: what it takes beside the steps of its body.
  struct Row {
    std::string function, graph, name, op;
    std::string shapes;  ///< of the last call: `[64, 256] [768, 256] -> [64, 768]`
    std::int64_t calls = 0;
    double seconds = 0;
    double operations = 0;  ///< floating-point, of matrix products
    double bytes = 0;       ///< of operands and results, each once a call
  };

  /// One call, for a trace.
  struct Event {
    const Row* row;
    Clock::time_point begin;
    Clock::duration time;
  };

  /// Keeps single calls too, the first `most_events` of them.
  explicit Profile(std::size_t most_events = 0) : most_events_(most_events) {}

  void begin_run(const Graph& function);
  void end_run();

  /// A call of a node from construction to destruction; calls inside of it are subtracted from its time.
  class Call {
   public:
    Call(Profile& profile, const Kernel& kernel, const Graph& graph);
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    Profile& profile_;
    const Kernel& kernel_;
    Row& row_;
    Call* outer_;
    Clock::duration inside_{};
    Clock::time_point begin_;
  };

  std::int64_t runs() const { return runs_; }
  double seconds() const { return seconds_; }  ///< of all runs
  const std::deque<Row>& rows() const { return rows_; }
  std::span<const Event> events() const { return events_; }
  std::size_t events_left_out() const { return left_out_; }

  /// Tables by operation, by scope and of the longest nodes, per run; `peak` in GFLOP/s, 0 when it is not known.
  std::string text(double peak = 0) const;

 private:
  Row& row_of(const Node& node, const Graph& graph);

  std::size_t most_events_, left_out_ = 0;
  std::string function_;
  std::deque<Row> rows_;  // addresses stay
  std::unordered_map<const Node*, Row*> row_of_node_;
  std::vector<Event> events_;
  Call* innermost_ = nullptr;
  std::int64_t runs_ = 0;
  double seconds_ = 0;
  Clock::time_point run_begin_;
};

}  // namespace gradloom
