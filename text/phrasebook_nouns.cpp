// Noun phrases of the phrasebook: determiners, adjectives on their side of the noun, possessors, relative clauses.
#include <utility>

#include "text/phrasebook_grammar.h"

namespace gradloom::phrasebook {
namespace {

struct Possessive {
  std::string_view english, masculine, feminine, plural;
};
constexpr Possessive possessives[] = {
    {"my", "mon", "ma", "mes"},  {"your", "ton", "ta", "tes"},     {"his", "son", "sa", "ses"},
    {"her", "son", "sa", "ses"}, {"our", "notre", "notre", "nos"}, {"their", "leur", "leur", "leurs"},
};

std::string definite_article(Agreement agreement) {
  if (agreement.plural) return "les";
  return agreement.gender == Gender::feminine ? "la" : "le";
}

// "ma amie" is "mon amie".
std::string_view possessive_form(const Possessive& possessive, Agreement agreement, std::string_view next) {
  if (agreement.plural) return possessive.plural;
  bool feminine = agreement.gender == Gender::feminine && !elides(next);
  return feminine ? possessive.feminine : possessive.masculine;
}

std::string demonstrative_form(Agreement agreement, std::string_view next) {
  if (agreement.plural) return "ces";
  if (agreement.gender == Gender::feminine) return "cette";
  return elides(next) ? "cet" : "ce";
}

void put_first(Words& words, Word word) { words.insert(words.begin(), std::move(word)); }

}  // namespace

void Bilingual::append(const Bilingual& other) {
  english.insert(english.end(), other.english.begin(), other.english.end());
  french.insert(french.end(), other.french.begin(), other.french.end());
}

NounPhrase Composer::subject_pronoun(Person person, Gender gender) {
  std::string_view english = "they", french = "ils";
  if (person == Person::i) english = "I", french = "je";
  if (person == Person::you) english = "you", french = "tu";
  if (person == Person::we) english = "we", french = "nous";
  if (person == Person::he) {
    bool feminine = gender == Gender::feminine;
    english = feminine ? "she" : "he";
    french = feminine ? "elle" : "il";
  }
  int link = new_link();
  NounPhrase phrase;
  phrase.words = {{{.text = std::string(english), .links = {link}}}, {{.text = std::string(french), .links = {link}}}};
  phrase.agreement = {person == Person::he ? gender : Gender::masculine,
                      person == Person::we || person == Person::they};
  phrase.person = person;
  phrase.pronoun = true;
  return phrase;
}

NounPhrase Composer::name_phrase() {
  const Name& name = draws_.pick(names());
  int link = new_link();
  NounPhrase phrase;
  phrase.words = {{{.text = std::string(name.english), .links = {link}, .content = true}},
                  {{.text = std::string(name.french), .links = {link}, .content = true}}};
  phrase.agreement.gender = name.gender;
  return phrase;
}

NounPhrase Composer::subject(unsigned kinds, double richness) {
  bool may_be_person = (kinds & person) != 0;
  if (may_be_person && draws_.chance(0.4 - 0.2 * richness)) {
    auto who = static_cast<Person>(draws_.below(5));
    return subject_pronoun(who, draws_.chance(0.5) ? Gender::feminine : Gender::masculine);
  }
  if (may_be_person && draws_.chance(0.08)) return name_phrase();
  return noun_phrase(kinds, Role::subject, richness);
}

Determiner Composer::choose_determiner(const Noun& noun, bool plural, Role role) {
  auto roll = draws_.below(100);
  bool object = role == Role::object || role == Role::negated_object || role == Role::general_object;
  if (role == Role::existence) return plural ? (roll < 50 ? Determiner::number : Determiner::bare) : Determiner::a;
  if ((noun.kind & mass) != 0) {
    if (object && roll < 45) return Determiner::bare;
    return roll < 85 ? Determiner::the : Determiner::possessive;
  }
  if (plural) {
    if (role == Role::general_object && roll < 60) return Determiner::bare;
    if (object && roll < 15) return Determiner::bare;
    if (roll < 30) return Determiner::number;
    if (roll < 42) return Determiner::demonstrative;
    if (roll < 54) return Determiner::possessive;
    return roll < 60 ? Determiner::all_the : Determiner::the;
  }
  if (roll < 18) return role == Role::general_object ? Determiner::the : Determiner::a;
  if (roll < 32) return Determiner::possessive;
  if (roll < 40) return Determiner::demonstrative;
  return roll < 48 ? Determiner::possessor : Determiner::the;
}

std::vector<const Adjective*> Composer::choose_adjectives(unsigned kind, double richness) {
  std::vector<const Adjective*> chosen;
  for (bool precedes : {true, false}) {
    if (!draws_.chance(precedes ? 0.08 + 0.22 * richness : 0.18 + 0.32 * richness)) continue;
    auto fits = [&](const Adjective& a) { return a.precedes == precedes && (a.kind & kind) != 0; };
    bool any = false;
    for (const auto& adjective : adjectives()) any = any || fits(adjective);
    if (any) chosen.push_back(&pick<Adjective>(adjectives(), fits));
  }
  return chosen;
}

// "the girl's cat" - "le chat de la fille". Called when the possessed noun's words are complete but for a determiner.
void Composer::add_possessor(Bilingual& words, Agreement agreement) {
  bool named = draws_.chance(0.4);
  NounPhrase owner =
      named ? name_phrase()
            : described_noun(pick<Noun>(nouns(), [](const Noun& n) { return (n.kind & person) != 0; }), false,
                             draws_.chance(0.6) ? Determiner::the : Determiner::possessive, Role::complement, {});
  int link = new_link();
  owner.words.english.push_back({.text = "'s", .links = {link}, .joined = true});
  words.english.insert(words.english.begin(), owner.words.english.begin(), owner.words.english.end());
  put_first(words.french, {.text = definite_article(agreement), .links = {link}, .article = true});
  words.french.push_back({.text = "de", .links = {link}});
  words.french.insert(words.french.end(), owner.words.french.begin(), owner.words.french.end());
}

void Composer::put_determiner(NounPhrase& phrase, Determiner determiner, Role role, bool is_mass,
                              bool adjective_first) {
  auto& [english, french] = phrase.words;
  Agreement agreement = phrase.agreement;
  int link = new_link();
  std::string next = french.front().text;
  auto put = [&](std::string_view in_english, std::string_view in_french, bool article = false) {
    if (!in_english.empty()) put_first(english, {.text = std::string(in_english), .links = {link}});
    put_first(french, {.text = std::string(in_french), .links = {link}, .article = article});
  };
  switch (determiner) {
    case Determiner::none:
      return;
    case Determiner::the:
      return put("the", definite_article(agreement), true);
    case Determiner::a:
      if (role == Role::negated_object) return put("a", "de");
      return put("a", agreement.gender == Gender::feminine ? "une" : "un");
    case Determiner::possessive: {
      const auto& chosen = draws_.pick(possessives);
      return put(chosen.english, possessive_form(chosen, agreement, next));
    }
    case Determiner::possessor:
      return add_possessor(phrase.words, agreement);
    case Determiner::demonstrative:
      return put(agreement.plural ? "these" : "this", demonstrative_form(agreement, next));
    case Determiner::number: {
      const auto& number = draws_.pick(numbers());
      return put(number.english, number.french);
    }
    case Determiner::all_the:
      put("the", "les", true);
      link = new_link();
      return put("all", agreement.gender == Gender::feminine ? "toutes" : "tous");
    case Determiner::bare:
      if (role == Role::general_object) return put("", definite_article(agreement), true);
      if (role == Role::negated_object) return put("", "de");
      if (!is_mass) return put("", adjective_first ? "de" : "des");  // de petits chats, des chats noirs
      put("", definite_article(agreement), true);
      return put("", "de");
  }
}

NounPhrase Composer::described_noun(const Noun& noun, bool plural, Determiner determiner, Role role,
                                    const std::vector<const Adjective*>& chosen) {
  NounPhrase phrase;
  phrase.agreement = {noun.gender, plural};
  phrase.person = plural ? Person::they : Person::he;
  phrase.kind = noun.kind;
  phrase.name = noun.english;
  int link = new_link();
  std::string french_noun = plural ? french_plural(noun) : std::string(noun.french);
  auto& [english, french] = phrase.words;
  french.push_back({.text = french_noun, .links = {link}, .content = true});
  bool adjective_first = false;
  for (const auto* adjective : chosen) {
    int adjective_link = new_link();
    english.push_back({.text = std::string(adjective->english), .links = {adjective_link}, .content = true});
    Word word{.text = french_adjective(*adjective, phrase.agreement, adjective->precedes ? french_noun : ""),
              .links = {adjective_link},
              .content = true};
    if (adjective->precedes)
      put_first(french, std::move(word));
    else
      french.push_back(std::move(word));
    adjective_first = adjective_first || adjective->precedes;
    described_.push_back(phrase.name + " " + std::string(adjective->english));
  }
  english.push_back(
      {.text = plural ? english_plural(noun) : std::string(noun.english), .links = {link}, .content = true});
  put_determiner(phrase, determiner, role, (noun.kind & mass) != 0, adjective_first);
  return phrase;
}

NounPhrase Composer::noun_phrase(unsigned kinds, Role role, double richness, unsigned where) {
  const Noun& noun = pick<Noun>(
      nouns(), [&](const Noun& n) { return (n.kind & kinds) != 0 && (where == 0 || (n.where & where) != 0); });
  bool plural = (noun.kind & mass) == 0 && draws_.chance(role == Role::complement ? 0.12 : 0.25);
  auto determiner = choose_determiner(noun, plural, role);
  auto phrase = described_noun(noun, plural, determiner, role, choose_adjectives(noun.kind, richness));
  // A possessor stands between the noun and its clause, which would then seem to speak of the possessor.
  bool plain = determiner != Determiner::possessor && role != Role::negated_object && role != Role::existence;
  if (plain && depth_ == 0 && draws_.chance(0.45 * richness * richness)) add_relative(phrase, richness);
  return phrase;
}

// "the cat that ate the mouse", "the mouse that the cat ate": the participle agrees with what "que" stands for.
void Composer::add_relative(NounPhrase& phrase, double richness) {
  ++depth_;
  Tense outer = std::exchange(tense_, relative_tense());
  int link = new_link();
  bool by_object = (phrase.kind & being) == 0 || draws_.chance(0.4);
  if (by_object) {
    auto fits = [&](const Verb& v) { return (v.object & phrase.kind) != 0; };
    const Verb& verb = pick<Verb>(transitive_verbs(), fits);
    NounPhrase doer = subject(verb.subject, 0.3 * richness);
    auto clause = verb_only(verb);
    clause.object_ahead = phrase.agreement;
    choose_polarity(clause);
    phrase.words.append({{{.text = "that", .links = {link}}}, {{.text = "que", .links = {link}}}});
    phrase.words.append(statement(doer, clause));
  } else {
    NounPhrase gap = phrase;
    gap.words = {};
    auto clause = predicate(gap, 0.4 * richness);
    clause.time = {};
    std::string english = (phrase.kind & person) != 0 ? "who" : "that";
    phrase.words.append({{{.text = english, .links = {link}}}, {{.text = "qui", .links = {link}}}});
    phrase.words.append(statement(gap, clause));
  }
  tense_ = outer;
  --depth_;
}

Bilingual Composer::prepositional(const Preposition& preposition, double richness) {
  Bilingual words = expression({preposition.english, preposition.french}, false);
  bool being_wanted = preposition.kind != 0;
  if (being_wanted && draws_.chance(0.3)) {
    static constexpr Expression alone[] = {{"me", "moi"},   {"you", "toi"}, {"him", "lui"},
                                           {"her", "elle"}, {"us", "nous"}, {"them", "eux"}};
    words.append(expression(draws_.pick(alone), false));
    return words;
  }
  unsigned kinds = being_wanted ? preposition.kind : anything;
  words.append(noun_phrase(kinds, Role::complement, 0.5 * richness, preposition.where).words);
  return words;
}

// "for someone" only where something is done to something: "waits for her" would be another verb.
Bilingual Composer::place_phrase(double richness, bool may_benefit) {
  ++depth_;  // no relative clause at the end of a place
  const auto& preposition =
      pick<Preposition>(prepositions(), [&](const Preposition& p) { return may_benefit || p.english != "for"; });
  auto words = prepositional(preposition, richness);
  --depth_;
  return words;
}

}  // namespace gradloom::phrasebook
