// BLEU and chrF against sacreBLEU's own results on 300 synthetic corpora and 500 tokenised lines.
#include "text/bleu.h"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "text/chrf.h"

using namespace gradloom;

namespace {

const nlohmann::json& golden() {
  static const auto json =
      nlohmann::json::parse(std::ifstream(std::string(GRADLOOM_SOURCE_DIR) + "/tests/golden/sacrebleu_golden.json"));
  return json;
}

bool near(double a, double b) { return std::abs(a - b) <= 1e-9; }

// The number of corpora whose every figure agrees with sacreBLEU's.
int agreeing(const char* setting, const BleuOptions& options) {
  int count = 0;
  for (const auto& c : golden()["cases"]) {
    auto hypotheses = c["hyps"].get<std::vector<std::string>>(), references = c["refs"].get<std::vector<std::string>>();
    auto result = corpus_bleu(hypotheses, references, options);
    const auto& wanted = c["scores"][setting];
    bool same = near(result.score, wanted["score"]) && near(result.brevity_penalty, wanted["bp"]) &&
                result.counts.hypothesis_length == wanted["sys_len"] &&
                result.counts.reference_length == wanted["ref_len"] &&
                wanted["signature"] == bleu_signature(options) + "|version:2.6.0";
    for (std::size_t n = 0; n < 4; ++n)
      same = same && near(result.precisions[n], wanted["precisions"][n]) &&
             result.counts.matches[n] == wanted["counts"][n] && result.counts.totals[n] == wanted["totals"][n];
    if (!same) MESSAGE(setting << ": " << result.score << " but sacreBLEU " << wanted.dump());
    count += same;
  }
  return count;
}

}  // namespace

TEST_CASE("text/bleu: tokens of 13a equal sacreBLEU's") {
  REQUIRE(golden()["tokenize_13a"].size() == 500);
  for (const auto& pair : golden()["tokenize_13a"])
    CHECK(tokenize_13a(pair[0].get<std::string>()) == pair[1].get<std::string>());
}

TEST_CASE("text/bleu: corpus scores equal sacreBLEU's in every setting") {
  REQUIRE(golden()["cases"].size() == 300);
  CHECK(agreeing("bleu_default", {}) == 300);
  CHECK(agreeing("bleu_lc", {.lower_case = true}) == 300);
  CHECK(agreeing("bleu_none", {.tokenizer = BleuTokenizer::none}) == 300);
  CHECK(agreeing("bleu_floor", {.smoothing = BleuSmoothing::floor}) == 300);
  CHECK(agreeing("bleu_addk", {.smoothing = BleuSmoothing::add_one}) == 300);
  CHECK(agreeing("bleu_nosmooth", {.smoothing = BleuSmoothing::none}) == 300);
}

TEST_CASE("text/bleu: sentence scores, chrF2 and chrF++ equal sacreBLEU's") {
  for (const auto& c : golden()["cases"]) {
    auto hypotheses = c["hyps"].get<std::vector<std::string>>(), references = c["refs"].get<std::vector<std::string>>();
    const auto& wanted = c["scores"];
    CHECK(near(sentence_bleu(hypotheses[0], references[0]), wanted["sentence_bleu_0"]));
    CHECK(near(corpus_chrf(hypotheses, references), wanted["chrf2"]));
    CHECK(near(corpus_chrf(hypotheses, references, {.word_order = 2}), wanted["chrfpp"]));
  }
}

TEST_CASE("text/bleu: the signature names what a score depends on") {
  CHECK(bleu_signature() == "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp");
  CHECK(bleu_signature({.lower_case = true, .effective_order = true}, 2) ==
        "nrefs:2|case:lc|eff:yes|tok:13a|smooth:exp");
  CHECK(chrf_signature({.word_order = 2}) == "nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no");
}

TEST_CASE("text/bleu: with several references the nearest length counts, the shorter on a tie") {
  std::vector<std::string> references{"a b c d e f", "a b c d", "z"};
  auto counts = bleu_counts("a b c d e", references);
  CHECK(counts.reference_length == 4);
  CHECK(counts.matches == std::array<std::int64_t, 4>{5, 4, 3, 2});
}

TEST_CASE("text/bleu: empty corpora and hypotheses score 0") {
  std::vector<std::string> none, empty{""}, reference{"le chat"};
  CHECK(corpus_bleu(none, none).score == 0);
  CHECK(corpus_bleu(empty, reference).brevity_penalty == 0);
  CHECK(corpus_bleu(empty, reference).score == 0);
  CHECK(corpus_chrf(empty, reference) == 0);
}

TEST_CASE("text/bleu: unequal line counts are refused") {
  std::vector<std::string> two{"a", "b"}, three{"a", "b", "c"};
  CHECK_THROWS_WITH_AS(corpus_bleu(two, three),
                       "BLEU: 2 hypotheses but 3 references; both need a line for each sentence", UserError);
  CHECK_THROWS_WITH_AS(corpus_chrf(two, three),
                       "chrF: 2 hypotheses but 3 references; both need a line for each sentence", UserError);
  CHECK_THROWS_WITH_AS(corpus_chrf(two, two, {.word_order = 3}), "chrF: word order 3 given, 0 to 2 needed", UserError);
}
