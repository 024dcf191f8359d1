// The word order of the phrasebook's clauses: auxiliaries and negation on both sides, pronouns before the French verb,
// questions by "est-ce que" and by inversion.
#include "text/phrasebook_grammar.h"

namespace gradloom::phrasebook {
namespace {

void append(Words& words, const Words& more) { words.insert(words.end(), more.begin(), more.end()); }

bool is_be(const Verb& verb) { return &verb == &be || &verb == &be_in_condition; }

// "mange-t-il": a third person that ends in a vowel takes a t before the inverted pronoun.
std::string inverted_form(const std::string& verb, std::string_view pronoun) {
  bool needs_t = (verb.ends_with('a') || verb.ends_with('e')) && (pronoun == "il" || pronoun == "elle");
  return (needs_t ? "-t-" : "-") + std::string(pronoun);
}

bool has_compound_past(const Predicate& clause) {
  return clause.tense == Tense::past && !clause.verb->imperfect && clause.modal == nullptr && !clause.going;
}

const Verb& aller() { return motion_verbs().front(); }

std::string french_finite(const Predicate& clause, Person person) {
  static constexpr Verb avoir{"", "", "", "avoir", "ai as a avons ont", "", "", 0};
  if (clause.going) return french_present(aller(), person);
  const Verb& verb = clause.modal != nullptr ? *clause.modal : *clause.verb;
  if (clause.tense == Tense::present) return french_present(verb, person);
  if (clause.tense == Tense::future) return french_future(verb, person);
  if (verb.imperfect) return french_imperfect(verb, person);
  return french_present(verb.with_etre ? be : avoir, person);
}

}  // namespace

Composer::EnglishVerb Composer::english_verb(const Predicate& clause, Person person, bool question) {
  EnglishVerb out;
  const Verb& verb = *clause.verb;
  std::vector<int> lexical{clause.lexical};
  Word base{.text = std::string(verb.english), .links = lexical, .content = !is_be(verb)};
  auto word = [](std::string_view text, int link) { return Word{.text = std::string(text), .links = {link}}; };

  bool negative = clause.polarity == Polarity::negative;
  if (negative) out.between.push_back(word("not", clause.negation));
  if (clause.polarity == Polarity::never)
    out.between.push_back({.text = "never", .links = {clause.negation}, .content = true});
  append(out.between, clause.frequency.english);

  bool wants = clause.modal != nullptr && !clause.modal->particle.empty();
  if (clause.going) {
    out.auxiliary = {word(english_be(Tense::present, person), clause.helper)};
    out.rest = {word("going", clause.helper), word("to", 0), base};
  } else if (clause.modal != nullptr && !wants) {
    bool past = clause.tense == Tense::past;
    out.auxiliary = {word(past ? clause.modal->past : clause.modal->english, clause.helper)};
    if (!past && negative && !question && clause.modal->english == "can") {
      out.auxiliary[0].text = "cannot";
      out.auxiliary[0].links.push_back(clause.negation);
      out.between.clear();
    }
    out.rest = {base};
  } else if (clause.tense == Tense::future) {
    out.auxiliary = {word("will", clause.lexical)};
    out.rest = {base};
  } else if (is_be(verb)) {
    out.auxiliary = {word(english_be(clause.tense, person), clause.lexical)};
  } else {
    const Verb& finite = wants ? *clause.modal : verb;
    Word main{
        .text = std::string(finite.english), .links = {wants ? clause.helper : clause.lexical}, .content = !wants};
    bool past = clause.tense == Tense::past;
    int auxiliary = has_compound_past(clause) ? clause.auxiliary : 0;
    if (negative || question) {
      out.auxiliary = {word(past ? "did" : person == Person::he ? "does" : "do", auxiliary)};
    } else {
      main.text = past ? std::string(finite.past) : english_present(finite, person);
      if (auxiliary != 0) main.links.push_back(auxiliary);
    }
    out.rest = {main};
    if (wants) append(out.rest, {word("to", 0), base});
  }
  return out;
}

Words Composer::french_verb(const Predicate& clause, const NounPhrase& subject, const std::string& inverted) {
  const Verb& verb = *clause.verb;
  bool compound = has_compound_past(clause), infinitive = clause.modal != nullptr || clause.going;
  Word finite{.text = french_finite(clause, subject.person), .links = {clause.lexical}, .content = !is_be(verb)};
  if (compound) finite.links = {clause.auxiliary};
  if (infinitive) finite.links = {clause.helper};
  if (compound || infinitive) finite.content = false;

  Words words;
  if (clause.polarity != Polarity::plain) words.push_back({.text = "ne", .links = {clause.negation}});
  if (!infinitive) append(words, clause.clitic.french);
  words.push_back(finite);
  if (!inverted.empty())
    words.push_back(
        {.text = inverted_form(finite.text, inverted), .links = subject.words.french[0].links, .joined = true});
  if (clause.polarity == Polarity::negative) words.push_back({.text = "pas", .links = {clause.negation}});
  if (clause.polarity == Polarity::never)
    words.push_back({.text = "jamais", .links = {clause.negation}, .content = true});
  append(words, clause.frequency.french);
  bool manner_first = compound && !clause.object.french.empty();  // "a lentement mangé la pomme"
  if (manner_first) append(words, clause.manner.french);
  if (infinitive) {
    append(words, clause.clitic.french);
    words.push_back({.text = std::string(verb.infinitive), .links = {clause.lexical}, .content = true});
  }
  if (compound) {
    Agreement agreement = verb.with_etre ? subject.agreement : clause.object_ahead.value_or(Agreement{});
    words.push_back({.text = french_participle(verb, agreement), .links = {clause.lexical}, .content = true});
  }
  if (!manner_first) append(words, clause.manner.french);
  return words;
}

Words Composer::english_tail(const Predicate& clause) {
  Words words;
  if (!clause.verb->particle.empty())
    words.push_back({.text = std::string(clause.verb->particle), .links = {clause.lexical}});
  for (const auto* part : {&clause.clitic, &clause.object, &clause.manner, &clause.complement})
    append(words, part->english);
  if (!clause.time_first) append(words, clause.time.english);
  return words;
}

Words Composer::french_tail(const Predicate& clause) {
  Words words = clause.object.french;
  append(words, clause.complement.french);
  if (!clause.time_first) append(words, clause.time.french);
  return words;
}

Bilingual Composer::statement(const NounPhrase& subject, const Predicate& clause) {
  Bilingual words = subject.words;
  auto verb = english_verb(clause, subject.person, false);
  // "never" and "often" stand behind an auxiliary and before a simple verb: that is between the two parts.
  for (const auto& part : {verb.auxiliary, verb.between, verb.rest, english_tail(clause)}) append(words.english, part);
  append(words.french, french_verb(clause, subject));
  append(words.french, french_tail(clause));
  return words;
}

Bilingual Composer::question(const NounPhrase& subject, const Predicate& clause, const Expression* question_word) {
  Bilingual words;
  if (question_word != nullptr) words = expression(*question_word, true);
  auto verb = english_verb(clause, subject.person, true);
  bool inverts = subject.pronoun && subject.person != Person::i;
  if (!inverts) {
    int link = new_link();
    for (auto& word : verb.auxiliary) word.links.push_back(link);
    append(words.french, {{.text = "est", .links = {link}},
                          {.text = "-ce", .links = {link}, .joined = true},
                          {.text = "que", .links = {link}}});
    append(words.french, subject.words.french);
  }
  for (const auto& part : {verb.auxiliary, subject.words.english, verb.between, verb.rest, english_tail(clause)})
    append(words.english, part);
  append(words.french, french_verb(clause, subject, inverts ? subject.words.french[0].text : ""));
  append(words.french, french_tail(clause));
  return words;
}

}  // namespace gradloom::phrasebook
