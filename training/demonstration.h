// The demonstration: the traditional and the attention model, trained alike on the built-in phrasebook and compared.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "training/attention_maps.h"
#include "training/config.h"

namespace gradloom {

struct DemonstrationOptions {
  std::string folder;
  std::int64_t steps = 0;  ///< updates of each model; 0: as many as it takes to learn
  int threads = 1;
  std::function<bool()> stop;  ///< asked between updates
};

/// What both models are made and trained with; only the attention differs.
TrainingConfig demonstration_config();
PhrasebookOptions demonstration_phrasebook();
std::int64_t demonstration_steps();

struct DemonstrationModel {
  std::int64_t parameters = 0;
  double seconds = 0;                             ///< of training
  double loss = 0, bleu = 0;                      ///< of the test part
  std::vector<double> bleu_by_length;             ///< of the test part
  std::vector<std::pair<double, double>> losses;  ///< update, mean training loss since the last point
  std::vector<std::pair<double, double>> bleus;   ///< update, BLEU of the validation part
  std::vector<std::string> translations;          ///< of the test part
};

/// Sentences of the test part with so many English words.
struct LengthGroup {
  std::int64_t shortest = 0, longest = 0, sentences = 0;
  std::string name() const;  ///< `7-9`
};

struct Demonstration {
  std::int64_t steps = 0;
  Phrasebook phrasebook;
  std::vector<LengthGroup> lengths;
  DemonstrationModel traditional, attention;
  AlignmentAccuracies accuracy;
  std::vector<std::size_t> shown;  ///< phrases of the test part to show, the lesson's sentence first
  std::vector<AttentionMap> maps;  ///< what the attention model looked at when it translated them
};

class DemonstrationObserver {
 public:
  virtual ~DemonstrationObserver() = default;
  virtual void begun(std::string_view /*model*/, std::int64_t /*parameters*/) {}
  virtual void updated(std::string_view /*model*/, std::int64_t /*update*/, double /*loss*/) {}
  /// Now and then: the mean loss since the last call, and BLEU of the validation part.
  virtual void measured(std::string_view /*model*/, std::int64_t /*update*/, double /*loss*/, double /*bleu*/) {}
};

/// Writes FOLDER/phrasebook, the model folders FOLDER/traditional and FOLDER/attention, and FOLDER/report.html, and
/// replaces what an earlier demonstration wrote; a folder that holds anything else is refused (Fault::usage). Nothing
/// when it was stopped.
std::optional<Demonstration> demonstrate(const DemonstrationOptions& options, DemonstrationObserver& observer);

/// The comparison, a few translations and an alignment for a terminal.
std::string demonstration_text(const Demonstration& result);
/// {"traditional": {"bleu", "loss", "seconds", "parameters"}, "attention": {the same, "alignment_accuracy"}}
std::string demonstration_json(const Demonstration& result);
std::string demonstration_page(const Demonstration& result);
/// The sizes that both models share, in one line.
std::string demonstration_sizes(std::int64_t steps);

}  // namespace gradloom
