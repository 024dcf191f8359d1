// Translations looked at sentence by sentence: BLEU of each, of groups by the source's length, the best and the worst.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "text/bleu.h"

namespace gradloom {

/// What was translated and how it should be.
struct ReferenceText {
  std::vector<std::string> sources, references;
};

/// Words between spaces.
std::int64_t word_count(std::string_view line);

/// Sentences whose source has so many words.
struct LengthRange {
  std::int64_t shortest = 0, longest = 0;  ///< longest 0: any
  std::vector<std::size_t> sentences;      ///< which
  std::string name() const;                ///< `7-9`, `21-`
};

/// The ranges 1-3, 4-6, ..., 13-15, 16-20 and 21- that have a sentence.
std::vector<LengthRange> length_ranges(const ReferenceText& text);
/// Those with more words than that, as one range.
LengthRange longer_than(const ReferenceText& text, std::int64_t words);

/// BLEU of the sentences of a range.
double bleu_of_range(const ReferenceText& text, std::span<const std::string> translations, const LengthRange& range);

struct ScoredSentence {
  std::size_t index = 0;
  double bleu = 0;  ///< with effective order
};
/// All sentences, the best first; of equal ones the longer source, then the earlier.
std::vector<ScoredSentence> ranked_sentences(const ReferenceText& text, std::span<const std::string> translations);

}  // namespace gradloom
