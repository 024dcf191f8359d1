// The tokeniser of characters: a token a code point; U+2581 stands for the space, and the text's own U+2581 is escaped.
#pragma once

#include "text/tokenizer.h"

namespace gradloom {

class CharacterTokenizer : public Tokenizer {
 public:
  explicit CharacterTokenizer(bool lower_case = false) : lower_case_(lower_case) {}

  std::vector<std::string> encode(std::string_view line) const override;
  std::string decode(std::span<const std::string> tokens) const override;

 private:
  bool lower_case_;
};

}  // namespace gradloom
