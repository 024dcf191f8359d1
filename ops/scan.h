// How the operands and results of a scan node lie: for autodiff, passes and the runtime.
//
// operands: carries, sequences, constants, then lengths when there are any
// results:  final carries, stacked outputs [time, ...]
// body:     carries, slices, constants -> next carries, outputs
//
// Attributes: body, num_carries, num_sequences, num_constants, reverse, has_lengths, length (the number of steps);
// plain_carries and plain_outputs list the carries and outputs without a batch axis: they never freeze and are never
// zeroed. `gradients` makes such carries, for what is summed over rows; a user's scan with lengths has none.
#pragma once

#include "ops/ops.h"

namespace gradloom {

extern const OpDef scan_op;
extern const OpDef active_rows_op;

/// bool [steps, batch]: whether t < lengths[row]. A length outside of [0, steps] is an error when it runs.
Value active_rows(Value lengths, Dim steps);

/// A scan node's parts by name.
class ScanView {
 public:
  explicit ScanView(const Node& node);
  ScanView(Values inputs, const Attributes& attributes);

  std::size_t num_carries() const { return num_carries_; }
  std::size_t num_sequences() const { return num_sequences_; }
  std::size_t num_constants() const { return num_constants_; }
  std::size_t num_outputs() const { return body_->outputs().size() - num_carries_; }
  Value carry(std::size_t i) const { return inputs_[i]; }
  Value sequence(std::size_t i) const { return inputs_[num_carries_ + i]; }
  Value constant(std::size_t i) const { return inputs_[num_carries_ + num_sequences_ + i]; }
  bool has_lengths() const { return has_lengths_; }
  Value lengths() const { return has_lengths_ ? inputs_.back() : Value(); }
  bool reverse() const { return reverse_; }
  const Dim& length() const { return *length_; }
  const Graph& body() const { return *body_; }
  Value body_carry(std::size_t i) const { return body_->inputs()[i]; }
  Value body_slice(std::size_t i) const { return body_->inputs()[num_carries_ + i]; }
  Value body_constant(std::size_t i) const { return body_->inputs()[num_carries_ + num_sequences_ + i]; }
  Value next_carry(std::size_t i) const { return body_->outputs()[i].value; }
  Value body_output(std::size_t i) const { return body_->outputs()[num_carries_ + i].value; }
  bool is_plain_carry(std::size_t i) const;
  bool is_plain_output(std::size_t i) const;

 private:
  Values inputs_;
  std::size_t num_carries_, num_sequences_, num_constants_;
  bool reverse_, has_lengths_;
  const Dim* length_;
  Body body_;
  const std::vector<std::int64_t>*plain_carries_, *plain_outputs_;
};

/// The parts a scan node is made of; lengths may be none.
struct ScanParts {
  Values carries, sequences, constants;
  Value lengths;
  Body body = nullptr;
  bool reverse = false;
  Dim length;
  std::vector<std::int64_t> plain_carries, plain_outputs;
};

/// Appends the node. The results are the final carries, then the stacked outputs.
Values add_scan(Graph& graph, const ScanParts& parts);

/// A body like this one of a loop with lengths, in which integers of rows at rest are divided by 1: their slices read
/// as 0. It takes one sequence more, the active rows [batch], after the others. nullptr when nothing is divided.
Graph* with_safe_divisors(const Graph& body, std::size_t num_carries, std::size_t num_sequences, const Dim& batch);

Values scan_gradient(const Backward& b);
Values scan_batching(const Batching& b);

}  // namespace gradloom
