// Predicates of the phrasebook: which verb, tense, negation, objects and circumstances go with a subject.
#include <algorithm>
#include <array>

#include "text/phrasebook_grammar.h"

namespace gradloom::phrasebook {
namespace {

struct ObjectPronoun {
  std::string_view english, direct, indirect;
  Person person;
  Agreement agreement;
};
// With "me" and "you" the participle stays masculine: nobody knows who speaks.
constexpr ObjectPronoun object_pronouns[] = {
    {"me", "me", "me", Person::i, {}},
    {"you", "te", "te", Person::you, {}},
    {"him", "le", "lui", Person::he, {}},
    {"her", "la", "lui", Person::he, {Gender::feminine, false}},
    {"us", "nous", "nous", Person::we, {Gender::masculine, true}},
    {"them", "les", "leur", Person::they, {Gender::masculine, true}},
};

bool speaks_of_itself(Person subject, Person object) {
  bool both_first = (subject == Person::i || subject == Person::we) && (object == Person::i || object == Person::we);
  return both_first || (subject == Person::you && object == Person::you);
}

bool can_be_hurried(const Verb& verb) {
  constexpr std::array<std::string_view, 16> done{"eat",   "drink", "open",   "close", "wash", "clean",
                                                  "cross", "draw",  "write",  "run",   "swim", "leave",
                                                  "hide",  "work",  "return", "dance"};
  return std::ranges::find(done, verb.english) != done.end();
}

}  // namespace

Tense Composer::any_tense() {
  auto roll = draws_.below(100);
  return roll < 42 ? Tense::present : roll < 80 ? Tense::past : Tense::future;
}

// A clause that modifies a noun of another one happens at the same time or before it.
Tense Composer::relative_tense() {
  if (tense_ == Tense::present && draws_.chance(0.3)) return Tense::past;
  if (tense_ == Tense::future && draws_.chance(0.5)) return Tense::present;
  return tense_;
}

Predicate Composer::verb_only(const Verb& verb) {
  return {.verb = &verb,
          .tense = tense_,
          .lexical = new_link(),
          .auxiliary = new_link(),
          .negation = new_link(),
          .helper = new_link()};
}

void Composer::choose_polarity(Predicate& clause) {
  if (draws_.chance(0.2))
    clause.polarity = Polarity::negative;
  else if (draws_.chance(0.06))
    clause.polarity = Polarity::never;
  else if (draws_.chance(0.07))
    clause.frequency = expression(draws_.pick(frequencies()), true);
}

void Composer::choose_modal(Predicate& clause) {
  if (clause.verb->imperfect || clause.polarity == Polarity::never || !clause.frequency.english.empty()) return;
  if (clause.tense == Tense::present && draws_.chance(0.12)) {
    clause.going = true;
  } else if (clause.tense != Tense::future && draws_.chance(0.14)) {
    clause.modal =
        &pick<Verb>(modal_verbs(), [&](const Verb& v) { return clause.tense == Tense::present || !v.past.empty(); });
  }
}

bool Composer::add_clitic(Predicate& clause, unsigned kinds, std::optional<Person> subject, bool direct,
                          bool third_person) {
  const auto& pronoun = draws_.pick(object_pronouns);
  bool them = pronoun.person == Person::they;
  unsigned wanted = them ? being | food | clothing | object | plant : being;
  if (third_person && pronoun.person != Person::he && !them) return false;
  if (subject && speaks_of_itself(*subject, pronoun.person)) return false;
  if ((kinds & wanted) == 0 || (!them && (kinds & person) == 0 && pronoun.person != Person::he)) return false;
  int link = new_link();
  clause.clitic = {{{.text = std::string(pronoun.english), .links = {link}}},
                   {{.text = std::string(direct ? pronoun.direct : pronoun.indirect), .links = {link}}}};
  if (direct) clause.object_ahead = pronoun.agreement;
  return true;
}

void Composer::add_object(Predicate& clause, unsigned kinds, double richness) {
  Role role = Role::object;
  if (clause.verb->preference)
    role = Role::general_object;
  else if (clause.polarity != Polarity::plain)
    role = Role::negated_object;
  clause.object = noun_phrase(kinds, role, richness).words;
}

void Composer::add_receiver(Predicate& clause, std::optional<Person> subject) {
  if (draws_.chance(0.5) && add_clitic(clause, person, subject, false)) return;
  clause.complement = expression({"to", "à"}, false);
  ++depth_;
  clause.complement.append((draws_.chance(0.2) ? name_phrase() : noun_phrase(person, Role::complement, 0.3)).words);
  --depth_;
}

void Composer::add_destination(Predicate& clause, double richness) {
  clause.complement = expression({"to", "à"}, false);
  ++depth_;
  clause.complement.append(noun_phrase(place, Role::complement, 0.5 * richness, towards).words);
  --depth_;
}

void Composer::add_circumstances(Predicate& clause, double richness) {
  if (clause.modal == nullptr && !clause.going && clause.frequency.english.empty() &&
      clause.polarity == Polarity::plain && can_be_hurried(*clause.verb) && draws_.chance(0.25))
    clause.manner = expression(draws_.pick(manners()), true);
  if (draws_.chance(0.1 + 0.4 * richness)) clause.complement.append(place_phrase(richness, clause.verb->object != 0));
  if (!clause.frequency.english.empty() || clause.polarity == Polarity::never) return;
  if (depth_ > 0 || !draws_.chance(0.15 + 0.1 * richness)) return;
  auto times = clause.tense == Tense::past                     ? past_times()
               : clause.tense == Tense::future || clause.going ? future_times()
                                                               : present_times();
  clause.time = expression(draws_.pick(times), true);
  clause.time_first = draws_.chance(0.4);
}

// "is tired", "is smaller than the dog", "is hungry".
Predicate Composer::description(const NounPhrase& subject, double richness) {
  if ((subject.kind & being) != 0 && draws_.chance(0.2)) {
    auto clause = verb_only(be_in_condition);
    auto condition = expression(draws_.pick(conditions()), true);
    clause.object.french = condition.french;
    clause.complement.english = condition.english;
    return clause;
  }
  auto clause = verb_only(be);
  auto said = [&](const Adjective& a) {  // "the yellow orange is yellow"
    return std::ranges::count(described_, subject.name + " " + std::string(a.english)) > 0;
  };
  const auto& adjective = pick<Adjective>(
      adjectives(), [&](const Adjective& a) { return a.predicative && (a.kind & subject.kind) != 0 && !said(a); });
  if (!subject.name.empty()) described_.push_back(subject.name + " " + std::string(adjective.english));
  int link = new_link(), degree = new_link();
  Word english{.text = std::string(adjective.english), .links = {link}, .content = true};
  Word french{.text = french_adjective(adjective, subject.agreement, ""), .links = {link}, .content = true};
  auto& words = clause.complement;
  if (depth_ == 0 && !adjective.comparative.empty() && draws_.chance(0.3)) {
    english.text = adjective.comparative;
    english.links.push_back(degree);
    words = {{english}, {{.text = "plus", .links = {degree}}, french}};
    words.append(expression({"than", "que"}, false));
    ++depth_;
    words.append(noun_phrase(subject.kind & adjective.kind, Role::complement, 0.5 * richness).words);
    --depth_;
  } else if (adjective.gradable && draws_.chance(0.25)) {
    words = {{{.text = "very", .links = {degree}, .content = true}, english},
             {{.text = "très", .links = {degree}, .content = true}, french}};
  } else {
    words = {{english}, {french}};
  }
  return clause;
}

Predicate Composer::action(const Verb& verb, const NounPhrase& subject, double richness) {
  auto clause = verb_only(verb);
  choose_polarity(clause);
  choose_modal(clause);
  bool clitic = (verb.object & being) != 0 && !verb.preference && draws_.chance(0.22) &&
                add_clitic(clause, verb.object, subject.pronoun ? std::optional(subject.person) : std::nullopt, true);
  if (verb.object != 0 && !clitic) add_object(clause, verb.object, richness);
  return clause;
}

Predicate Composer::predicate(const NounPhrase& subject, double richness) {
  auto does = [&](const Verb& v) { return (v.subject & subject.kind) != 0; };
  auto roll = draws_.below(100);
  if ((subject.kind & (being | vehicle)) == 0 || roll < 15) {
    auto clause = description(subject, richness);
    if (draws_.chance(0.2)) clause.polarity = Polarity::negative;
    return clause;
  }
  Predicate clause;
  if ((subject.kind & being) == 0 || roll < 35) {
    clause = action(pick<Verb>(intransitive_verbs(), does), subject, richness);
  } else if (roll < 44) {
    clause = action(pick<Verb>(motion_verbs(), does), subject, richness);
    add_destination(clause, richness);
  } else if (roll < 53 && (subject.kind & person) != 0) {
    const auto& verb = draws_.pick(giving_verbs());
    clause = verb_only(verb);
    choose_polarity(clause);
    choose_modal(clause);
    ++depth_;
    add_object(clause, verb.object, 0.6 * richness);
    --depth_;
    add_receiver(clause, subject.pronoun ? std::optional(subject.person) : std::nullopt);
    return clause;
  } else {
    clause = action(pick<Verb>(transitive_verbs(), does), subject, richness);
  }
  add_circumstances(clause, richness);
  return clause;
}

}  // namespace gradloom::phrasebook
