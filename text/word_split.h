// Where the tokens of a piece of text without spaces begin and end: the rules of the word tokeniser, apart from its
// marks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gradloom {

/// A token of a piece, and whether it leans on what follows it (an opening bracket, `l'`) or on what precedes it (a
/// comma, `-t-il`); that decides which of two neighbours carries the joiner mark.
struct WordPart {
  std::u32string text;
  bool opens = false, closes = false;
};

/// The parts of a piece, which must hold no space that allows a line break; joined they are the piece. A period after
/// an abbreviation (`Mr.`) stays with it unless the piece ends the line.
std::vector<WordPart> split_words(std::u32string_view piece, bool ends_line);

}  // namespace gradloom
