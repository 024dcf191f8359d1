// chrF2 and chrF++ (Popovic 2015, 2017) as sacreBLEU 2.6.0 computes them: an F-score over character n-grams, kinder
// than BLEU to a word that is right but for its ending.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gradloom {

struct ChrfOptions {
  /// 0 is chrF2; 2 is chrF++, which counts words and pairs of words too.
  int word_order = 0;
};

/// What chrF counts of a sentence, an entry an order: characters 1 to 6, then words 1 to word_order.
struct ChrfCounts {
  std::array<std::int64_t, 8> hypothesis{}, reference{}, matches{};

  ChrfCounts& operator+=(const ChrfCounts& other);
};

ChrfCounts chrf_counts(std::string_view hypothesis, std::string_view reference, const ChrfOptions& options = {});

/// The score, 0 to 100, with beta 2.
double chrf_from_counts(const ChrfCounts& counts, const ChrfOptions& options = {});

/// chrF of a corpus with one reference a line. Unequal numbers of lines are a UserError (Fault::input).
double corpus_chrf(std::span<const std::string> hypotheses, std::span<const std::string> references,
                   const ChrfOptions& options = {});

/// `nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no`.
std::string chrf_signature(const ChrfOptions& options = {});

}  // namespace gradloom
