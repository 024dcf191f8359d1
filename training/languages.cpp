// Corpora, vocabularies and tokenizers, put together as a TrainingConfig says.
#include "training/languages.h"

#include <algorithm>
#include <optional>

#include "serialization/file.h"
#include "serialization/sha256.h"
#include "text/line_reader.h"
#include "text/subword_tokenizer.h"
#include "training/model_files.h"

namespace gradloom {

namespace {

constexpr const char* subwords = "sentencepiece";
constexpr const char* shared_table = "embedding/table";  // where tied embeddings have one for both languages
constexpr std::uint64_t most_model_bytes = std::uint64_t{256} << 20;

void make_tokenizers(const TrainingConfig& config, Languages& languages) {
  languages.source_tokenizer = make_tokenizer({config.tokenizer, config.lowercase, languages.source_subwords});
  languages.target_tokenizer = make_tokenizer({config.tokenizer, config.lowercase, languages.target_subwords});
}

// The lines of the files, one file after the other.
std::string train_on(const TrainingConfig& config, const std::vector<std::string>& paths) {
  SubwordOptions options;
  if (config.vocabulary_size > 0) options.vocabulary_size = static_cast<std::int32_t>(config.vocabulary_size);
  options.lower_case = config.lowercase;
  std::size_t next = 0;
  std::optional<LineReader> reader;
  auto next_line = [&](std::string& line) {
    while (!reader || !reader->next(line)) {
      if (next == paths.size()) return false;
      reader.emplace(paths[next++]);
    }
    return true;
  };
  return train_subwords(next_line, options);
}

void learn_subwords(const TrainingConfig& config, Languages& languages) {
  if (config.joint_vocabulary) {
    languages.source_subwords = languages.target_subwords =
        train_on(config, {config.source_train, config.target_train});
  } else {
    languages.source_subwords = train_on(config, {config.source_train});
    languages.target_subwords = train_on(config, {config.target_train});
  }
  make_tokenizers(config, languages);
  auto pieces = [](const Tokenizer& tokenizer) {
    return Vocabulary(dynamic_cast<const SubwordTokenizer&>(tokenizer).pieces());
  };
  languages.source_vocabulary = pieces(*languages.source_tokenizer);
  languages.target_vocabulary = pieces(*languages.target_tokenizer);
}

// A vocabulary of another size would name other words, or none.
void check_size(const Vocabulary& vocabulary, const std::string& path, const Module& module, const char* table) {
  const Variable* vectors = module.find_variable(table);
  if (vectors == nullptr) vectors = module.find_variable(shared_table);
  if (vectors == nullptr || vectors->shape.empty()) return;
  require(vocabulary.size() == vectors->shape[0], Fault::input, path, " has ", vocabulary.size(), " tokens but \"",
          vectors->name, "\" of the module has ", vectors->shape[0], " rows");
}

}  // namespace

Languages learn_languages(const TrainingConfig& config) {
  Languages languages;
  if (config.tokenizer == subwords) {
    learn_subwords(config, languages);
    return languages;
  }
  make_tokenizers(config, languages);
  TokenCounter source, own_target;
  TokenCounter& target = config.joint_vocabulary ? source : own_target;
  count_tokens(config.source_train, config.target_train, *languages.source_tokenizer, *languages.target_tokenizer,
               source, target);
  VocabularyOptions options;
  options.size = static_cast<std::int32_t>(config.vocabulary_size);
  options.minimum_count = config.minimum_count;
  languages.source_vocabulary = source.vocabulary(options);
  languages.target_vocabulary = target.vocabulary(options);
  return languages;
}

Languages read_languages(const TrainingConfig& config, const std::string& folder, const Module& module) {
  ModelFiles files(folder);
  Languages languages;
  if (config.tokenizer == subwords) {
    languages.source_subwords = read_file(files.source_subwords(), most_model_bytes);
    languages.target_subwords = read_file(files.target_subwords(), most_model_bytes);
  }
  make_tokenizers(config, languages);
  languages.source_vocabulary = Vocabulary::read(files.source_vocabulary());
  languages.target_vocabulary = Vocabulary::read(files.target_vocabulary());
  check_size(languages.source_vocabulary, files.source_vocabulary(), module, "source_embedding/table");
  check_size(languages.target_vocabulary, files.target_vocabulary(), module, "target_embedding/table");
  return languages;
}

void write_languages(const Languages& languages, const std::string& folder) {
  ModelFiles files(folder);
  write_file(files.source_vocabulary(), languages.source_vocabulary.text());
  write_file(files.target_vocabulary(), languages.target_vocabulary.text());
  if (languages.source_subwords.empty()) return;
  write_file(files.source_subwords(), languages.source_subwords);
  write_file(files.target_subwords(), languages.target_subwords);
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
  ParallelReader reader(config.source_valid, config.target_valid);
  std::string source, target;
  // Evenly spread: files are often sorted by length.
  std::int64_t lines = data.valid.counts.lines, wanted = std::min(config.valid_bleu, lines);
  for (std::int64_t line = 0; reader.next(source, target); ++line) {
    bool is_wanted = (line + 1) * wanted / lines != line * wanted / lines;
    if (!is_wanted || std::ssize(languages.source_tokenizer->encode(source)) > most_tokens_translated) continue;
    data.valid_sources.push_back(source);
    data.valid_references.push_back(target);
  }
  require(config.best_by != "bleu" || !data.valid_sources.empty(), Fault::input, config.source_valid, ": none of ",
          counted(static_cast<std::uint64_t>(wanted), "line"), " that BLEU was to be told of has at most ",
          most_tokens_translated, " tokens");
  return data;
}

}  // namespace gradloom
