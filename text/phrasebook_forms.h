// The forms of English and French words in the phrasebook: conjugation, agreement, plural, elision and contraction.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/phrasebook_words.h"

namespace gradloom::phrasebook {

/// Who does it: the order of the present forms in Verb. "you" is "tu"; third persons plural are "ils".
enum class Person { i, you, he, we, they };

enum class Tense { present, past, future };

/// What an adjective or a participle agrees with.
struct Agreement {
  Gender gender = Gender::masculine;
  bool plural = false;
};

/// A word of a sentence under construction. Words of the two languages that share a link correspond.
struct Word {
  std::string text;
  std::vector<int> links{};
  bool content = false;
  bool joined = false;   // no space in front
  bool article = false;  // le, la, les: contracts with "de" and "à", which a pronoun does not
};
using Words = std::vector<Word>;

// English

std::string english_plural(const Noun& noun);
/// "eats", "has".
std::string english_present(const Verb& verb, Person person);
/// am, are, is, was, were.
std::string_view english_be(Tense tense, Person person);
/// "a" becomes "an" before a vowel.
void choose_english_articles(Words& words);

// French

std::string french_plural(const Noun& noun);
std::string french_adjective(const Adjective& adjective, Agreement agreement, std::string_view next_word);
std::string french_present(const Verb& verb, Person person);
std::string french_imperfect(const Verb& verb, Person person);
std::string french_future(const Verb& verb, Person person);
std::string french_participle(const Verb& verb, Agreement agreement);
/// The second person singular of the imperative: "mange", "prends".
std::string french_imperative(const Verb& verb);
/// Whether "le" becomes "l'" before it: a vowel or a mute h.
bool elides(std::string_view next_word);

/// Elision (l'eau, qu'il, n'a) and contraction (du, au, des, aux), where the words stand in their final order.
void join_french(Words& words);

/// The sentence: first letter capital, spaces between words that are not joined.
std::string sentence_text(const Words& words);

}  // namespace gradloom::phrasebook
