// The text side of a translator: tokenizers and vocabularies of both languages, as its folder holds them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "graph/module.h"
#include "text/corpus.h"
#include "training/config.h"

namespace gradloom {

/// Tokens of the longest line that is translated unless more are asked for.
inline constexpr std::int64_t most_tokens_translated = 1000;

struct Languages {
  std::unique_ptr<Tokenizer> source_tokenizer, target_tokenizer;
  Vocabulary source_vocabulary, target_vocabulary;
  std::string source_subwords, target_subwords;  ///< bytes of SentencePiece models; empty for other tokenizers

  Language source() const { return {*source_tokenizer, source_vocabulary}; }
  Language target() const { return {*target_tokenizer, target_vocabulary}; }
};

/// Learns subwords and vocabularies from the corpora that the config names.
Languages learn_languages(const TrainingConfig& config);

/// Reads them from a model folder. A UserError (Fault::input) when a vocabulary has not as many tokens as the module
/// has vectors for them.
Languages read_languages(const TrainingConfig& config, const std::string& folder, const Module& module);

/// Writes them into a model folder.
void write_languages(const Languages& languages, const std::string& folder);

/// What is trained on and validated with, as ids, and the hashes of the files.
struct TrainingData {
  EncodedCorpus train, valid;  ///< valid: empty without validation
  /// valid_bleu lines of both sides, evenly spread, as they stand in the files; without those that are too long to be
  /// translated.
  std::vector<std::string> valid_sources, valid_references;
  CorpusHashes hashes;
};

/// Reads and checks every corpus. A UserError (Fault::input) names file and line.
TrainingData read_training_data(const TrainingConfig& config, const Languages& languages);

}  // namespace gradloom
