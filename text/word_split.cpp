// The rules for punctuation, apostrophes, numbers and hyphens, as declared in word_split.h.
#include "text/word_split.h"

#include <algorithm>
#include <array>

#include "text/normalise.h"
#include "text/unicode.h"

namespace gradloom {
namespace {

using Text = std::u32string_view;

bool is_apostrophe(char32_t c) { return c == U'\'' || c == U'\u2019'; }
bool is_hyphen(char32_t c) { return c == U'-' || c == U'\u2010' || c == U'\u2011'; }
bool is_word_character(char32_t c) { return !is_punctuation(c) && !is_white_space(c); }

// Lower case with the straight apostrophe and hyphen, to compare with the lists below.
std::u32string plain(Text text) {
  std::string bytes;
  for (char32_t c : text) append_character(bytes, is_apostrophe(c) ? U'\'' : is_hyphen(c) ? U'-' : c);
  bytes = lower_case(bytes);
  std::u32string out;
  for (std::size_t position = 0; position < bytes.size();) out += next_character(bytes, position);
  return out;
}

template <std::size_t N>
bool is_one_of(Text text, const std::array<Text, N>& list) {
  return std::ranges::find(list, Text(plain(text))) != list.end();
}

// Words that lose their vowel before an apostrophe.
constexpr std::array<Text, 13> elided{U"l", U"d",  U"j",     U"m",      U"n",      U"s",     U"t",
                                      U"c", U"qu", U"jusqu", U"lorsqu", U"puisqu", U"quoiqu"};
// Endings that are words of their own; the longer of two that fit stands first.
constexpr std::array<Text, 36> endings{
    U"n't",   U"'s",     U"'m",       U"'re", U"'ve",  U"'ll",  U"'d",    U"-t-il", U"-t-elle",
    U"-t-on", U"-t-ils", U"-t-elles", U"-je", U"-tu",  U"-il",  U"-elle", U"-on",   U"-nous",
    U"-vous", U"-ils",   U"-elles",   U"-ce", U"-moi", U"-toi", U"-le",   U"-la",   U"-les",
    U"-lui",  U"-leur",  U"-eux",     U"-y",  U"-en",  U"-ci",  U"-là",   U"-t-y",  U"-t-en"};
constexpr std::array<Text, 16> abbreviations{U"mr", U"mrs", U"ms",  U"dr",   U"prof", U"st", U"jr",  U"sr",
                                             U"m",  U"mm",  U"mme", U"mlle", U"no",   U"vs", U"gen", U"col"};

// Whether the character at `index`, itself no word character, holds two parts of a word together.
bool joins_word(Text piece, std::size_t index) {
  if (index == 0 || index + 1 >= piece.size()) return false;
  char32_t before = piece[index - 1], here = piece[index], after = piece[index + 1];
  if (!is_word_character(before) || !is_word_character(after)) return false;
  if (is_digit(before) && is_digit(after))
    return here == U'.' || here == U',' || is_hyphen(here) || is_no_break_space(here);
  return here == U'.' || is_hyphen(here) || is_apostrophe(here);
}

std::size_t word_end(Text piece, std::size_t begin) {
  std::size_t end = begin;
  while (end < piece.size() && (is_word_character(piece[end]) || (end > begin && joins_word(piece, end)))) ++end;
  return end;
}

// Single letters with periods between them: "U.S", "p.m".
bool is_dotted(Text word) {
  if (word.size() < 3) return false;
  for (std::size_t i = 0; i < word.size(); ++i)
    if (i % 2 == 0 ? !is_letter(word[i]) : word[i] != U'.') return false;
  return word.size() % 2 == 1;
}

bool keeps_period(Text word, bool ends_line) {
  return is_dotted(word) || (!ends_line && is_one_of(word, abbreviations));
}

std::size_t ending_length(Text word) {
  if (std::ranges::none_of(word, [](char32_t c) { return is_apostrophe(c) || is_hyphen(c); })) return 0;
  std::u32string form = plain(word);
  if (form.size() != word.size()) return 0;
  std::size_t longest = 0;
  for (Text ending : endings)
    if (form.size() > ending.size() && form.ends_with(ending)) longest = std::max(longest, ending.size());
  return longest;
}

void split_clitics(Text word, std::vector<WordPart>& parts) {
  for (std::size_t i = 0; i + 1 < word.size(); ++i) {
    if (!is_apostrophe(word[i])) continue;
    if (!is_one_of(word.substr(0, i), elided)) break;
    parts.push_back({.text = std::u32string(word.substr(0, i + 1)), .opens = true});
    word.remove_prefix(i + 1);
    i = 0;
  }
  std::vector<WordPart> behind;
  for (std::size_t length = ending_length(word); length > 0; length = ending_length(word)) {
    behind.push_back({.text = std::u32string(word.substr(word.size() - length)), .closes = true});
    word.remove_suffix(length);
  }
  parts.push_back({.text = std::u32string(word)});
  parts.insert(parts.end(), behind.rbegin(), behind.rend());
}

// Up to three of the same mark are one token: "...", "--", "!!".
std::size_t punctuation_end(Text piece, std::size_t begin) {
  std::size_t end = begin + 1;
  while (end < piece.size() && end < begin + 3 && piece[end] == piece[begin]) ++end;
  return end;
}

// An elided word (`l'`) or an ending (`'s`, `-t-il`) that was split off before stays as it is.
bool is_lone_clitic(Text piece) {
  if (std::ranges::none_of(piece, [](char32_t c) { return is_apostrophe(c) || is_hyphen(c); })) return false;
  return is_one_of(piece, endings) ||
         (is_apostrophe(piece.back()) && is_one_of(piece.substr(0, piece.size() - 1), elided));
}

}  // namespace

std::vector<WordPart> split_words(Text piece, bool ends_line) {
  std::vector<WordPart> parts;
  if (is_lone_clitic(piece)) return {{.text = std::u32string(piece)}};
  for (std::size_t begin = 0; begin < piece.size();) {
    bool after_opening = parts.empty() || parts.back().opens;
    std::size_t end = word_end(piece, begin);
    if (end > begin) {
      Text word = piece.substr(begin, end - begin);
      if (end < piece.size() && piece[end] == U'.' && end + 1 == piece.size() && keeps_period(word, ends_line)) {
        parts.push_back({.text = std::u32string(piece.substr(begin, ++end - begin))});
      } else if (end < piece.size() && is_apostrophe(piece[end]) && is_one_of(word, elided)) {
        ++end;  // before a quotation mark: l'"eau"
        parts.push_back({.text = std::u32string(piece.substr(begin, end - begin)), .opens = true});
      } else {
        split_clitics(word, parts);
      }
    } else {
      std::size_t mark = begin;
      while (mark < piece.size() && is_no_break_space(piece[mark])) ++mark;
      bool spaced = mark > begin;
      bool quote = mark < piece.size() && (piece[mark] == U'"' || is_apostrophe(piece[mark]) || is_hyphen(piece[mark]));
      bool opens = mark < piece.size() && (is_opening(piece[mark]) || (quote && after_opening));
      if (mark == piece.size() || is_word_character(piece[mark]) || (spaced && opens)) {
        end = mark;  // a no-break space that belongs to no punctuation mark is a token of its own
        parts.push_back({.text = std::u32string(piece.substr(begin, end - begin)), .closes = true});
      } else {
        end = punctuation_end(piece, mark);
        while (opens && end < piece.size() && is_no_break_space(piece[end])) ++end;
        parts.push_back({.text = std::u32string(piece.substr(begin, end - begin)), .opens = opens, .closes = !opens});
      }
    }
    begin = end;
  }
  return parts;
}

}  // namespace gradloom
