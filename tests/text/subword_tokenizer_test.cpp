// Subwords learnt from the phrasebook: reproducible, exact in both directions, and clear in their refusals.
#include "text/subword_tokenizer.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/text/awkward_lines.h"
#include "text/normalise.h"
#include "text/phrasebook.h"
#include "text/vocabulary.h"

using namespace gradloom;

namespace {

std::string learnt(const std::vector<std::string>& lines, SubwordOptions options) {
  std::size_t next = 0;
  return train_subwords(
      [&](std::string& line) {
        if (next == lines.size()) return false;
        line = lines[next++];
        return true;
      },
      options);
}

std::vector<std::string> french_lines() {
  std::vector<std::string> lines;
  for (const auto& phrase : make_phrasebook({.train = 2000, .valid = 0, .test = 0}).train)
    lines.push_back(phrase.target);
  return lines;
}

bool skipped() {
  if (!has_subwords()) MESSAGE("skipped: built without SentencePiece");
  return !has_subwords();
}

}  // namespace

TEST_CASE("text/subword_tokenizer: equal lines give equal models, and pieces are a vocabulary") {
  if (skipped()) return;
  auto lines = french_lines();
  auto model = learnt(lines, {.vocabulary_size = 500});
  CHECK(model == learnt(lines, {.vocabulary_size = 500}));
  SubwordTokenizer tokenizer(model);
  Vocabulary vocabulary(tokenizer.pieces());
  CHECK(vocabulary.size() > 400);
  CHECK(vocabulary.size() <= 500);
  std::int64_t pieces = 0, unknown = 0;
  for (const auto& line : lines) {
    auto tokens = tokenizer.encode(line);
    REQUIRE(tokenizer.decode(tokens) == line);
    for (auto id : vocabulary.ids(tokens)) {
      ++pieces;
      unknown += id == unknown_id;
    }
  }
  CHECK(unknown * 1000 < pieces);
}

TEST_CASE("text/subword_tokenizer: decoding is the inverse of encoding on awkward lines") {
  if (skipped()) return;
  auto model = learnt(french_lines(), {.vocabulary_size = 300, .lower_case = true});
  std::uint64_t state = 11;
  for (bool lower : {false, true}) {
    auto tokenizer = make_tokenizer({.kind = "sentencepiece", .lower_case = lower, .model = model});
    for (int i = 0; i < 5000; ++i) {
      std::string line = awkward_line(state);
      auto tokens = tokenizer->encode(line);
      REQUIRE(tokenizer->decode(tokens) == normalise(line, lower));
      for (const auto& token : tokens) REQUIRE((!token.empty() && token.find(' ') == std::string::npos));
    }
  }
}

TEST_CASE("text/subword_tokenizer: what cannot be learnt or read is said") {
  if (skipped()) return;
  CHECK_THROWS_WITH_AS(learnt({}, {}), "subwords: no line of 1 to 4192 bytes to learn from", UserError);
  CHECK_THROWS_WITH_AS(learnt({"a"}, {.vocabulary_size = 3}), "subwords: a vocabulary of 3 given, at least 4 needed",
                       UserError);
  CHECK_THROWS_WITH_AS(SubwordTokenizer("no model"), "subwords: 8 bytes given that are no SentencePiece model",
                       UserError);
  CHECK_THROWS_WITH_AS(learnt({"", " "}, {}), "subwords: no line of 1 to 4192 bytes to learn from", UserError);
  CHECK_THROWS_WITH_AS(learnt({std::string(5000, 'x')}, {}), "subwords: no line of 1 to 4192 bytes to learn from",
                       UserError);
  try {
    learnt(french_lines(), {.vocabulary_size = 8});
    FAIL("8 pieces cannot hold the alphabet");
  } catch (const UserError& error) {  // what follows is SentencePiece's own text
    CHECK(std::string(error.what()).starts_with("subwords: SentencePiece cannot learn 8 pieces from this text: "));
    CHECK(error.fault() == Fault::input);
  }
}
