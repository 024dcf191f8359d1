// Groups by length and the order of sentences.
#include "training/sentence_scores.h"

#include <doctest/doctest.h>

#include "base/error.h"

using namespace gradloom;

namespace {

std::string repeated(int words) {
  std::string line = "a";
  for (int i = 1; i < words; ++i) line += "  b" + std::to_string(i);
  return line;
}

}  // namespace

TEST_CASE("training/sentence_scores: words stand between spaces") {
  CHECK(word_count("") == 0);
  CHECK(word_count("  \t ") == 0);
  CHECK(word_count(" one  two\tthree ") == 3);
}

TEST_CASE("training/sentence_scores: ranges by length, only those that have a sentence") {
  ReferenceText text;
  for (int words : {3, 1, 14, 21, 40, 4}) {
    text.sources.push_back(repeated(words));
    text.references.push_back(repeated(words));
  }
  std::vector<std::string> translations = text.references;
  translations[4] = repeated(20);
  std::vector<LengthRange> ranges = length_ranges(text);
  REQUIRE(ranges.size() == 4);
  CHECK(ranges[0].name() == "1-3");
  CHECK(ranges[0].sentences == std::vector<std::size_t>{0, 1});
  CHECK(ranges[1].name() == "4-6");
  CHECK(ranges[2].name() == "13-15");
  CHECK(ranges[3].name() == "21-");
  CHECK(ranges[3].sentences == std::vector<std::size_t>{3, 4});
  CHECK(longer_than(text, 14).sentences == std::vector<std::size_t>{3, 4});
  CHECK(longer_than(text, 14).name() == "15-");
  CHECK(bleu_of_range(text, translations, ranges[1]) == doctest::Approx(100));
  CHECK(bleu_of_range(text, translations, ranges[3]) < 100);

  std::vector<ScoredSentence> ranked = ranked_sentences(text, translations);
  CHECK(ranked[0].index == 3);  // of those that are right the longest
  CHECK(ranked[1].index == 2);
  CHECK(ranked.back().index == 4);
  CHECK(ranked[0].bleu == doctest::Approx(100));
  translations.pop_back();
  CHECK_THROWS_WITH_AS(
      ranked_sentences(text, translations),
      "scores of sentences: 6 sources, 6 references and 5 translations given, equal numbers are needed", UserError);
}
