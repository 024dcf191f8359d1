// LoopEdit: a loop taken apart and put together again. What the passes that move work out of loops share: which values
// of the body are known outside of it, and building the loop anew around what stays.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "graph/rewrite.h"
#include "ops/row_axes.h"
#include "ops/scan.h"

namespace gradloom {

/// A value of the body as the graph around the loop has it: one for each step, [time, ...], or the same for all.
struct Outside {
  Value value;
  bool per_step = false;
};

class LoopEdit {
 public:
  /// `scan` is a scan node whose inputs are values of `outer`, to which everything is appended.
  LoopEdit(Graph& outer, const Node& scan);
  LoopEdit(const LoopEdit&) = delete;
  LoopEdit& operator=(const LoopEdit&) = delete;

  const ScanView& scan() const { return scan_; }
  const Graph& body() const { return scan_.body(); }
  Graph& outer() const { return outer_; }

  /// Whether the value is known outside: a slice, a constant of the loop, a literal, or what set_outside told.
  bool is_outside(const Value& value) const;
  /// The value outside; literals are copied when first asked for.
  Outside outside(const Value& value);
  void set_outside(const Value& value, Outside known) { outside_[value] = known; }
  /// Inputs of a body's node as they are outside. All must be known.
  struct Operands {
    Values values;
    std::vector<bool> per_step;
    bool any_per_step = false;
  };
  /// With `guarded`, padded rows of what is per step are such that no op refuses them: 0, or 1 where it divides.
  Operands operands(const Node& node, bool guarded);

  /// The node computed for all steps at once outside, its results entered as outside. False, and nothing entered, when
  /// its op cannot be batched.
  bool move_out(std::int32_t node);
  /// Whether move_out would succeed, tried on a scratch graph whose values have the types they will have outside.
  bool can_move_out(std::int32_t node, const std::vector<bool>& per_step);

  /// Which axis of the body's value is the batch, because it comes from rows; none without lengths.
  std::optional<std::size_t> row_axis(const Value& value) const { return rows_.axis(value); }
  bool has_rows_first(const Value& value) const { return rows_.has_rows_first(value); }
  /// Whether a result of the node, handed in as a slice, would be taken for rows that it is not: its axis 0 is as long
  /// as a literal batch.
  bool looks_like_rows(std::int32_t node) const;
  /// where(active, x, 0) for x [time, ...] whose steps have the batch on this axis; x itself in a loop without lengths.
  Value zero_padding(Value x, std::size_t row_axis = 0);
  /// Whether padded rows of a value that is per step outside hold numbers for sure: what a loop stacked, zeros, and
  /// rows of an embedding table.
  bool is_finite_in_padding(const Value& value);
  /// What the scan's output i is when its value is known outside.
  Value output_from_outside(std::size_t output);

  /// Builds the loop around the carries that stay and the given values of the body, which are stacked. Slices and
  /// constants are those that what stays uses. Enters the stacked values as outside; returns the carries' last values.
  Values rebuild(const std::vector<std::size_t>& carries, const Values& stacked);

 private:
  bool is_zeroed(const Value& value) const;
  Value own_value(const Value& value);
  void build_value(const Value& value);
  void build_node(std::int32_t index);
  Value fill_padding(Value x, std::size_t row_axis, double value);
  static bool must_stay(const Node& node, const std::vector<bool>& per_step);

  Graph& outer_;
  std::string name_;
  Node node_;  // a copy: appending to `outer` moves its nodes
  ScanView scan_;
  RowAxes rows_;
  std::unordered_map<Value, Outside, ValueHash> outside_;

  // While a body is built:
  Graph* target_ = nullptr;
  ScanParts parts_;
  ValueMap own_;
  Values own_slices_, own_constants_;
};

/// Where the rows are in the values of a body. None without lengths.
RowAxes find_rows(const ScanView& scan);

}  // namespace gradloom
