// BLEU as sacreBLEU 2.6.0 computes it (Papineni et al. 2002; Post 2018), so that scores of Gradloom can be put beside
// published ones. The rules are held against sacreBLEU's own results by tests/text/bleu_test.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gradloom {

/// How lines become the tokens that are counted.
enum class BleuTokenizer {
  mteval_13a,  ///< that of WMT's mteval-v13a script: what BLEU is quoted with
  none,        ///< split at white space only
};

/// What an n-gram order without a match counts as (Chen and Cherry 2014).
enum class BleuSmoothing {
  none,      ///< zero, and so is the score
  exponent,  ///< 1/2, 1/4, ... of one match: the default everywhere
  floor,     ///< 0.1 of a match
  add_one,   ///< one match more in every order above 1
};

struct BleuOptions {
  BleuTokenizer tokenizer = BleuTokenizer::mteval_13a;
  BleuSmoothing smoothing = BleuSmoothing::exponent;
  bool lower_case = false;
  /// The mean goes over the orders that the hypothesis is long enough for: meant for single sentences.
  bool effective_order = false;
};

/// What BLEU counts of a sentence; sums of it are what BLEU counts of a corpus.
struct BleuCounts {
  std::array<std::int64_t, 4> matches{}, totals{};
  std::int64_t hypothesis_length = 0, reference_length = 0;

  BleuCounts& operator+=(const BleuCounts& other);
};

struct BleuScore {
  double score = 0;                    ///< 0 to 100
  std::array<double, 4> precisions{};  ///< of 1-grams to 4-grams, 0 to 100
  double brevity_penalty = 1;
  BleuCounts counts;
};

/// The tokens of mteval-v13a, separated by single spaces.
std::string tokenize_13a(std::string_view line);

/// The counts of one sentence against its references; the reference length is the closest one, the shorter on a tie.
BleuCounts bleu_counts(std::string_view hypothesis, std::span<const std::string> references,
                       const BleuOptions& options = {});

BleuScore bleu_from_counts(const BleuCounts& counts, const BleuOptions& options = {});

/// BLEU of a corpus with one reference a line. Unequal numbers of lines are a UserError (Fault::input).
BleuScore corpus_bleu(std::span<const std::string> hypotheses, std::span<const std::string> references,
                      const BleuOptions& options = {});

/// BLEU of one sentence, with effective order.
double sentence_bleu(std::string_view hypothesis, std::string_view reference, BleuOptions options = {});

/// `nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp`: what makes a score comparable.
std::string bleu_signature(const BleuOptions& options = {}, int references = 1);

}  // namespace gradloom
