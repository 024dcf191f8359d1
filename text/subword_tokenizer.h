// The tokeniser of subwords: SentencePiece's unigram model, trained and applied in this process, with its identity
// normalisation. Only there when the build has GRADLOOM_SENTENCEPIECE.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "text/tokenizer.h"

namespace gradloom {

/// Whether this build has SentencePiece. The rest of this header throws a UserError when it has not.
bool has_subwords();

struct SubwordOptions {
  std::int32_t vocabulary_size = 8000;  ///< three special tokens included; a small corpus may give fewer
  bool lower_case = false;
  std::int64_t lines = 2'000'000;  ///< only so many are looked at
};

/// Trains a model on the lines that `next_line` gives until it is false, and gives its bytes. Equal lines give equal
/// bytes. A UserError (Fault::input) when SentencePiece cannot: no text, or a size below the number of characters.
std::string train_subwords(const std::function<bool(std::string&)>& next_line, const SubwordOptions& options = {});

class SubwordTokenizer : public Tokenizer {
 public:
  /// `model` holds the bytes that `train_subwords` or SentencePiece itself wrote. A UserError (Fault::input) otherwise.
  explicit SubwordTokenizer(const std::string& model, bool lower_case = false);
  ~SubwordTokenizer() override;

  std::vector<std::string> encode(std::string_view line) const override;
  std::string decode(std::span<const std::string> tokens) const override;

  /// The model's pieces in its order, for a Vocabulary; special ones are left out.
  std::vector<std::string> pieces() const;

 private:
  struct Model;
  std::unique_ptr<Model> model_;
  bool lower_case_;
};

}  // namespace gradloom
