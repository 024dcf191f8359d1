// Splitting at code points with an escaped space mark, as declared in character_tokenizer.h.
#include "text/character_tokenizer.h"

#include "text/normalise.h"
#include "text/unicode.h"

namespace gradloom {
namespace {

constexpr std::string_view space_mark = "\u2581";
constexpr std::string_view escaped_space_mark = "\uFFEE\u2581";

}  // namespace

std::vector<std::string> CharacterTokenizer::encode(std::string_view line) const {
  std::string text = normalise(line, lower_case_);
  std::vector<std::string> tokens;
  for (auto character : characters(text)) {
    if (character == " ")
      tokens.emplace_back(space_mark);
    else if (character == space_mark)
      tokens.emplace_back(escaped_space_mark);
    else
      tokens.emplace_back(character);
  }
  return tokens;
}

std::string CharacterTokenizer::decode(std::span<const std::string> tokens) const {
  std::string line;
  for (const auto& token : tokens) {
    if (token == space_mark)
      line += ' ';
    else if (token == escaped_space_mark)
      line += space_mark;
    else
      line += token;
  }
  return line;
}

}  // namespace gradloom
