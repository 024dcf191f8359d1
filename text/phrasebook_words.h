// The words of the phrasebook's grammar, with the forms that no rule gives and the sense that decides which go
// together.
#pragma once

#include <span>
#include <string_view>

namespace gradloom::phrasebook {

/// What a noun stands for; a noun may be several of these.
enum Kind : unsigned {
  person = 1,
  animal = 2,
  food = 4,
  mass_food = 8,  // "bread", "du pain": no plural
  drink = 16,     // no plural either
  clothing = 32,
  object = 64,
  plant = 128,
  vehicle = 256,
  building = 512,
  outdoors = 1024,
  opens = 2048,    // what is opened and closed
  writing = 4096,  // what is written and read
  music = 8192,
};
inline constexpr unsigned mass = mass_food | drink;
inline constexpr unsigned being = person | animal;
inline constexpr unsigned place = building | outdoors;
inline constexpr unsigned anything = (1u << 14) - 1;

/// Where one may be in a place or at a thing, in the sense of its preposition.
enum Where : unsigned { inside = 1, upon = 2, towards = 4, beneath = 8, beside = 16 };

enum class Gender { masculine, feminine };

struct Noun {
  std::string_view english, english_plural;  // "" for a plural by rule
  std::string_view french, french_plural;    // "" for a plural in -s
  Gender gender;
  unsigned kind, where = 0;
};

struct Name {
  std::string_view english, french;
  Gender gender;
};

struct Adjective {
  std::string_view english, comparative;                   // "" for a comparative with "more"
  std::string_view masculine, feminine, masculine_plural;  // "" for a feminine in -e, a plural in -s
  std::string_view before_vowel;                           // masculine before a vowel ("bel"), "" for no such form
  bool precedes;                                           // stands before the French noun
  unsigned kind;                                           // what it describes
  bool predicative = true;                                 // also after "is"
  bool gradable = true;                                    // also after "very"
};

struct Verb {
  std::string_view english, past;
  std::string_view particle;    // "at" of "look at"
  std::string_view infinitive;  // French
  std::string_view present;     // je tu il nous ils; "" for a regular verb in -er
  std::string_view participle;  // "" for -é
  std::string_view future;      // the stem; "" for the infinitive
  unsigned subject, object = 0;
  bool with_etre = false;   // compound past with être
  bool imperfect = false;   // the English simple past is an imparfait
  bool preference = false;  // "likes apples" is "aime les pommes"
};

/// An English word or phrase and its French counterpart; words within are separated by spaces.
struct Expression {
  std::string_view english, french;
};

struct Preposition {
  std::string_view english, french;
  unsigned where;  // the nouns it goes with, or 0 for any of `kind`
  unsigned kind;
};

std::span<const Noun> nouns();
std::span<const Name> names();
std::span<const Adjective> adjectives();
std::span<const Verb> transitive_verbs();
std::span<const Verb> intransitive_verbs();
std::span<const Verb> motion_verbs();   // need a destination
std::span<const Verb> giving_verbs();   // need a receiver
std::span<const Verb> opinion_verbs();  // "that" and a sentence follow
std::span<const Verb> modal_verbs();    // an infinitive follows
std::span<const Preposition> prepositions();
std::span<const Expression> manners();
std::span<const Expression> frequencies();
std::span<const Expression> past_times();
std::span<const Expression> present_times();
std::span<const Expression> future_times();
std::span<const Expression> numbers();
std::span<const Expression> conditions();  // "is hungry", "a faim"

/// être, and the avoir of conditions: both are "be" in English.
extern const Verb be, be_in_condition;

}  // namespace gradloom::phrasebook
