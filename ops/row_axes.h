// RowAxes: on which axis of each value of a loop's body the rows of the batch lie. With lengths, gradients and passes
// leave rows past their length out of sums, and must know which those are.
#pragma once

#include <optional>
#include <vector>

#include "graph/op_def.h"

namespace gradloom {

class RowAxes {
 public:
  /// Of no rows at all.
  RowAxes() = default;
  /// `leaves` are the inputs of `body` whose axis 0 is the batch. What does not come from them has no rows. A symbol
  /// tells where the rows are; a literal batch is followed through the ops' shape rules as if it were a symbol, so that
  /// an axis of the same size is not taken for it.
  RowAxes(const Graph& body, const Values& leaves, const Dim& batch);

  std::optional<std::size_t> axis(const Value& value) const {
    auto node = static_cast<std::size_t>(value.node_index());
    if (node >= axes_.size()) return {};
    return axes_[node][static_cast<std::size_t>(value.output_index())];
  }
  bool has_rows_first(const Value& value) const { return axis(value) == std::size_t{0}; }

 private:
  std::vector<std::vector<std::optional<std::size_t>>> axes_;  // of each result of each node
};

}  // namespace gradloom
