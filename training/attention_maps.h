// What an attention model looks at while it writes given translations, and how often that is the word it should be.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "text/phrasebook.h"
#include "training/picture.h"
#include "training/translation.h"

namespace gradloom {

/// The attention of each pair (source line, target line), whoever translated: the model is handed the target's words
/// one after another. A UserError when the model has no attention.
std::vector<AttentionMap> attention_maps(Translator& translator,
                                         std::span<const std::pair<std::string, std::string>> pairs);

/// Of the target words that carry content (nouns, verbs, adjectives, adverbs) and have a source word that they
/// translate: the share whose largest weight is on such a source word.
struct AlignmentAccuracy {
  std::int64_t words = 0, right = 0;
  std::int64_t diagonal = 0;  ///< right if each word looked at the source word at its own share of the way

  double share() const { return words == 0 ? 0 : static_cast<double>(right) / static_cast<double>(words); }
  double diagonal_share() const { return words == 0 ? 0 : static_cast<double>(diagonal) / static_cast<double>(words); }
};

struct AlignmentAccuracies {
  AlignmentAccuracy all, reordered;  ///< reordered: words whose links cross another's
};

/// `maps` are those of the phrases' own translations. An InternalError when the sizes disagree.
AlignmentAccuracies alignment_accuracy(std::span<const Phrase> phrases, std::span<const AttentionMap> maps);

}  // namespace gradloom
