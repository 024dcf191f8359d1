// The kinds of sentences of the phrasebook: statements, two clauses, opinions, questions, commands, "there is".
#include <algorithm>

#include "text/phrasebook_grammar.h"
#include "text/unicode.h"

namespace gradloom::phrasebook {
namespace {

Bilingual comma(int link) {
  return {{{.text = ",", .links = {link}, .joined = true}}, {{.text = ",", .links = {link}, .joined = true}}};
}

const Noun& noun_named(std::string_view english) { return *std::ranges::find(nouns(), english, &Noun::english); }

}  // namespace

// All words of one side of an expression share their links with all of the other.
Bilingual Composer::expression(const Expression& expression, bool content) {
  int link = new_link();
  Bilingual words;
  for (auto word : split_white_space(expression.english))
    words.english.push_back({.text = std::string(word), .links = {link}, .content = content});
  for (auto word : split_white_space(expression.french))
    words.french.push_back({.text = std::string(word), .links = {link}, .content = content});
  return words;
}

Bilingual Composer::simple_sentence(double richness) {
  bool other = draws_.chance(0.12);
  NounPhrase doer = subject(other ? anything & ~being : being, richness);
  auto clause = predicate(doer, richness);
  auto words = statement(doer, clause);
  if (clause.time.english.empty() || !clause.time_first) return words;
  Bilingual out = clause.time;
  out.append(comma(new_link()));
  out.append(words);
  return out;
}

Bilingual Composer::double_sentence(double richness) {
  static constexpr Expression joining[] = {{"and", "et"}, {"because", "parce que"}, {"when", "quand"}, {"but", "mais"}};
  std::size_t which = static_cast<std::size_t>(draws_.below(4));
  // After "when" English says the future by the present: the phrasebook keeps to tenses that agree.
  tense_ = draws_.chance(0.5) ? Tense::present : Tense::past;
  auto part = [&] {
    NounPhrase doer = subject(being, 0.6 * richness);
    auto clause = predicate(doer, 0.6 * richness);
    clause.time = {};
    return statement(doer, clause);
  };
  Bilingual first = part(), second = part(), words;
  auto word = expression(joining[which], false);
  if (which == 2 && draws_.chance(0.5)) {
    words = word;
    words.append(first);
    words.append(comma(new_link()));
    words.append(second);
    return words;
  }
  words = first;
  if (which == 3) words.append(comma(new_link()));
  words.append(word);
  words.append(second);
  return words;
}

Bilingual Composer::opinion(double richness) {
  tense_ = Tense::present;
  NounPhrase thinker = subject(person, 0);
  auto main = verb_only(draws_.pick(opinion_verbs()));
  auto words = statement(thinker, main);
  words.append(expression({"that", "que"}, false));
  tense_ = main.verb->english == "hope" ? Tense::future : any_tense();
  NounPhrase doer = subject(being, richness);
  auto clause = predicate(doer, richness);
  clause.time_first = false;
  words.append(statement(doer, clause));
  return words;
}

// "What does the cat eat?" - "Que mange le chat ?", "Qu'a-t-il mangé ?"
Bilingual Composer::what_question(double richness) {
  const Verb& verb =
      pick<Verb>(transitive_verbs(), [](const Verb& v) { return (v.object & ~being) != 0 && !v.imperfect; });
  NounPhrase doer = subject(verb.subject, 0.5 * richness);
  if (doer.pronoun && doer.person == Person::i) doer = subject_pronoun(Person::he, Gender::feminine);
  auto clause = verb_only(verb);
  Bilingual words = expression({"what", "que"}, false);
  auto english = english_verb(clause, doer.person, true);
  for (const auto& part : {english.auxiliary, doer.words.english, english.between, english.rest, english_tail(clause)})
    words.english.insert(words.english.end(), part.begin(), part.end());
  auto verb_words = french_verb(clause, doer, doer.pronoun ? doer.words.french[0].text : "");
  words.french.insert(words.french.end(), verb_words.begin(), verb_words.end());
  if (!doer.pronoun) words.french.insert(words.french.end(), doer.words.french.begin(), doer.words.french.end());
  return words;
}

// "Where did the girl go?" - "Où est allée la fille ?", "Où est-elle allée ?"
Bilingual Composer::where_question() {
  auto verbs = draws_.chance(0.4) ? motion_verbs() : intransitive_verbs();
  const Verb& verb = pick<Verb>(verbs, [](const Verb& v) { return (v.subject & being) == being; });
  NounPhrase doer = subject(being, 0.2);
  if (doer.pronoun && doer.person == Person::i) doer = subject_pronoun(Person::he, Gender::masculine);
  auto clause = verb_only(verb);
  static constexpr Expression where{"where", "où"};
  if (doer.pronoun) return question(doer, clause, &where);
  Bilingual words = expression(where, true);
  auto english = english_verb(clause, doer.person, true);
  for (const auto& part : {english.auxiliary, doer.words.english, english.rest})
    words.english.insert(words.english.end(), part.begin(), part.end());
  for (const auto& part : {french_verb(clause, doer), doer.words.french})
    words.french.insert(words.french.end(), part.begin(), part.end());
  return words;
}

Bilingual Composer::any_question(double richness) {
  static constexpr Expression reasons[] = {{"why", "pourquoi"}, {"when", "quand"}};
  auto roll = draws_.below(100);
  if (roll < 18) return what_question(richness);
  if (roll < 34) return where_question();
  if (roll < 50) {
    NounPhrase who;
    who.words = expression({"who", "qui"}, false);
    auto clause = predicate(who, richness);
    clause.time_first = false;
    return statement(who, clause);
  }
  NounPhrase doer = subject(being, richness);
  auto clause = predicate(doer, richness);
  clause.time_first = false;
  if (roll >= 72) return question(doer, clause, nullptr);
  const auto& reason = reasons[roll % 2];
  if (reason.english == "when") clause.time = {};
  return question(doer, clause, &reason);
}

// "Eat the apple!" - "Mange la pomme !", "Look at her!" - "Regarde-la !", "Let us go!" - "Allons !"
Bilingual Composer::command(double richness) {
  bool objects = draws_.chance(0.7);
  const Verb& verb = pick<Verb>(objects ? transitive_verbs() : motion_verbs(), [](const Verb& v) {
    return (v.subject & person) != 0 && !v.imperfect && !v.preference && v.english != "lose" && v.english != "see";
  });
  tense_ = Tense::present;
  auto clause = verb_only(verb);
  bool together = draws_.chance(0.25), negative = !together && draws_.chance(0.3);
  if (negative) clause.polarity = Polarity::negative;
  bool clitic = objects && draws_.chance(0.3) &&
                add_clitic(clause, verb.object, together ? Person::we : Person::you, true, together);
  if (objects && !clitic) add_object(clause, verb.object, richness);
  if (!objects) add_destination(clause, richness);
  if (draws_.chance(0.3 * richness)) clause.complement.append(place_phrase(richness, true));

  Bilingual words;
  std::string form = together ? french_present(verb, Person::we) : french_imperative(verb);
  Word french{.text = form, .links = {clause.lexical}, .content = true};
  Word english{.text = std::string(verb.english), .links = {clause.lexical}, .content = true};
  if (together) words.english = {{.text = "let", .links = {clause.lexical}}, {.text = "us", .links = {clause.lexical}}};
  if (negative) {
    words.english = {{.text = "do"}, {.text = "not", .links = {clause.negation}}};
    words.french = {{.text = "ne", .links = {clause.negation}}};
    words.append({{}, clause.clitic.french});
    words.append({{}, {french, {.text = "pas", .links = {clause.negation}}}});
  } else {
    words.french = {french};
    for (auto pronoun : clause.clitic.french) {
      pronoun.text = "-" + (pronoun.text == "me" ? std::string("moi") : pronoun.text);
      pronoun.joined = true;
      words.french.push_back(pronoun);
    }
  }
  words.english.push_back(english);
  words.append({english_tail(clause), french_tail(clause)});
  return words;
}

Bilingual Composer::existence(double richness) {
  enum { positive, absent, asked };
  auto roll = draws_.below(100);
  auto form = roll < 60 ? positive : roll < 80 ? absent : asked;
  ++depth_;
  constexpr unsigned countable = anything & ~mass & ~(building | outdoors | opens);
  const Noun& noun = pick<Noun>(nouns(), [](const Noun& n) { return (n.kind & countable) != 0; });
  bool plural = form == positive && draws_.chance(0.4);
  auto determiner = form == absent ? Determiner::none : choose_determiner(noun, plural, Role::existence);
  auto thing = described_noun(noun, plural, determiner, Role::existence, choose_adjectives(noun.kind, richness));
  auto where =
      prepositional(pick<Preposition>(prepositions(), [](const Preposition& p) { return p.where != 0; }), richness);
  --depth_;

  bool past = form != asked && draws_.chance(0.3);
  int there = new_link(), is = new_link(), no = new_link();
  Word english_there{.text = "there", .links = {there}};
  Word english_is{.text = std::string(past ? (plural ? "were" : "was") : (plural ? "are" : "is")), .links = {is}};
  Word il{.text = "il", .links = {there}}, y{.text = "y", .links = {there}};
  Word a{.text = past ? "avait" : "a", .links = {is}};
  Bilingual words{{english_there, english_is}, {il, y, a}};
  if (form == absent) {
    words.english.push_back({.text = "no", .links = {no}});
    words.french = {il, {.text = "ne", .links = {no}},  y,
                    a,  {.text = "pas", .links = {no}}, {.text = "de", .links = {no}}};
  }
  if (form == asked) {
    words.english = {english_is, english_there};
    words.french = {y, a, {.text = "-t-il", .links = {there}, .joined = true}};
  }
  words.append(thing.words);
  words.append(where);
  return words;
}

Sentence Composer::finish(Bilingual words, std::string_view mark) {
  int link = new_link();
  words.append({{{.text = std::string(mark), .links = {link}, .joined = true}},
                {{.text = std::string(mark), .links = {link}, .joined = mark == "."}}});
  choose_english_articles(words.english);
  join_french(words.french);
  return {std::move(words.english), std::move(words.french), std::move(described_)};
}

Sentence Composer::sentence(double richness) {
  links_ = 0;
  described_.clear();
  tense_ = any_tense();
  auto roll = draws_.below(100);
  if (roll < 13) return finish(any_question(richness), "?");
  if (roll < 18) return finish(command(richness), "!");
  if (roll < 23) {
    auto words = existence(richness);
    bool asks = words.english[0].text == "is";
    return finish(std::move(words), asks ? "?" : ".");
  }
  if (draws_.chance(0.1 + 0.1 * richness)) return finish(opinion(richness), ".");
  if (draws_.chance(0.6 * richness)) return finish(double_sentence(richness), ".");
  return finish(simple_sentence(richness), ".");
}

Sentence Composer::lesson_sentence() {
  links_ = 0;
  described_.clear();
  const auto& black = *std::ranges::find(adjectives(), "black", &Adjective::english);
  const auto& eat = *std::ranges::find(transitive_verbs(), "eat", &Verb::english);
  tense_ = Tense::past;
  auto cat = described_noun(noun_named("cat"), false, Determiner::the, Role::subject, {&black});
  auto clause = verb_only(eat);
  clause.object = described_noun(noun_named("mouse"), false, Determiner::the, Role::object, {}).words;
  return finish(statement(cat, clause), ".");
}

}  // namespace gradloom::phrasebook
