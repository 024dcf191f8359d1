// Paired bootstrap: equal systems are equal, better ones are told from chance.
#include "text/bootstrap.h"

#include <doctest/doctest.h>

#include <vector>

#include "base/error.h"
#include "text/draws.h"

using namespace gradloom;

namespace {

// Sentences of ten words of which a share is right.
std::vector<BleuCounts> counts_of(std::int64_t sentences, double share, std::uint64_t seed) {
  std::vector<BleuCounts> all;
  Draws draws(seed, 0);
  for (std::int64_t i = 0; i < sentences; ++i) {
    std::string reference, hypothesis;
    for (int w = 0; w < 10; ++w) {
      std::string word = "w" + std::to_string(draws.below(1000));
      reference += word + " ";
      hypothesis += (draws.chance(share) ? word : "x") + " ";
    }
    all.push_back(bleu_counts(hypothesis, std::vector{reference}));
  }
  return all;
}

}  // namespace

TEST_CASE("text/bootstrap: a better system is told from an equal one") {
  auto good = counts_of(200, 0.9, 1), bad = counts_of(200, 0.7, 1);
  PairedBootstrap same = paired_bootstrap(good, good);
  CHECK(same.p_value == 1);
  CHECK(same.difference.value == 0);
  CHECK(same.difference.low == 0);
  CHECK(same.difference.high == 0);
  CHECK(same.first.low < same.first.value);
  CHECK(same.first.high > same.first.value);

  PairedBootstrap better = paired_bootstrap(bad, good);
  CHECK(better.p_value == doctest::Approx(1.0 / 1001));
  CHECK(better.difference.value == doctest::Approx(better.second.value - better.first.value));
  CHECK(better.difference.low > 0);
  PairedBootstrap worse = paired_bootstrap(good, bad);
  CHECK(worse.difference.value == -better.difference.value);
  CHECK(worse.p_value == better.p_value);

  // Two draws of one system: the interval of the difference has 0 in it.
  PairedBootstrap alike = paired_bootstrap(counts_of(200, 0.8, 1), counts_of(200, 0.8, 2));
  CHECK(alike.difference.low < 0);
  CHECK(alike.difference.high > 0);
  CHECK(alike.p_value > 0.05);
}

TEST_CASE("text/bootstrap: equal seeds draw alike, and what cannot be drawn is said") {
  auto good = counts_of(50, 0.9, 1), bad = counts_of(50, 0.7, 1);
  BootstrapOptions options{.samples = 100, .seed = 7};
  CHECK(paired_bootstrap(bad, good, {}, options).difference.low ==
        paired_bootstrap(bad, good, {}, options).difference.low);
  CHECK_THROWS_WITH_AS(paired_bootstrap(bad, std::span(good).first(49)),
                       "bootstrap: 50 and 49 sentences given, equal numbers above 0 are needed", UserError);
  CHECK_THROWS_WITH_AS(paired_bootstrap({}, {}), "bootstrap: 0 and 0 sentences given, equal numbers above 0 are needed",
                       UserError);
  CHECK_THROWS_WITH_AS(paired_bootstrap(bad, good, {}, {.samples = 0}),
                       "bootstrap: 0 samples given, at least 1 is needed", UserError);
}
