// A language of twenty words, its translation word for word in reversed order, and a config that learns it in seconds.
#pragma once

#include <map>
#include <string>

#include "tests/serialization/scratch_folder.h"
#include "training/config.h"
#include "training/trainer.h"

namespace gradloom {

/// Writes train.en, train.fr, valid.en and valid.fr into the folder.
void write_small_corpus(const ScratchFolder& scratch, int pairs = 120);

/// A model of a few thousand parameters on that corpus, with dropout and validation.
TrainingConfig small_config(const ScratchFolder& scratch);

/// The bytes of the files that a run that never stopped and one that did must share, by name.
std::map<std::string, std::string> lasting_bytes(const std::string& folder);

/// Stops after so many updates, without a signal.
class StopAfter : public TrainingObserver {
 public:
  explicit StopAfter(std::int64_t updates) : left_(updates) {}
  void updated(const TrainingProgress&) override { --left_; }
  bool is_due() const { return left_ <= 0; }

 private:
  std::int64_t left_;
};

}  // namespace gradloom
