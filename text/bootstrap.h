// Whether one system's BLEU is above another's by more than the choice of test sentences explains: paired bootstrap
// resampling (Koehn 2004), with the p-value that sacreBLEU computes.
#pragma once

#include <cstdint>
#include <span>

#include "text/bleu.h"

namespace gradloom {

struct BootstrapOptions {
  std::int64_t samples = 1000;
  std::uint64_t seed = 12345;
};

/// A number and where 95 % of its values over the samples lie.
struct Estimate {
  double value = 0, low = 0, high = 0;
};

struct PairedBootstrap {
  Estimate first, second;
  Estimate difference;  ///< second - first
  /// How often chance alone would part two equal systems by as much: (1 + samples whose difference is as far from the
  /// mean difference as the real one from 0) / (samples + 1).
  double p_value = 1;
};

/// Both systems' counts of the same sentences (bleu_counts). Each sample draws as many sentences, with repetition, the
/// same ones for both. A UserError (Fault::input) when the numbers of sentences differ or are 0; fewer than 1 sample is
/// wrong usage.
PairedBootstrap paired_bootstrap(std::span<const BleuCounts> first, std::span<const BleuCounts> second,
                                 const BleuOptions& bleu = {}, const BootstrapOptions& options = {});

}  // namespace gradloom
