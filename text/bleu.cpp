// Counting of n-grams, the brevity penalty and the signature, as declared in bleu.h.
#include "text/bleu.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <unordered_map>

#include "base/error.h"
#include "text/normalise.h"
#include "text/unicode.h"

namespace gradloom {
namespace {

constexpr std::size_t orders = 4;

using NgramCounts = std::array<std::unordered_map<std::string, std::int64_t>, orders>;

std::vector<std::string> bleu_tokens(std::string_view line, const BleuOptions& options) {
  std::string text = options.lower_case ? lower_case(line) : std::string(line);
  text = without_trailing_white_space(text);
  if (options.tokenizer == BleuTokenizer::mteval_13a) text = tokenize_13a(text);
  auto pieces = split_white_space(text);
  return {pieces.begin(), pieces.end()};
}

NgramCounts count_ngrams(const std::vector<std::string>& tokens) {
  NgramCounts counts;
  for (std::size_t begin = 0; begin < tokens.size(); ++begin) {
    std::string ngram;  // tokens hold no space, so a space between them keeps n-grams apart
    for (std::size_t n = 0; n < orders && begin + n < tokens.size(); ++n) {
      if (n > 0) ngram += ' ';
      ngram += tokens[begin + n];
      ++counts[n][ngram];
    }
  }
  return counts;
}

}  // namespace

BleuCounts& BleuCounts::operator+=(const BleuCounts& other) {
  for (std::size_t n = 0; n < orders; ++n) {
    matches[n] += other.matches[n];
    totals[n] += other.totals[n];
  }
  hypothesis_length += other.hypothesis_length;
  reference_length += other.reference_length;
  return *this;
}

BleuCounts bleu_counts(std::string_view hypothesis, std::span<const std::string> references,
                       const BleuOptions& options) {
  auto tokens = bleu_tokens(hypothesis, options);
  BleuCounts counts;
  counts.hypothesis_length = static_cast<std::int64_t>(tokens.size());
  NgramCounts most;  // of every n-gram, its largest count in any reference
  std::int64_t nearest = -1;
  for (const auto& reference : references) {
    auto reference_tokens = bleu_tokens(reference, options);
    auto length = static_cast<std::int64_t>(reference_tokens.size());
    auto distance = std::abs(length - counts.hypothesis_length);
    if (nearest < 0 || distance < nearest || (distance == nearest && length < counts.reference_length)) {
      nearest = distance;
      counts.reference_length = length;
    }
    auto found = count_ngrams(reference_tokens);
    for (std::size_t n = 0; n < orders; ++n)
      for (const auto& [ngram, count] : found[n]) most[n][ngram] = std::max(most[n][ngram], count);
  }
  auto own = count_ngrams(tokens);
  for (std::size_t n = 0; n < orders; ++n) {
    for (const auto& [ngram, count] : own[n]) {
      counts.totals[n] += count;
      if (auto found = most[n].find(ngram); found != most[n].end()) counts.matches[n] += std::min(count, found->second);
    }
  }
  return counts;
}

BleuScore bleu_from_counts(const BleuCounts& counts, const BleuOptions& options) {
  BleuScore result;
  result.counts = counts;
  if (counts.hypothesis_length < counts.reference_length) {
    double ratio = static_cast<double>(counts.reference_length) / static_cast<double>(counts.hypothesis_length);
    result.brevity_penalty = counts.hypothesis_length > 0 ? std::exp(1 - ratio) : 0;
  }
  if (std::ranges::all_of(counts.matches, [](std::int64_t count) { return count == 0; })) return result;

  double unmatched = 1;
  std::size_t last_order = orders;
  for (std::size_t n = 0; n < orders; ++n) {
    std::int64_t extra = options.smoothing == BleuSmoothing::add_one && n > 0 ? 1 : 0;
    auto matches = static_cast<double>(counts.matches[n] + extra);
    auto total = static_cast<double>(counts.totals[n] + extra);
    result.counts.matches[n] += extra;
    result.counts.totals[n] += extra;
    if (total == 0) break;
    if (options.effective_order) last_order = n + 1;
    if (matches > 0) {
      result.precisions[n] = 100 * matches / total;
    } else if (options.smoothing == BleuSmoothing::exponent) {
      unmatched *= 2;
      result.precisions[n] = 100 / (unmatched * total);
    } else if (options.smoothing == BleuSmoothing::floor) {
      result.precisions[n] = 100 * 0.1 / total;
    }
  }
  double log_sum = 0;
  for (std::size_t n = 0; n < last_order; ++n) {
    if (result.precisions[n] == 0) return result;
    log_sum += std::log(result.precisions[n]);
  }
  result.score = result.brevity_penalty * std::exp(log_sum / static_cast<double>(last_order));
  return result;
}

BleuScore corpus_bleu(std::span<const std::string> hypotheses, std::span<const std::string> references,
                      const BleuOptions& options) {
  require(hypotheses.size() == references.size(), Fault::input, "BLEU: ", hypotheses.size(), " hypotheses but ",
          references.size(), " references; both need a line for each sentence");
  BleuCounts counts;
  for (std::size_t i = 0; i < hypotheses.size(); ++i)
    counts += bleu_counts(hypotheses[i], references.subspan(i, 1), options);
  return bleu_from_counts(counts, options);
}

double sentence_bleu(std::string_view hypothesis, std::string_view reference, BleuOptions options) {
  options.effective_order = true;
  std::string only(reference);
  return bleu_from_counts(bleu_counts(hypothesis, std::span(&only, 1), options), options).score;
}

std::string bleu_signature(const BleuOptions& options, int references) {
  const char* smoothing = "none";
  if (options.smoothing == BleuSmoothing::exponent) smoothing = "exp";
  if (options.smoothing == BleuSmoothing::floor) smoothing = "floor[0.10]";
  if (options.smoothing == BleuSmoothing::add_one) smoothing = "add-k[1.00]";
  return concat_text("nrefs:", references, "|case:", options.lower_case ? "lc" : "mixed",
                     "|eff:", options.effective_order ? "yes" : "no",
                     "|tok:", options.tokenizer == BleuTokenizer::none ? "none" : "13a", "|smooth:", smoothing);
}

}  // namespace gradloom
