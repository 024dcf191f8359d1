// RowMixing: which nodes of a loop's body must stay in it because rows at rest have a part in the rows of others.
#pragma once

#include <vector>

#include "runtime/passes/loop_edit.h"

namespace gradloom {

/// Of a loop with lengths. Inside, a node that takes several rows together reads what the body makes of rows at rest,
/// their slices being 0; outside, it would read stacked zeros, or whatever stands in the padding of a sequence. And
/// what it reads must be made inside: a slice of it would be 0 at rest.
class RowMixing {
 public:
  /// `loop` must outlive it.
  explicit RowMixing(const LoopEdit& loop);

  /// Whether the node, or one that depends on it, takes rows together that need not be 0 at rest. Those of which
  /// `gradients` makes sums are.
  bool must_stay(std::int32_t node) const { return !stays_.empty() && stays_[static_cast<std::size_t>(node)]; }

 private:
  bool mixes(std::size_t node) const;
  bool find_resting(const Node& node) const;
  bool is_active_mask(const Value& condition) const;
  bool rests(const Value& value) const { return rests_[static_cast<std::size_t>(value.node_index())]; }

  const LoopEdit& loop_;
  // Of each node of the body; empty without lengths.
  std::vector<bool> rests_;    // its rows at rest are 0
  std::vector<bool> is_mask_;  // a slice that says which rows are at work
  std::vector<bool> stays_;
};

}  // namespace gradloom
