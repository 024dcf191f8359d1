// The tokeniser of words for English and French, in the manner of Moses: punctuation stands alone, elided words
// (`l'` `eau`), contractions (`do` `n't`) and inverted pronouns (`mange` `-t-il`) are split.
#pragma once

#include "text/tokenizer.h"

namespace gradloom {

/// Where two tokens stood together without a space, one of them carries U+FFED at that end (`l'￭` `eau`, `eau` `￭.`).
/// The text's own U+FFED and U+FFEE are escaped by U+FFEE.
class WordTokenizer : public Tokenizer {
 public:
  explicit WordTokenizer(bool lower_case = false) : lower_case_(lower_case) {}

  std::vector<std::string> encode(std::string_view line) const override;
  std::string decode(std::span<const std::string> tokens) const override;

 private:
  bool lower_case_;
};

}  // namespace gradloom
