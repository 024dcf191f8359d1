// What the tokenisers split, and that decoding gives back every line up to its normal form.
#include "text/tokenizer.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "base/error.h"
#include "tests/text/awkward_lines.h"
#include "text/character_tokenizer.h"
#include "text/line_reader.h"
#include "text/normalise.h"
#include "text/unicode.h"
#include "text/word_tokenizer.h"

using namespace gradloom;

namespace {

std::string shown(std::string_view line, bool lower = false) { return join(WordTokenizer(lower).encode(line), " "); }

std::string surfaces(const std::vector<std::string>& tokens) {
  std::string line;
  for (const auto& token : tokens) line += token_surface(token) + " ";
  return line;
}

}  // namespace

TEST_CASE("text/word_tokenizer: punctuation stands alone and is marked where it joined") {
  CHECK(shown("Hello, world!") == "Hello ￭, world ￭!");
  CHECK(shown("He said: \"No (never)...\"") == "He said ￭: \"￭ No (￭ never ￭) ￭... ￭\"");
  CHECK(shown("A&B cost $5, not 5€ or 20%.") == "A ￭&￭ B cost $￭ 5 ￭, not 5 ￭€ or 20 ￭% ￭.");
  CHECK(shown("3.14 and 1,000 and 10-15, e-mail: a_b@example.com") ==
        "3.14 and 1,000 and 10-15 ￭, e-mail ￭: a ￭_￭ b ￭@￭ example.com");
  CHECK(shown("wait -- what?!") == "wait -- what ￭? ￭!");
  CHECK(shown("-5 'quoted' dogs'") == "-￭ 5 '￭ quoted ￭' dogs ￭'");
}

TEST_CASE("text/word_tokenizer: elision, contractions and inverted pronouns are split") {
  CHECK(shown("L'eau de l’été qu'il n'a pas.") == "L'￭ eau de l’￭ été qu'￭ il n'￭ a pas ￭.");
  CHECK(shown("Aujourd'hui, quelqu'un dort jusqu'à midi.") == "Aujourd'hui ￭, quelqu'un dort jusqu'￭ à midi ￭.");
  CHECK(shown("Le chat a-t-il mangé ? Qu'est-ce que c'est ?") ==
        "Le chat a ￭-t-il mangé ? Qu'￭ est ￭-ce que c'￭ est ?");
  CHECK(shown("Donne-le-moi là-bas peut-être.") == "Donne ￭-le ￭-moi là-bas peut-être ￭.");
  CHECK(shown("I don't, it's O'Brien's. We'll can't've") == "I do ￭n't ￭, it ￭'s O'Brien ￭'s ￭. We ￭'ll ca ￭n't ￭'ve");
  CHECK(shown("(l'\"eau\") d'accord", true) == "(￭ l'￭ \"￭ eau ￭\" ￭) d'￭ accord");
}

TEST_CASE("text/word_tokenizer: abbreviations keep their period") {
  CHECK(shown("Mr. Smith lives in the U.S. with Dr. No at 5 p.m.") ==
        "Mr. Smith lives in the U.S. with Dr. No at 5 p.m.");
  CHECK(shown("Je vois M. Dupont et Mme.") == "Je vois M. Dupont et Mme ￭.");
}

TEST_CASE("text/word_tokenizer: a no-break space stays with its punctuation mark or number") {
  CHECK(shown("«\u00A0Oui\u00A0!\u00A0» M.\u00A0X 20\u202F000\u00A0€") ==
        "«\u00A0￭ Oui ￭\u00A0! ￭\u00A0» M ￭. ￭\u00A0￭ X 20\u202F000 ￭\u00A0€");
}

TEST_CASE("text/word_tokenizer: text that was split by spaces before is split no further and given back") {
  std::string line = "I do n't like l' eau , it 's a -t-il .";
  CHECK(shown(line) == line);
  WordTokenizer tokenizer;
  CHECK(tokenizer.decode(tokenizer.encode(line)) == line);
}

TEST_CASE("text/word_tokenizer: a model's odd tokens decode to something") {
  WordTokenizer tokenizer;
  std::vector<std::string> odd{"￭", "￭,￭", "￭.", "", "l'￭", "￮￭", "\xFF", "￭￭￭"};
  CHECK(tokenizer.decode(odd) == "￭,.  l'￭ \xFF￭");
}

TEST_CASE("text/tokenizer: decoding is the inverse of encoding on awkward lines") {
  std::uint64_t state = 5;
  for (int i = 0; i < 20000; ++i) {
    std::string line = awkward_line(state);
    for (bool lower : {false, true}) {
      for (const char* kind : {"word", "character"}) {
        auto tokenizer = make_tokenizer({.kind = kind, .lower_case = lower});
        auto tokens = tokenizer->encode(line);
        REQUIRE(tokenizer->decode(tokens) == normalise(line, lower));
        for (const auto& token : tokens) REQUIRE((!token.empty() && token.find(' ') == std::string::npos));
        std::string split = surfaces(tokens);
        REQUIRE(tokenizer->decode(tokenizer->encode(split)) == normalise(split, lower));
      }
    }
  }
}

TEST_CASE("text/tokenizer: decoding is the inverse of encoding on a real corpus") {
  const char* folder = std::getenv("GRADLOOM_CORPUS");
  if (folder == nullptr) {
    MESSAGE("skipped: GRADLOOM_CORPUS names no folder with train.en and train.fr");
    return;
  }
  WordTokenizer tokenizer;
  for (const char* name : {"/train.en", "/train.fr"}) {
    LineReader reader(folder + std::string(name));
    std::string line;
    std::int64_t wrong = 0;
    while (reader.next(line)) {
      auto tokens = tokenizer.encode(line);
      std::string split = surfaces(tokens);
      wrong += tokenizer.decode(tokens) != normalise(line, false);
      wrong += tokenizer.decode(tokenizer.encode(split)) != normalise(split, false);
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("text/character_tokenizer: a token a character, with a visible space") {
  CHECK(join(CharacterTokenizer().encode("l'é  a▁"), " ") == "l ' é ▁ a \uFFEE▁");
}

TEST_CASE("text/tokenizer: an unknown kind and text that is not UTF-8 are refused") {
  CHECK_THROWS_WITH_AS(make_tokenizer({.kind = "wrod"}),
                       ("no tokenizer \"wrod\"; did you mean \"word\"?; there are " + join(tokenizer_kinds())).c_str(),
                       UserError);
  auto kinds = tokenizer_kinds();
  CHECK(join(std::span(kinds).first(2)) == "word, character");
  CHECK_THROWS_WITH_AS(WordTokenizer().encode("caf\xE9"), "text to normalise: byte 4 (0xE9) is not UTF-8", UserError);
}
