// A parallel corpus: two files whose line N are translations of each other, read in step, checked, and turned into ids.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "text/id_pairs.h"
#include "text/line_reader.h"
#include "text/tokenizer.h"
#include "text/vocabulary.h"

namespace gradloom {

/// Reads two files line by line. Files without a line or of unequal length are a UserError (Fault::input) that names
/// both counts; so is whatever LineReader refuses.
class ParallelReader {
 public:
  ParallelReader(const std::string& source_path, const std::string& target_path);

  /// The next pair of lines; false after the last.
  bool next(std::string& source, std::string& target);
  std::int64_t line_number() const { return source_.line_number(); }

 private:
  LineReader source_, target_;
};

/// The tokenizer and vocabulary of one language.
struct Language {
  const Tokenizer& tokenizer;
  const Vocabulary& vocabulary;
};

struct CorpusOptions {
  std::int64_t maximum_length = 0;  ///< pairs with more tokens on either side are skipped; 0: no limit
};

/// What was read, and what became of it.
struct CorpusCounts {
  std::int64_t lines = 0, kept = 0;
  std::int64_t empty = 0;     ///< skipped: a side without a token
  std::int64_t too_long = 0;  ///< skipped: a side longer than the limit
  std::int64_t source_tokens = 0, target_tokens = 0, source_unknown = 0, target_unknown = 0;  ///< of the kept pairs

  /// `160694 pairs, 12 skipped as empty, 3 skipped as longer than 100 tokens`.
  std::string text(const CorpusOptions& options) const;
};

struct EncodedCorpus {
  IdPairs pairs;
  CorpusCounts counts;
};

/// A UserError (Fault::input) when the path is a pipe or a socket, which can be read only once.
void require_rereadable(const std::string& path);

/// Counts the tokens of both files, for the vocabularies.
void count_tokens(const std::string& source_path, const std::string& target_path, const Tokenizer& source_tokenizer,
                  const Tokenizer& target_tokenizer, TokenCounter& source, TokenCounter& target);

/// Reads the corpus as ids. A UserError (Fault::input) when no pair is left.
EncodedCorpus encode_corpus(const std::string& source_path, const std::string& target_path, const Language& source,
                            const Language& target, const CorpusOptions& options = {});

}  // namespace gradloom
