// Words and their ids: 0 padding, 1 unknown, 2 end of sentence, then the tokens of the corpus, most frequent first.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/ids.h"

namespace gradloom {

class Vocabulary {
 public:
  /// Only the three special tokens.
  Vocabulary();
  /// The special tokens, then `tokens`. An empty token, one with white space that breaks lines or one that stands twice
  /// is a UserError (Fault::input).
  explicit Vocabulary(std::span<const std::string> tokens);

  /// Reads what `text` writes; `place` names the file in error messages.
  static Vocabulary parse(std::string_view text, std::string_view place);
  static Vocabulary read(const std::string& path);

  /// One token a line, the token of id i in line i + 1; the first three lines are `<padding>`, `<unknown>`, `<end>`.
  std::string text() const;

  /// The number of ids, the three special ones included.
  std::int32_t size() const { return static_cast<std::int32_t>(tokens_.size()); }
  /// unknown_id for a token that is not in the vocabulary; the names of the special tokens are not in it.
  std::int32_t id(std::string_view token) const;
  /// An id outside [0, size) is a UserError.
  const std::string& token(std::int32_t id) const;

  std::vector<std::int32_t> ids(std::span<const std::string> tokens) const;
  std::vector<std::string> tokens(std::span<const std::int32_t> ids) const;

  bool operator==(const Vocabulary& other) const { return tokens_ == other.tokens_; }

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  std::string add(std::string token);

  std::vector<std::string> tokens_;
  std::unordered_map<std::string, std::int32_t, TextHash, std::equal_to<>> ids_;
};

struct VocabularyOptions {
  std::int32_t size = 0;           ///< at most so many ids, the three special ones included; 0: no limit
  std::int64_t minimum_count = 1;  ///< rarer tokens are left out
};

/// Counts the tokens of a corpus. The vocabulary depends on the counts alone, not on the order of the lines: the most
/// frequent tokens first, equal counts in the order of their bytes.
class TokenCounter {
 public:
  void add(std::span<const std::string> tokens);
  std::int64_t total() const { return total_; }
  std::int64_t distinct() const { return static_cast<std::int64_t>(counts_.size()); }

  /// A size from 1 to 3 or below 0 is a UserError.
  Vocabulary vocabulary(const VocabularyOptions& options = {}) const;
  /// The share of counted tokens that the vocabulary knows, 0 to 1; 1 when nothing was counted.
  double coverage(const Vocabulary& vocabulary) const;

 private:
  std::unordered_map<std::string, std::int64_t> counts_;
  std::int64_t total_ = 0;
};

}  // namespace gradloom
