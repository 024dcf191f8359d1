// The rules that make a word's forms from its base form, as declared in phrasebook_forms.h.
#include "text/phrasebook_forms.h"

#include <algorithm>
#include <array>

#include "text/unicode.h"

namespace gradloom::phrasebook {
namespace {

bool ends_with_any(std::string_view word, std::initializer_list<std::string_view> endings) {
  return std::ranges::any_of(endings, [word](auto ending) { return word.ends_with(ending); });
}

bool is_consonant_y(std::string_view word) {
  return word.size() > 1 && word.ends_with('y') && std::string_view("aeiou").find(word[word.size() - 2]) == word.npos;
}

std::string with_s(std::string_view word) {
  if (ends_with_any(word, {"s", "x", "ch", "sh", "o"})) return std::string(word) + "es";
  if (is_consonant_y(word)) return std::string(word.substr(0, word.size() - 1)) + "ies";
  return std::string(word) + "s";
}

std::string_view without_ending(std::string_view word, std::size_t letters) {
  return word.substr(0, word.size() - letters);
}

std::string french_with_s(std::string word) {
  if (!ends_with_any(word, {"s", "x", "z"})) word += 's';
  return word;
}

// Appends the words' links without repeating one.
void merge_links(Word& into, const Word& from) {
  for (int link : from.links)
    if (std::ranges::find(into.links, link) == into.links.end()) into.links.push_back(link);
  into.content = into.content || from.content;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> list) {
  return std::ranges::find(list, word) != list.end();
}

constexpr std::array<std::string_view, 5> imperfect_endings{"ais", "ais", "ait", "ions", "aient"};
constexpr std::array<std::string_view, 5> future_endings{"ai", "as", "a", "ons", "ont"};
constexpr std::array<std::string_view, 5> regular_endings{"e", "es", "e", "ons", "ent"};

std::string regular_present(std::string_view infinitive, std::size_t person) {
  std::string stem(without_ending(infinitive, 2));
  bool soft = regular_endings[person].starts_with('o') && stem.ends_with('g');  // mangeons
  return stem + (soft ? "e" : "") + std::string(regular_endings[person]);
}

std::string present_of(const Verb& verb, Person person) {
  auto index = static_cast<std::size_t>(person);
  if (verb.present.empty()) return regular_present(verb.infinitive, index);
  return std::string(split_white_space(verb.present)[index]);
}

}  // namespace

std::string english_plural(const Noun& noun) {
  return noun.english_plural.empty() ? with_s(noun.english) : std::string(noun.english_plural);
}

std::string english_present(const Verb& verb, Person person) {
  if (person != Person::he) return std::string(verb.english);
  return verb.english == "have" ? "has" : with_s(verb.english);
}

std::string_view english_be(Tense tense, Person person) {
  if (tense == Tense::past) return person == Person::i || person == Person::he ? "was" : "were";
  return person == Person::i ? "am" : person == Person::he ? "is" : "are";
}

void choose_english_articles(Words& words) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    if (words[i].text == "a" && std::string_view("aeiou").find(words[i + 1].text[0]) != std::string_view::npos)
      words[i].text = "an";
}

std::string french_plural(const Noun& noun) {
  return noun.french_plural.empty() ? french_with_s(std::string(noun.french)) : std::string(noun.french_plural);
}

std::string french_adjective(const Adjective& adjective, Agreement agreement, std::string_view next_word) {
  if (agreement.gender == Gender::feminine) {
    std::string form(adjective.feminine.empty() ? std::string(adjective.masculine) + "e" : adjective.feminine);
    return agreement.plural ? form + "s" : form;
  }
  if (agreement.plural)
    return adjective.masculine_plural.empty() ? french_with_s(std::string(adjective.masculine))
                                              : std::string(adjective.masculine_plural);
  if (!adjective.before_vowel.empty() && elides(next_word)) return std::string(adjective.before_vowel);
  return std::string(adjective.masculine);
}

std::string french_present(const Verb& verb, Person person) { return present_of(verb, person); }

std::string french_imperfect(const Verb& verb, Person person) {
  std::string stem = verb.infinitive == "être" ? "ét" : std::string(without_ending(present_of(verb, Person::we), 3));
  return stem + std::string(imperfect_endings[static_cast<std::size_t>(person)]);
}

std::string french_future(const Verb& verb, Person person) {
  std::string_view stem = verb.future.empty() ? verb.infinitive : verb.future;
  if (stem.ends_with('e')) stem.remove_suffix(1);
  return std::string(stem) + std::string(future_endings[static_cast<std::size_t>(person)]);
}

std::string french_participle(const Verb& verb, Agreement agreement) {
  std::string form(verb.participle);
  if (form.empty()) form = std::string(without_ending(verb.infinitive, 2)) + "é";
  if (agreement.gender == Gender::feminine) return form + (agreement.plural ? "es" : "e");
  return agreement.plural ? french_with_s(form) : form;
}

std::string french_imperative(const Verb& verb) {
  std::string form = present_of(verb, Person::you);
  if (form.ends_with("es") || form == "vas") form.pop_back();
  return form;
}

bool elides(std::string_view next_word) {
  if (next_word.starts_with("hibou") || next_word.empty()) return false;  // h aspiré
  std::size_t position = 0;
  char32_t first = next_character(next_word, position);
  return std::u32string_view(U"aeiouyhâàéèêëîïôœAEIOUYHÂÀÉÈÊËÎÏÔŒ").find(first) != std::u32string_view::npos;
}

void join_french(Words& words) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    bool may = is_one_of(words[i].text, {"le", "la", "je", "me", "te", "ne", "de", "que"});
    if (!may || !elides(words[i + 1].text) || words[i + 1].joined) continue;
    words[i].text.back() = '\'';
    words[i + 1].joined = true;
    words[i].article = false;
  }
  Words out;
  for (auto& word : words) {
    bool contracts =
        !out.empty() && word.article && is_one_of(word.text, {"le", "les"}) && is_one_of(out.back().text, {"de", "à"});
    if (!contracts) {
      out.push_back(std::move(word));
      continue;
    }
    bool plural = word.text == "les";
    out.back().text = out.back().text == "de" ? (plural ? "des" : "du") : (plural ? "aux" : "au");
    merge_links(out.back(), word);
  }
  words = std::move(out);
}

std::string sentence_text(const Words& words) {
  std::string text;
  for (const auto& word : words) text.append(text.empty() || word.joined ? "" : " ").append(word.text);
  // The accented letters of Latin-1 and ASCII's have their capitals 32 places below.
  std::size_t letter = text.starts_with('\xC3') ? 1 : 0;
  bool small = letter == 1 ? static_cast<unsigned char>(text[1]) >= 0xA0 : text[0] >= 'a' && text[0] <= 'z';
  if (small) text[letter] = static_cast<char>(text[letter] - 32);
  return text;
}

}  // namespace gradloom::phrasebook
