// Random lines of characters that are awkward for one rule of a tokeniser or another.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gradloom {

inline std::string awkward_line(std::uint64_t& state) {
  static const std::vector<std::string> pieces{" ",           " ",       "a",      "B",
                                               "é",           "e\u0301", "l",      "qu",
                                               "n't",         "'",       "’",      "-",
                                               "-t-il",       "'s",      ".",      ",",
                                               "!",           "?",       ":",      "\"",
                                               "«",           "»",       "(",      ")",
                                               "\u00A0",      "\u202F",  "3",      "14",
                                               "\uFFED",      "\uFFEE",  "\u2581", "\t",
                                               "\u3000",      "\u2028",  "😀",      "北京",
                                               "$",           "€",       "...",    "_",
                                               "@",           "\u200B",  "\u0301", "St",
                                               "Mr.",         "U.S.",    "\u0130", "Σ",
                                               "aujourd'hui", "\u00AD",  "<unk>",  std::string(1, '\0'),
                                               "\u007F",      "\uFEFF",  "ﬁ",      "\u0344",
                                               "\u037E"};
  std::string line;
  auto draw = [&state](std::size_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>(state >> 33) % below;
  };
  for (std::size_t i = draw(24); i > 0; --i) line += pieces[draw(pieces.size())];
  return line;
}

}  // namespace gradloom
