// Sums of counts instead of texts: a sample of thousands of sentences takes microseconds.
#include "text/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "text/draws.h"

namespace gradloom {

namespace {

double score_of(std::span<const BleuCounts> counts, const BleuOptions& options) {
  BleuCounts sum;
  for (const BleuCounts& sentence : counts) sum += sentence;
  return bleu_from_counts(sum, options).score;
}

Estimate estimate(double value, std::vector<double> samples) {
  std::ranges::sort(samples);
  auto at = [&](double share) {
    return samples[static_cast<std::size_t>(share * static_cast<double>(samples.size() - 1))];
  };
  return {value, at(0.025), at(0.975)};
}

}  // namespace

PairedBootstrap paired_bootstrap(std::span<const BleuCounts> first, std::span<const BleuCounts> second,
                                 const BleuOptions& bleu, const BootstrapOptions& options) {
  require(first.size() == second.size() && !first.empty(), Fault::input, "bootstrap: ", first.size(), " and ",
          second.size(), " sentences given, equal numbers above 0 are needed");
  require(options.samples >= 1, Fault::usage, "bootstrap: ", options.samples, " samples given, at least 1 is needed");
  Draws draws(options.seed, 0);
  std::vector<double> firsts, seconds, differences;
  for (std::int64_t sample = 0; sample < options.samples; ++sample) {
    BleuCounts first_sum, second_sum;
    for (std::size_t i = 0; i < first.size(); ++i) {
      auto drawn = static_cast<std::size_t>(draws.below(static_cast<std::int64_t>(first.size())));
      first_sum += first[drawn];
      second_sum += second[drawn];
    }
    firsts.push_back(bleu_from_counts(first_sum, bleu).score);
    seconds.push_back(bleu_from_counts(second_sum, bleu).score);
    differences.push_back(seconds.back() - firsts.back());
  }
  PairedBootstrap result;
  double real_first = score_of(first, bleu), real_second = score_of(second, bleu), real = real_second - real_first;
  double mean = std::accumulate(differences.begin(), differences.end(), 0.0) / static_cast<double>(options.samples);
  auto as_far = std::ranges::count_if(differences, [&](double d) { return std::abs(d - mean) >= std::abs(real); });
  result.p_value = static_cast<double>(as_far + 1) / static_cast<double>(options.samples + 1);
  result.first = estimate(real_first, std::move(firsts));
  result.second = estimate(real_second, std::move(seconds));
  result.difference = estimate(real, std::move(differences));
  return result;
}

}  // namespace gradloom
