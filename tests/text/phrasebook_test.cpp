// The phrasebook's promises: no sentence twice, the lesson's sentence, pairs kept apart, French that follows its rules,
// links that fit the tokeniser's tokens.
#include "text/phrasebook.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "text/phrasebook_forms.h"
#include "text/word_tokenizer.h"

using namespace gradloom;

namespace {

const Phrasebook& book() {
  static const Phrasebook all = make_phrasebook();
  return all;
}

std::vector<const Phrase*> all_phrases() {
  std::vector<const Phrase*> all;
  for (const auto* part : {&book().train, &book().valid, &book().test})
    for (const auto& phrase : *part) all.push_back(&phrase);
  return all;
}

std::vector<std::string> words_of(const std::string& line) {
  auto tokens = WordTokenizer().encode(line);
  for (auto& token : tokens) token = token_surface(token);
  return tokens;
}

const phrasebook::Verb& verb_named(std::string_view infinitive) {
  for (auto list : {phrasebook::transitive_verbs(), phrasebook::intransitive_verbs(), phrasebook::motion_verbs(),
                    phrasebook::giving_verbs(), phrasebook::opinion_verbs(), phrasebook::modal_verbs()})
    for (const auto& verb : list)
      if (verb.infinitive == infinitive) return verb;
  return phrasebook::be;
}

const phrasebook::Adjective& adjective_named(std::string_view english) {
  return *std::ranges::find(phrasebook::adjectives(), english, &phrasebook::Adjective::english);
}

}  // namespace

TEST_CASE("text/phrasebook: the parts have their sizes and share no sentence") {
  CHECK(book().train.size() == 8000);
  CHECK(book().valid.size() == 500);
  CHECK(book().test.size() == 1000);
  std::set<std::string> sources, targets;
  for (const auto* phrase : all_phrases()) {
    CHECK(sources.insert(phrase->source).second);
    CHECK(targets.insert(phrase->target).second);
  }
}

TEST_CASE("text/phrasebook: the lesson's own sentence stands first in the test part") {
  const auto& phrase = book().test.front();
  CHECK(phrase.source == "The black cat ate the mouse.");
  CHECK(phrase.target == "Le chat noir a mangé la souris.");
  CHECK(pharaoh_text(phrase.links) == "0-0 1-2 2-1 3-3 3-4 4-5 5-6 6-7");
  CHECK(phrase.source_content == std::vector<bool>{false, true, true, true, false, true, false});
  CHECK(phrase.target_content == std::vector<bool>{false, true, true, false, true, false, true, false});
  CHECK(phrase.described == std::vector<std::string>{"cat black"});
}

TEST_CASE("text/phrasebook: equal seeds give equal books, others do not") {
  PhrasebookOptions options{.train = 300, .valid = 20, .test = 60};
  auto a = make_phrasebook(options), b = make_phrasebook(options);
  options.seed = 2;
  auto c = make_phrasebook(options);
  int equal = 0, equal_to_other = 0;
  for (std::size_t i = 0; i < 300; ++i) {
    equal += a.train[i].source == b.train[i].source && a.train[i].target == b.train[i].target;
    equal_to_other += a.train[i].source == c.train[i].source;
  }
  CHECK(equal == 300);
  CHECK(equal_to_other < 5);
}

TEST_CASE("text/phrasebook: a third of the test part describes nouns as training never did") {
  std::set<std::string> shown;
  for (const auto* part : {&book().train, &book().valid})
    for (const auto& phrase : *part) shown.insert(phrase.described.begin(), phrase.described.end());
  CHECK(shown.contains("cat black"));
  auto is_new = [&](const Phrase& phrase) {
    return std::ranges::any_of(phrase.described, [&](const auto& pair) { return !shown.contains(pair); });
  };
  CHECK(std::ranges::count_if(book().test, is_new) >= 333);
}

TEST_CASE("text/phrasebook: links and marks of content fit the word tokeniser's tokens") {
  std::map<std::string, int> unlinked;
  std::int64_t content = 0;
  for (const auto* phrase : all_phrases()) {
    auto source = words_of(phrase->source), target = words_of(phrase->target);
    REQUIRE(source.size() == phrase->source_content.size());
    REQUIRE(target.size() == phrase->target_content.size());
    CHECK(std::ranges::is_sorted(phrase->links));
    std::vector<bool> linked(target.size());
    for (auto link : phrase->links) {
      REQUIRE(static_cast<std::size_t>(link.source) < source.size());
      REQUIRE(static_cast<std::size_t>(link.target) < target.size());
      linked[static_cast<std::size_t>(link.target)] = true;
    }
    for (std::size_t i = 0; i < target.size(); ++i) {
      content += phrase->target_content[i];
      if (phrase->target_content[i] && !linked[i]) ++unlinked[target[i]];
    }
  }
  CHECK(content > 30000);
  CHECK(unlinked.empty());
}

TEST_CASE("text/phrasebook: sentences have 2 to 20 words, in every length") {
  std::map<std::size_t, int> lengths;
  for (const auto* phrase : all_phrases()) {
    auto words = words_of(phrase->source);
    ++lengths[words.size() - static_cast<std::size_t>(std::ranges::count_if(words, [](const auto& word) {
                return word == "." || word == "," || word == "?" || word == "!";
              }))];
  }
  CHECK(lengths.begin()->first == 2);
  CHECK(lengths.rbegin()->first == 20);
  CHECK(lengths.size() == 19);
}

TEST_CASE("text/phrasebook: no French word stands where elision or contraction would change it") {
  std::set<std::string> elided{"le", "la", "je", "me", "te", "ne", "de", "que"},
      before_consonants{"ce", "ma", "ta", "sa"}, before_consonants_or_plural{"beau", "vieux", "nouveau"},
      singular_determiners{"un", "le", "ce", "mon", "ton", "son", "notre", "leur"};
  for (const auto* phrase : all_phrases()) {
    auto words = words_of(phrase->target);
    for (auto& word : words)
      if (word.size() > 1 && word[0] >= 'A' && word[0] <= 'Z') word[0] = static_cast<char>(word[0] + 32);
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
      INFO(phrase->target);
      CHECK(!(elided.contains(words[i]) && phrasebook::elides(words[i + 1])));
      CHECK(!((words[i] == "de" || words[i] == "à") && (words[i + 1] == "le" || words[i + 1] == "les")));
      CHECK(!(words[i].ends_with("'") && !phrasebook::elides(words[i + 1])));
      bool before_vowel = phrasebook::elides(words[i + 1]);
      CHECK(!(before_vowel && before_consonants.contains(words[i])));
      bool singular = i > 0 && singular_determiners.contains(words[i - 1]);
      CHECK(!(before_vowel && singular && before_consonants_or_plural.contains(words[i])));
    }
  }
}

TEST_CASE("text/phrasebook: forms of French verbs") {
  using namespace phrasebook;
  CHECK(french_present(verb_named("manger"), Person::we) == "mangeons");
  CHECK(french_present(verb_named("acheter"), Person::they) == "achètent");
  CHECK(french_future(verb_named("acheter"), Person::he) == "achètera");
  CHECK(french_future(verb_named("prendre"), Person::i) == "prendrai");
  CHECK(french_future(verb_named("voir"), Person::they) == "verront");
  CHECK(french_imperfect(phrasebook::be, Person::we) == "étions");
  CHECK(french_imperfect(verb_named("avoir"), Person::i) == "avais");
  CHECK(french_participle(verb_named("prendre"), {Gender::masculine, true}) == "pris");
  CHECK(french_participle(verb_named("aller"), {Gender::feminine, true}) == "allées");
  CHECK(french_imperative(verb_named("manger")) == "mange");
  CHECK(french_imperative(verb_named("aller")) == "va");
  CHECK(french_imperative(verb_named("ouvrir")) == "ouvre");
  CHECK(french_imperative(verb_named("prendre")) == "prends");
}

TEST_CASE("text/phrasebook: forms of French adjectives") {
  using namespace phrasebook;
  constexpr Agreement he{Gender::masculine, false}, she{Gender::feminine, false}, they{Gender::masculine, true},
      women{Gender::feminine, true};
  CHECK(french_adjective(adjective_named("old"), he, "homme") == "vieil");
  CHECK(french_adjective(adjective_named("old"), he, "hibou") == "vieux");
  CHECK(french_adjective(adjective_named("old"), women, "amies") == "vieilles");
  CHECK(french_adjective(adjective_named("beautiful"), they, "arbres") == "beaux");
  CHECK(french_adjective(adjective_named("new"), he, "hôtel") == "nouvel");
  CHECK(french_adjective(adjective_named("white"), she, "") == "blanche");
  CHECK(french_adjective(adjective_named("happy"), they, "") == "heureux");
  CHECK(french_adjective(adjective_named("tired"), women, "") == "fatiguées");
}

TEST_CASE("text/phrasebook: English forms") {
  using namespace phrasebook;
  CHECK(english_present(verb_named("pleurer"), Person::he) == "cries");
  CHECK(english_present(verb_named("aller"), Person::he) == "goes");
  CHECK(english_present(verb_named("acheter"), Person::he) == "buys");
  CHECK(english_present(verb_named("avoir"), Person::he) == "has");
  CHECK(english_plural(*std::ranges::find(nouns(), "mouse", &Noun::english)) == "mice");
  CHECK(english_plural(*std::ranges::find(nouns(), "fox", &Noun::english)) == "foxes");
}

TEST_CASE("text/phrasebook: sizes that cannot be are refused") {
  CHECK_THROWS_WITH_AS(make_phrasebook({.valid = -1}), "phrasebook: -1 validation sentences given, 0 or more needed",
                       UserError);
  CHECK(make_phrasebook({.train = 5, .valid = 0, .test = 0}).train.size() == 5);
  auto one = make_phrasebook({.train = 0, .valid = 0, .test = 1});
  REQUIRE(one.test.size() == 1);
  CHECK(one.test[0].source == "The black cat ate the mouse.");
}
