// TrainingConfig: what a translator is asked to be. One table of its keys serves the command's options, the files given
// with --config and the model folder's config.json.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "models/sequence_to_sequence.h"

namespace gradloom {

class JsonValue;

/// Whatever shapes a model's numbers is here, beside the limits of a run (epochs, max_updates, max_minutes), which
/// shape none.
struct TrainingConfig {
  std::string source_train, target_train, source_valid, target_valid;  ///< absolute in a model folder
  std::string attention = "dot", cell = "gru";
  std::int64_t embedding = 256, hidden = 256, layers = 1, heads = 1;
  bool bidirectional = false, input_feeding = false;
  std::string tied_embeddings = "none";
  double dropout = 0.2;
  double dropout_embedding = -1, dropout_layers = -1, dropout_output = -1;  ///< -1: as dropout
  double label_smoothing = 0;
  std::string tokenizer = "word";
  std::int64_t vocabulary_size = 8000, minimum_count = 1;
  bool joint_vocabulary = false, lowercase = false;
  std::int64_t maximum_length = 100;
  std::int64_t batch_tokens = 0, batch = 0;  ///< one of them; without both 2048 tokens
  std::int64_t accumulate = 1;
  std::string optimizer = "adam";
  double momentum = 0, weight_decay = 0;
  double learning_rate = 2e-3;
  std::string schedule = "constant";
  std::int64_t warmup = 0, decay = 0;
  double clip = 1, averaging = 0;
  std::int64_t valid_every = 0, valid_bleu = 500;
  std::string best_by = "loss";
  std::int64_t patience = 10, seed = 1, log_every = 100, checkpoint_every = 0;
  std::int64_t epochs = 0, max_updates = 0;
  double max_minutes = 0;

  bool has_validation() const { return !source_valid.empty(); }
};

/// One key of a TrainingConfig.
struct ConfigField {
  using Member = std::variant<std::string TrainingConfig::*, std::int64_t TrainingConfig::*, double TrainingConfig::*,
                              bool TrainingConfig::*>;
  std::string name;   ///< `batch_tokens`; the option is --batch-tokens
  std::string value;  ///< what stands for the value in --help: `N`
  std::string text;   ///< for --help
  Member member;
  double low = 0, high = 0;               ///< bounds of a number
  bool below_high = false;                ///< high itself is excluded
  std::vector<std::string> choices = {};  ///< of a text; empty: any
};

std::span<const ConfigField> config_fields();

/// `batch-tokens`: a key as an option.
std::string option_name(std::string_view key);

/// The model's sizes.
SequenceToSequenceConfig translator_config(const TrainingConfig& config, std::int64_t source_vocabulary,
                                           std::int64_t target_vocabulary);

/// Throws a UserError (Fault::usage) that names the first option that is out of its range or contradicts another.
void check_config(const TrainingConfig& config);

/// SHA-256 of the corpora by key: `source_train`, ...
using CorpusHashes = std::map<std::string, std::string>;

/// config.json: every key in the table's order, then `sha256`.
std::string config_json(const TrainingConfig& config, const CorpusHashes& hashes);

struct ConfigFile {
  TrainingConfig config;
  CorpusHashes hashes;
  std::vector<std::string> given;  ///< the keys that the file has
};
/// Reads such a file; keys may be missing, and be written with `-` for `_`. An unknown key or a value of another kind
/// is a UserError (Fault::input) with the place.
ConfigFile parse_config(std::string_view text, const std::string& name);
ConfigFile read_config(const std::string& path);

}  // namespace gradloom
