// Groups and orders; the scores are text/bleu.h's.
#include "training/sentence_scores.h"

#include <algorithm>

#include "base/error.h"

namespace gradloom {

namespace {

void require_alike(const ReferenceText& text, std::span<const std::string> translations) {
  require(text.sources.size() == text.references.size() && translations.size() == text.sources.size(), Fault::usage,
          "scores of sentences: ", text.sources.size(), " sources, ", text.references.size(), " references and ",
          translations.size(), " translations given, equal numbers are needed");
}

LengthRange range_of(const ReferenceText& text, std::int64_t shortest, std::int64_t longest) {
  LengthRange range{shortest, longest, {}};
  for (std::size_t i = 0; i < text.sources.size(); ++i) {
    std::int64_t words = word_count(text.sources[i]);
    if (words >= shortest && (longest == 0 || words <= longest)) range.sentences.push_back(i);
  }
  return range;
}

}  // namespace

std::int64_t word_count(std::string_view line) {
  std::int64_t words = 0;
  bool is_inside = false;
  for (char c : line) {
    bool is_space = c == ' ' || c == '\t';
    words += !is_space && !is_inside ? 1 : 0;
    is_inside = !is_space;
  }
  return words;
}

std::string LengthRange::name() const {
  return concat_text(shortest, "-", longest == 0 ? std::string() : concat_text(longest));
}

std::vector<LengthRange> length_ranges(const ReferenceText& text) {
  constexpr std::int64_t ends[] = {3, 6, 9, 12, 15, 20, 0};
  std::vector<LengthRange> ranges;
  std::int64_t shortest = 1;
  for (std::int64_t longest : ends) {
    LengthRange range = range_of(text, shortest, longest);
    if (!range.sentences.empty()) ranges.push_back(std::move(range));
    shortest = longest + 1;
  }
  return ranges;
}

LengthRange longer_than(const ReferenceText& text, std::int64_t words) { return range_of(text, words + 1, 0); }

double bleu_of_range(const ReferenceText& text, std::span<const std::string> translations, const LengthRange& range) {
  require_alike(text, translations);
  BleuCounts counts;
  for (std::size_t i : range.sentences)
    counts += bleu_counts(translations[i], std::span(text.references).subspan(i, 1));
  return bleu_from_counts(counts).score;
}

std::vector<ScoredSentence> ranked_sentences(const ReferenceText& text, std::span<const std::string> translations) {
  require_alike(text, translations);
  std::vector<ScoredSentence> scored;
  for (std::size_t i = 0; i < translations.size(); ++i)
    scored.push_back({i, sentence_bleu(translations[i], text.references[i])});
  std::ranges::stable_sort(scored, [&](const ScoredSentence& a, const ScoredSentence& b) {
    if (a.bleu != b.bleu) return a.bleu > b.bleu;
    return word_count(text.sources[a.index]) > word_count(text.sources[b.index]);
  });
  return scored;
}

}  // namespace gradloom
