// Translating lines of text with a model folder: tokens in, a search, tokens out, in the order of the lines.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/decoding.h"
#include "text/alignment.h"
#include "training/languages.h"
#include "training/model_files.h"
#include "training/picture.h"

namespace gradloom {

/// One way to translate a line.
struct TranslatedText {
  std::string text;
  double score = 0;                  ///< sum of log probabilities
  double normalised = 0;             ///< by length
  std::vector<AlignmentLink> links;  ///< the source token that each target token looked at most, when asked for
  AttentionMap attention;            ///< when asked for
};

struct TranslationOptions {
  std::int64_t beam = 1;
  double length_normalisation = 1;
  bool attention = false;      ///< what each target token looked at, and the links made from it
  bool allow_unknown = false;  ///< the unknown word may be a translation
  /// The unknown word may be one, and stands for the source token that it looked at most: names come through.
  bool replace_unknown = false;
  std::int64_t maximum_length = most_tokens_translated;  ///< of a line, in tokens
  std::int64_t first_line = 1;                           ///< what messages call the first line
  std::string file = "";                                 ///< and the file it stands in
};

class Translator {
 public:
  /// Loads the model folder. A UserError (Fault::input) says what is missing.
  explicit Translator(const std::string& folder, int threads = 1);
  /// With the parameters that a session has at the time; both live on elsewhere.
  Translator(Session& session, const Languages& languages)
      : session_(&session), languages_(&languages), decoder_(session) {}

  /// At most `beam` translations of each line, the best first; of a line without a token one empty text. The lines must
  /// be UTF-8 and within the maximum length (a UserError otherwise, Fault::input).
  std::vector<std::vector<TranslatedText>> translate(std::span<const std::string> lines,
                                                     const TranslationOptions& options = {});

  bool has_attention() const { return decoder_.has_attention(); }
  const Languages& languages() const { return *languages_; }
  Session& session() { return *session_; }

 private:
  TranslatedText text_of(const Hypothesis& hypothesis, std::span<const std::string> sources, std::int64_t columns,
                         const TranslationOptions& options) const;

  LoadedModel model_;  // what a folder gave; empty otherwise
  Languages own_languages_;
  Session* session_;
  const Languages* languages_;
  Decoder decoder_;
};

}  // namespace gradloom
