// Batches prepared ahead of their use: sorting an epoch and copying sentences goes on in one thread of its own while
// the model computes. The order is BatchSequence's, a function of seed and epoch alone.
#pragma once

#include <memory>

#include "text/batches.h"

namespace gradloom {

/// A batch, and where the sequence is when it has been used.
struct PreparedBatch {
  Batch batch;
  BatchPosition next;
  std::int64_t batches_in_epoch = 0;  ///< of the epoch that the batch belongs to
};

class BatchFeed {
 public:
  /// `pairs` must outlive it, unchanged. A position outside its epoch is a UserError (Fault::input).
  BatchFeed(const IdPairs& pairs, const BatchOptions& options, BatchPosition position = {});
  /// Ends the thread within the batch that it prepares.
  ~BatchFeed();
  BatchFeed(const BatchFeed&) = delete;
  BatchFeed& operator=(const BatchFeed&) = delete;

  /// The next batch, or what preparing it failed with, thrown.
  PreparedBatch next();
  /// The share of padding in the epoch that it began in.
  double padding() const;
  /// Seconds that `next` has waited in all.
  double seconds_waited() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gradloom
