// The one form in which tokenisers, vocabularies and models see text: normal form C, single spaces, perhaps lower case.
#pragma once

#include <string>
#include <string_view>

namespace gradloom {

/// Every character in lower case, by Unicode's rules without a language: U+0130 becomes two characters, and a capital
/// sigma at the end of a word its final form.
std::string lower_case(std::string_view text);

/// Normal form C. The text must be UTF-8 (a UserError otherwise).
std::string nfc(std::string_view text);

/// Each run of white space becomes one space, none is left at the ends. Spaces that forbid a line break (U+00A0,
/// U+2007, U+202F) are not folded: French sets them before punctuation and inside numbers.
std::string fold_spaces(std::string_view text);

/// Folded, in lower case when asked, in normal form C. The line must be UTF-8 (a UserError otherwise).
std::string normalise(std::string_view line, bool lower);

}  // namespace gradloom
