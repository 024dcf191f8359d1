// Training of a model folder by its own train_step. A run may stop anywhere and go on in another process: the folder's
// bytes in the end are those of a run that never stopped.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "runtime/profile.h"
#include "training/languages.h"
#include "training/position.h"

namespace gradloom {

/// What a line of the log says.
struct TrainingProgress {
  std::int64_t update = 0, epoch = 0;
  std::int64_t batch = 0, batches = 0;  ///< the place in the epoch
  double loss = 0;                      ///< mean over the target tokens since the last line
  double gradient_norm = 0;             ///< mean before clipping
  double learning_rate = 0;
  double tokens_per_second = 0;  ///< target tokens
};

struct ValidationProgress {
  std::int64_t update = 0;
  double loss = 0;             ///< mean over the target tokens
  std::optional<double> bleu;  ///< of the greedy translations, where they are asked for
  bool is_best = false;
  std::int64_t since_best = 0;
};

/// What happens while training, for whoever shows it.
class TrainingObserver {
 public:
  virtual ~TrainingObserver() = default;
  virtual void started(const TrainingConfig&, const CorpusCounts&, const TrainingPosition&, double /*padding*/) {}
  /// After every update; loss is this batch's.
  virtual void updated(const TrainingProgress&) {}
  virtual void logged(const TrainingProgress&) {}
  virtual void validated(const ValidationProgress&) {}
  /// The checkpoint is durable.
  virtual void saved(const TrainingPosition&) {}
};

struct RunOptions {
  /// Limits of this run, the first two counted from the model's first update; without any the folder's own.
  std::optional<std::int64_t> epochs, max_updates;
  std::optional<double> max_minutes;  ///< of this run alone
  int threads = 1;
  bool check_finite = false;
  Profile* profile = nullptr;  ///< when given, gathers the updates' steps
  std::function<bool()> stop;  ///< asked between updates: when true, write a checkpoint and return
};

enum class Ending { epochs, updates, minutes, patience, stopped, diverged };

struct TrainingResult {
  Ending ending = Ending::epochs;
  TrainingPosition position;
  std::string text;  ///< why, for the user: `10 epochs are done`
};

/// Trains the model in `folder` on from its last checkpoint. `data` is what create_model returned; without it the
/// corpora are read again, and must have the hashes of config.json (Fault::input).
TrainingResult train(const std::string& folder, const RunOptions& options, TrainingObserver& observer,
                     std::optional<TrainingData> data = {});

}  // namespace gradloom
