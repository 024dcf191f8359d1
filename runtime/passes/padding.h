// Padding: which values of a function have rows of zeros beyond a loop's lengths, and whose rows there nobody reads;
// and the same of a loop's body. What the pass skip_padding decides by.
#pragma once

#include <vector>

#include "graph/graph.h"
#include "ops/scan.h"

namespace gradloom {

/// A product of which each row of the first `row_axes` axes of operand 0 gives one of the result, by the rest of its
/// axes and operand 1.
bool multiplies_rows(const Node& node, std::size_t row_axes);
/// A product summed over axes 0 and 1, the rows, of both operands.
bool sums_over_rows(const Node& node);

/// The lengths of which the condition is the mask, [time, batch] and perhaps ones behind, or none.
Value lengths_of_mask(const Value& condition);
/// A constant of one element, 0.
bool is_zero(const Value& value);

/// Of a function, whose rows are [time, batch].
class Padding {
 public:
  explicit Padding(const Graph& graph);

  /// The lengths beyond which the value's rows are 0, or none.
  Value zero(const Value& value) const;
  /// Whether the node masks rows that are 0 anyway, and not only where no other operand is infinite: where(active, x,
  /// 0) of what loops have stacked.
  bool masks_zeros(std::size_t node) const;
  /// The lengths beyond which nobody reads rows of the node's first result, or none.
  Value unread(std::size_t node) const { return unread_[node][0]; }

 private:
  void find_zeros(std::size_t node);
  void find_unread();
  Value unread_by(std::size_t node, std::size_t operand) const;
  Value result(std::size_t node, std::size_t output = 0) const;

  const Graph& graph_;
  std::vector<Values> zero_, unread_;  // of each result of each node
};

/// Of the body of a loop with lengths, whose rows are [batch]: which results' rows at rest nobody reads.
class RestingRows {
 public:
  explicit RestingRows(const ScanView& scan);

  bool is_unread(std::size_t node) const { return !is_read_[node]; }
  /// Whether the node masks what nobody reads: where(active, x, ...).
  bool masks_unread(const Node& node, std::size_t index) const {
    return is_unread(index) && chooses_active(node, 1) && node.inputs[1].type() == node.types[0];
  }
  /// The slice that says which rows are at work, when the loop has one.
  Value active() const { return active_; }

 private:
  bool chooses_active(const Node& node, std::size_t operand) const;

  Value active_;
  Values masks_;               // slices that say so, of any rank
  std::vector<bool> is_read_;  // of each node: any of its results
};

}  // namespace gradloom
