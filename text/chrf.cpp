// Counting of character n-grams and their F score, as declared in chrf.h.
#include "text/chrf.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "text/unicode.h"

namespace gradloom {
namespace {

constexpr std::size_t character_orders = 6;

using Counts = std::unordered_map<std::string_view, std::int64_t>;

std::string without_white_space(std::string_view line) {
  std::string out;
  for (auto piece : split_white_space(line)) out += piece;
  return out;
}

// N-grams of n pieces that follow each other in one buffer without a gap.
Counts count_runs(const std::vector<std::string_view>& pieces, std::size_t n) {
  Counts counts;
  for (std::size_t i = 0; i + n <= pieces.size(); ++i) {
    const char* end = pieces[i + n - 1].data() + pieces[i + n - 1].size();
    ++counts[std::string_view(pieces[i].data(), static_cast<std::size_t>(end - pieces[i].data()))];
  }
  return counts;
}

bool is_ascii_punctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

// The words with one punctuation mark at the end, else at the beginning, set apart; each is followed by a space.
std::string chrf_words(std::string_view line) {
  std::string out;
  for (auto word : split_white_space(line)) {
    std::size_t position = 0;
    next_character(word, position);
    if (position < word.size() && is_ascii_punctuation(word.back()))
      out.append(word.substr(0, word.size() - 1)).append(1, ' ').append(1, word.back());
    else if (position < word.size() && is_ascii_punctuation(word.front()))
      out.append(1, word.front()).append(1, ' ').append(word.substr(1));
    else
      out.append(word);
    out += ' ';
  }
  return out;
}

void count_order(ChrfCounts& counts, std::size_t order, const Counts& hypothesis, const Counts& reference) {
  for (const auto& [ngram, count] : reference) counts.reference[order] += count;
  if (reference.empty()) return;
  for (const auto& [ngram, count] : hypothesis) {
    counts.hypothesis[order] += count;
    if (auto found = reference.find(ngram); found != reference.end())
      counts.matches[order] += std::min(count, found->second);
  }
}

}  // namespace

ChrfCounts& ChrfCounts::operator+=(const ChrfCounts& other) {
  for (std::size_t i = 0; i < matches.size(); ++i) {
    hypothesis[i] += other.hypothesis[i];
    reference[i] += other.reference[i];
    matches[i] += other.matches[i];
  }
  return *this;
}

ChrfCounts chrf_counts(std::string_view hypothesis, std::string_view reference, const ChrfOptions& options) {
  ChrfCounts counts;
  std::string hypothesis_text = without_white_space(hypothesis), reference_text = without_white_space(reference);
  auto hypothesis_pieces = characters(hypothesis_text), reference_pieces = characters(reference_text);
  for (std::size_t n = 1; n <= character_orders; ++n)
    count_order(counts, n - 1, count_runs(hypothesis_pieces, n), count_runs(reference_pieces, n));
  if (options.word_order == 0) return counts;

  std::string hypothesis_words = chrf_words(hypothesis), reference_words = chrf_words(reference);
  auto own = split_white_space(hypothesis_words), other = split_white_space(reference_words);
  for (std::size_t n = 1; n <= static_cast<std::size_t>(options.word_order); ++n)
    count_order(counts, character_orders + n - 1, count_runs(own, n), count_runs(other, n));
  return counts;
}

double chrf_from_counts(const ChrfCounts& counts, const ChrfOptions& options) {
  constexpr double factor = 4;  // beta^2
  double precision = 0, recall = 0;
  int effective = 0;
  for (std::size_t i = 0; i < character_orders + static_cast<std::size_t>(options.word_order); ++i) {
    if (counts.hypothesis[i] == 0 || counts.reference[i] == 0) continue;
    precision += static_cast<double>(counts.matches[i]) / static_cast<double>(counts.hypothesis[i]);
    recall += static_cast<double>(counts.matches[i]) / static_cast<double>(counts.reference[i]);
    ++effective;
  }
  if (precision + recall == 0) return 0;
  precision /= effective;
  recall /= effective;
  return 100 * (1 + factor) * precision * recall / (factor * precision + recall);
}

double corpus_chrf(std::span<const std::string> hypotheses, std::span<const std::string> references,
                   const ChrfOptions& options) {
  require(hypotheses.size() == references.size(), Fault::input, "chrF: ", hypotheses.size(), " hypotheses but ",
          references.size(), " references; both need a line for each sentence");
  require(options.word_order >= 0 && options.word_order <= 2, Fault::usage, "chrF: word order ", options.word_order,
          " given, 0 to 2 needed");
  ChrfCounts counts;
  for (std::size_t i = 0; i < hypotheses.size(); ++i) counts += chrf_counts(hypotheses[i], references[i], options);
  return chrf_from_counts(counts, options);
}

std::string chrf_signature(const ChrfOptions& options) {
  return concat_text("nrefs:1|case:mixed|eff:yes|nc:6|nw:", options.word_order, "|space:no");
}

}  // namespace gradloom
