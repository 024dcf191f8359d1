// The grammar of the phrasebook: noun phrases, clauses and sentences made in both languages at once. Words that
// correspond get the same link, so the alignment is known whatever the order.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "text/draws.h"
#include "text/phrasebook_forms.h"

namespace gradloom::phrasebook {

struct Bilingual {
  Words english, french;

  void append(const Bilingual& other);
};

/// What stands before a noun.
enum class Determiner { none, the, a, possessive, possessor, demonstrative, number, bare, all_the };

/// How a noun phrase is used, as far as its determiner depends on it.
enum class Role {
  subject,
  object,
  negated_object,  // un, des, du become "de"
  general_object,  // of a verb of preference: "apples" is "les pommes"
  complement,      // after a preposition
  existence,       // after "there is"
};

struct NounPhrase {
  Bilingual words;
  Agreement agreement;
  Person person = Person::he;
  unsigned kind = phrasebook::person;
  bool pronoun = false;
  std::string name;  // the English noun, "" for a pronoun or a name
};

enum class Polarity { plain, negative, never };

/// A verb with all that belongs to it but its subject.
struct Predicate {
  const Verb* verb = nullptr;
  Tense tense = Tense::present;
  Polarity polarity = Polarity::plain;
  const Verb* modal = nullptr;
  bool going = false;                       // "is going to eat", "va manger"
  Bilingual clitic{};                       // an object pronoun: before the French verb
  std::optional<Agreement> object_ahead{};  // what the participle with avoir agrees with
  Bilingual frequency{}, manner{}, object{}, complement{}, time{};
  bool time_first = false;
  int lexical = 0, auxiliary = 0, negation = 0, helper = 0;  // links
};

/// A finished sentence.
struct Sentence {
  Words english, french;
  std::vector<std::string> described;  // "noun adjective"
};

class Composer {
 public:
  explicit Composer(Draws& draws) : draws_(draws) {}

  /// A sentence of any kind; the higher `richness` in [0, 1], the longer it tends to be.
  Sentence sentence(double richness);
  /// "The black cat ate the mouse." - "Le chat noir a mangé la souris."
  Sentence lesson_sentence();

 private:
  // Noun phrases (phrasebook_nouns.cpp)
  NounPhrase noun_phrase(unsigned kinds, Role role, double richness, unsigned where = 0);
  NounPhrase described_noun(const Noun& noun, bool plural, Determiner determiner, Role role,
                            const std::vector<const Adjective*>& chosen);
  NounPhrase name_phrase();
  NounPhrase subject_pronoun(Person person, Gender gender);
  NounPhrase subject(unsigned kinds, double richness);
  Determiner choose_determiner(const Noun& noun, bool plural, Role role);
  std::vector<const Adjective*> choose_adjectives(unsigned kind, double richness);
  void put_determiner(NounPhrase& phrase, Determiner determiner, Role role, bool is_mass, bool adjective_first);
  void add_possessor(Bilingual& words, Agreement agreement);
  void add_relative(NounPhrase& phrase, double richness);
  Bilingual place_phrase(double richness, bool may_benefit);
  Bilingual prepositional(const Preposition& preposition, double richness);

  // Clauses (phrasebook_clauses.cpp)
  Predicate predicate(const NounPhrase& subject, double richness);
  Predicate verb_only(const Verb& verb);
  Predicate action(const Verb& verb, const NounPhrase& subject, double richness);
  Predicate description(const NounPhrase& subject, double richness);
  void choose_polarity(Predicate& predicate);
  void choose_modal(Predicate& predicate);
  void add_object(Predicate& predicate, unsigned kinds, double richness);
  bool add_clitic(Predicate& predicate, unsigned kinds, std::optional<Person> subject, bool direct,
                  bool third_person = false);
  void add_receiver(Predicate& predicate, std::optional<Person> subject);
  void add_destination(Predicate& predicate, double richness);
  void add_circumstances(Predicate& predicate, double richness);

  // Both languages' word order (phrasebook_order.cpp)
  struct EnglishVerb {
    Words auxiliary, between, rest;
  };
  EnglishVerb english_verb(const Predicate& predicate, Person person, bool question);
  Words french_verb(const Predicate& predicate, const NounPhrase& subject, const std::string& inverted = "");
  Words english_tail(const Predicate& predicate);
  Words french_tail(const Predicate& predicate);
  Bilingual statement(const NounPhrase& subject, const Predicate& predicate);
  Bilingual question(const NounPhrase& subject, const Predicate& predicate, const Expression* word);

  // Sentences (phrasebook_sentences.cpp)
  Bilingual simple_sentence(double richness);
  Bilingual double_sentence(double richness);
  Bilingual opinion(double richness);
  Bilingual any_question(double richness);
  Bilingual what_question(double richness);
  Bilingual where_question();
  Bilingual command(double richness);
  Bilingual existence(double richness);
  Sentence finish(Bilingual words, std::string_view mark);

  int new_link() { return ++links_; }
  Bilingual expression(const Expression& expression, bool content);
  Tense any_tense();
  Tense relative_tense();
  template <class T>
  const T& pick(std::span<const T> all, const std::function<bool(const T&)>& fits);

  Draws& draws_;
  int links_ = 0;
  int depth_ = 0;                 // of relative clauses
  Tense tense_ = Tense::present;  // of the clause under construction
  std::vector<std::string> described_;
};

template <class T>
const T& Composer::pick(std::span<const T> all, const std::function<bool(const T&)>& fits) {
  std::vector<const T*> fitting;
  for (const auto& item : all)
    if (fits(item)) fitting.push_back(&item);
  ensure(!fitting.empty(), "the phrasebook has no word for what its grammar asks");
  return *draws_.pick(fitting);
}

}  // namespace gradloom::phrasebook
