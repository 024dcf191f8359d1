// How a line of text becomes tokens and how tokens become a line again. Decoding is the exact inverse of encoding up to
// `normalise`: on natural text and on text that was split by spaces before.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gradloom {

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// The tokens of a line; none is empty and none holds a space. The line is normalised first; it must be UTF-8 (a
  /// UserError otherwise).
  virtual std::vector<std::string> encode(std::string_view line) const = 0;

  /// The line that the tokens stand for: decode(encode(line)) == normalise(line). Any sequence of strings is accepted.
  virtual std::string decode(std::span<const std::string> tokens) const = 0;
};

struct TokenizerOptions {
  std::string kind = "word";  ///< one of tokenizer_kinds()
  bool lower_case = false;
  std::string model{};  ///< the bytes of a SentencePiece model, for the kind "sentencepiece"
};

/// The kinds that `make_tokenizer` knows: word, character and, if this build has it, sentencepiece.
std::vector<std::string> tokenizer_kinds();

/// A UserError names the kinds that exist when `options.kind` is none of them.
std::unique_ptr<Tokenizer> make_tokenizer(const TokenizerOptions& options);

/// What a word token shows of itself: the text without its joiner marks.
std::string token_surface(std::string_view token);

}  // namespace gradloom
