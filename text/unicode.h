// The characters of UTF-8 text: strict checking, decoding, classes. Everything in text/ that looks at
// characters goes through here.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gradloom {

/// The index of the first byte that is not part of well-formed UTF-8 (RFC 3629: no overlong form, no surrogate, nothing
/// above U+10FFFF), or npos.
std::size_t first_non_utf8(std::string_view text);

/// Throws a UserError (Fault::input) such as `train.fr, line 7: byte 3 (0xE9) is not UTF-8`, bytes counted from 1,
/// unless the text is well-formed. `place` is what stands in front of the colon.
void require_utf8(std::string_view text, std::string_view place);

/// The character at `position`, which moves behind it. A byte that is not UTF-8 comes back as U+DC00 + byte.
char32_t next_character(std::string_view text, std::size_t& position);

void append_character(std::string& out, char32_t character);

/// The characters of a text, each a view of its bytes.
std::vector<std::string_view> characters(std::string_view text);

/// White space as Unicode 15 has it, with U+001C to U+001F: what Python's str.split() splits at.
bool is_white_space(char32_t character);

/// White space that does not allow a line break: U+00A0, U+2007, U+202F.
bool is_no_break_space(char32_t character);

bool is_letter(char32_t character);
bool is_digit(char32_t character);
/// Combining marks (general category M).
bool is_mark(char32_t character);
/// Punctuation and symbols (general categories P and S).
bool is_punctuation(char32_t character);
/// Punctuation that opens: brackets and quotation marks (categories Ps and Pi).
bool is_opening(char32_t character);

/// The pieces between runs of white space; none of them is empty.
std::vector<std::string_view> split_white_space(std::string_view text);

std::string_view without_trailing_white_space(std::string_view text);

}  // namespace gradloom
