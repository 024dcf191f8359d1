// How well a model does on sentences that it is not trained on.
#pragma once

#include <functional>
#include <optional>

#include "training/translation.h"

namespace gradloom {

/// The mean loss over all target tokens, end tokens counted, by the module's function `loss`; nothing when `stop`,
/// asked between batches, said so.
std::optional<double> validation_loss(Session& session, const IdPairs& pairs, const std::function<bool()>& stop = {});

struct Validation {
  double loss = 0;
  std::optional<double> bleu;             ///< of the greedy translations; nothing when there are none
  std::vector<std::string> translations;  ///< of data.valid_sources
};

/// Both, with the averaged parameters where the module keeps averages; nothing when `stop` said so.
std::optional<Validation> validate(Session& session, const Languages& languages, const TrainingData& data,
                                   const std::function<bool()>& stop = {});

}  // namespace gradloom
