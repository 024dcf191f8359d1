// Batches of sentence pairs of nearly equal length, in an order that is a pure function of seed and epoch: a place in
// the data is {epoch, batch}, and a run that resumes there sees what it would have seen.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tensor/tensor.h"
#include "text/id_pairs.h"

namespace gradloom {

/// The length that batches are given whose longest sentence is `length` long: the next of eight an octave (1 to 16, 18,
/// 20, ... 32, 36, ...). So an epoch has few combinations of sizes, each of which a session plans once
/// (docs/decisions/0012).
std::int64_t rounded_length(std::int64_t length);

/// What the functions `loss` and `train_step` of a model take. All tensors are int32; beyond a row's length stands
/// padding_id.
struct Batch {
  Tensor source;                                      ///< [batch, source_length], without an end token
  Tensor source_lengths;                              ///< [batch]
  Tensor target_in;                                   ///< [batch, target_length]: end_id, then the target's words
  Tensor target_out;                                  ///< [batch, target_length]: the target's words, then end_id
  Tensor target_lengths;                              ///< [batch], the end token counted
  std::vector<std::int64_t> pairs;                    ///< which sentence pair each row is
  std::int64_t source_tokens = 0, target_tokens = 0;  ///< without padding; target end tokens counted
};

/// The given sentence pairs as one batch, in the given order. No pair at all is a UserError.
Batch make_batch(const IdPairs& pairs, std::span<const std::int64_t> rows);

struct BatchOptions {
  /// Pairs a batch, or 0 to go by tokens. One of `sentences` and `tokens` is positive, the other 0 (a UserError
  /// otherwise).
  std::int64_t sentences = 0;
  /// Rows times the rounded length of the longest sentence of either side (its end token counted) stay within this; a
  /// longer sentence is a batch of its own.
  std::int64_t tokens = 0;
  std::int64_t pool = std::int64_t{1} << 18;  ///< pairs sorted together by length
  std::uint64_t seed = 1;
};

/// Which pairs form each batch of an epoch.
struct BatchPlan {
  std::vector<std::int64_t> pairs;   ///< the batches' rows, one batch after the other
  std::vector<std::int64_t> begins;  ///< where each batch begins in `pairs`, and where the last one ends
  double padding = 0;                ///< the share of positions, source and target together, that is padding

  std::int64_t size() const { return static_cast<std::int64_t>(begins.size()) - 1; }
  std::span<const std::int64_t> rows(std::int64_t batch) const;
};

/// The batches of an epoch of training: the pairs are shuffled, sorted by length within pools and cut; then the batches
/// are shuffled. Every pair stands in exactly one batch.
BatchPlan plan_epoch(const IdPairs& pairs, const BatchOptions& options, std::int64_t epoch);

/// All pairs sorted by length, for evaluation: no choice is random.
BatchPlan plan_by_length(const IdPairs& pairs, const BatchOptions& options);

struct BatchPosition {
  std::int64_t epoch = 0, batch = 0;

  bool operator==(const BatchPosition&) const = default;
};

/// The batches of one epoch after another. `pairs` must outlive it.
class BatchSequence {
 public:
  /// A position outside its epoch is a UserError (Fault::input).
  BatchSequence(const IdPairs& pairs, const BatchOptions& options, BatchPosition position = {});

  /// The place of the batch that `next` gives next.
  BatchPosition position() const { return position_; }
  Batch next();

  /// Of the epoch of `position`.
  std::int64_t batches_in_epoch() const { return plan_.size(); }
  double padding() const { return plan_.padding; }

 private:
  const IdPairs& pairs_;
  BatchOptions options_;
  BatchPosition position_;
  BatchPlan plan_;
};

}  // namespace gradloom
