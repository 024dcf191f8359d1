// Corpora, vocabularies and tokenizers, put together as a TrainingConfig says.
#include "training/languages.h"

#include "serialization/sha256.h"
#include "training/model_files.h"

namespace gradloom {

namespace {

Languages make_tokenizers(const TrainingConfig& config) {
  Languages languages;
  TokenizerOptions options{config.tokenizer, config.lowercase};
  languages.source_tokenizer = make_tokenizer(options);
  languages.target_tokenizer = make_tokenizer(options);
  return languages;
}

}  // namespace

Languages learn_languages(const TrainingConfig& config) {
  Languages languages = make_tokenizers(config);
  TokenCounter source, target;
  count_tokens(config.source_train, config.target_train, *languages.source_tokenizer, *languages.target_tokenizer,
               source, target);
  VocabularyOptions options;
  options.size = static_cast<std::int32_t>(config.vocabulary_size);
  languages.source_vocabulary = source.vocabulary(options);
  languages.target_vocabulary = target.vocabulary(options);
  return languages;
}

Languages read_languages(const TrainingConfig& config, const std::string& folder) {
  ModelFiles files(folder);
  Languages languages = make_tokenizers(config);
  languages.source_vocabulary = Vocabulary::read(files.source_vocabulary());
  languages.target_vocabulary = Vocabulary::read(files.target_vocabulary());
  return languages;
}

TrainingData read_training_data(const TrainingConfig& config, const Languages& languages) {
  TrainingData data;
  data.hashes["source_train"] = sha256_of_file(config.source_train);
  data.hashes["target_train"] = sha256_of_file(config.target_train);
  data.train = encode_corpus(config.source_train, config.target_train, languages.source(), languages.target(),
                             {.maximum_length = config.maximum_length});
  if (!config.has_validation()) return data;
  data.hashes["source_valid"] = sha256_of_file(config.source_valid);
  data.hashes["target_valid"] = sha256_of_file(config.target_valid);
  data.valid = encode_corpus(config.source_valid, config.target_valid, languages.source(), languages.target());
  return data;
}

}  // namespace gradloom
