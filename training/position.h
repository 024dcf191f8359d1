// TrainingPosition: everything about a training run that is not in a variable: the place in the data, what validation
// has seen, what the next line of the log is made of. With the variables it is a checkpoint.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "text/batches.h"

namespace gradloom {

struct TrainingPosition {
  std::int64_t update = 0;  ///< updates done
  BatchPosition place;      ///< of the next batch
  std::int64_t target_tokens = 0;

  std::int64_t window_updates = 0, window_tokens = 0;  ///< since the last line of the log
  double window_loss = 0, window_norm = 0;             ///< sums

  std::int64_t validated_update = -1;  ///< the last update after which validation was run
  std::int64_t best_update = -1;       ///< -1: none yet
  double best_loss = std::numeric_limits<double>::infinity();
  double best_bleu = -1;
  std::int64_t validations_since_best = 0;
  double rate_scale = 1;

  std::int64_t log_bytes = 0;  ///< of log.jsonl; what stands behind was written after the checkpoint

  bool operator==(const TrainingPosition&) const = default;
};

std::string position_json(const TrainingPosition& position);
/// A UserError (Fault::input) names what is missing or of another kind.
TrainingPosition parse_position(std::string_view text, const std::string& name);

}  // namespace gradloom
