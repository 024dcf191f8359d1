// The kinds of tokeniser by their names, as declared in tokenizer.h.
#include "text/tokenizer.h"

#include "base/error.h"
#include "text/character_tokenizer.h"
#include "text/subword_tokenizer.h"
#include "text/word_tokenizer.h"

namespace gradloom {

std::vector<std::string> tokenizer_kinds() {
  std::vector<std::string> kinds{"word", "character"};
  if (has_subwords()) kinds.push_back("sentencepiece");
  return kinds;
}

std::unique_ptr<Tokenizer> make_tokenizer(const TokenizerOptions& options) {
  if (options.kind == "word") return std::make_unique<WordTokenizer>(options.lower_case);
  if (options.kind == "character") return std::make_unique<CharacterTokenizer>(options.lower_case);
  if (options.kind == "sentencepiece") return std::make_unique<SubwordTokenizer>(options.model, options.lower_case);
  auto kinds = tokenizer_kinds();
  throw UserError(concat_text("no tokenizer \"", options.kind, "\"", did_you_mean(options.kind, kinds), "; there are ",
                              join(kinds)));
}

}  // namespace gradloom
