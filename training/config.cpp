// The table of keys, and what is checked, read and written by going through it.
#include "training/config.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "serialization/file.h"
#include "serialization/json_reader.h"
#include "serialization/json_writer.h"
#include "text/tokenizer.h"

namespace gradloom {

namespace {

using C = TrainingConfig;
constexpr double most = 1e9;
constexpr const char* hashes_key = "sha256";

std::vector<ConfigField> make_fields() {
  auto path = [](std::string name, std::string text, ConfigField::Member member) {
    return ConfigField{std::move(name), "FILE", std::move(text), member};
  };
  auto choice = [](std::string name, std::string text, ConfigField::Member member, std::vector<std::string> choices) {
    return ConfigField{std::move(name), "NAME", std::move(text), member, 0, 0, false, std::move(choices)};
  };
  auto number = [](std::string name, std::string value, std::string text, ConfigField::Member member, double low,
                   double high = most) {
    return ConfigField{std::move(name), std::move(value), std::move(text), member, low, high};
  };
  auto share = [](std::string name, std::string text, ConfigField::Member member) {
    return ConfigField{std::move(name), "P", std::move(text), member, 0, 1, true};
  };
  auto part_share = [](std::string name, std::string text, ConfigField::Member member) {
    return ConfigField{std::move(name), "P", std::move(text), member, -1, 1, true};
  };
  auto flag = [](std::string name, std::string text, ConfigField::Member member) {
    return ConfigField{std::move(name), "", std::move(text), member};
  };
  return {
      path("source_train", "sentences to learn from, one a line", &C::source_train),
      path("target_train", "their translations, line for line", &C::target_train),
      path("source_valid", "sentences to validate with", &C::source_valid),
      path("target_valid", "their translations", &C::target_valid),
      choice("attention", "score of the attention", &C::attention, {"dot", "general", "additive", "scaled", "none"}),
      choice("cell", "recurrent cell", &C::cell, {"gru", "lstm", "rnn"}),
      number("embedding", "N", "size of a word's vector", &C::embedding, 1, 65536),
      number("hidden", "N", "size of the recurrent state", &C::hidden, 1, 65536),
      number("layers", "N", "recurrent layers of encoder and decoder", &C::layers, 1, 64),
      number("heads", "N", "heads of the scaled attention", &C::heads, 1, 1024),
      flag("bidirectional", "the encoder reads in both directions", &C::bidirectional),
      flag("input_feeding", "the decoder's input has the last attentional vector", &C::input_feeding),
      choice("tied_embeddings",
             "whose vectors of words are one: target: the embedding and the output layer's; all: the source's too",
             &C::tied_embeddings, {"none", "target", "all"}),
      share("dropout", "share of a layer's inputs that a training step leaves out", &C::dropout),
      part_share("dropout_embedding", "of the vectors of words; -1: as --dropout", &C::dropout_embedding),
      part_share("dropout_layers", "between recurrent layers; -1: as --dropout", &C::dropout_layers),
      part_share("dropout_output", "in front of the output layer; -1: as --dropout", &C::dropout_output),
      share("label_smoothing", "share of the probability that training spreads over all words", &C::label_smoothing),
      choice("tokenizer", "what a line is split into", &C::tokenizer, tokenizer_kinds()),
      number("vocabulary_size", "N", "words of a language; 0: all", &C::vocabulary_size, 0, 10'000'000),
      number("minimum_count", "N", "rarer words are unknown; with tokenizers word and character", &C::minimum_count, 1),
      flag("joint_vocabulary", "one vocabulary for both languages", &C::joint_vocabulary),
      flag("lowercase", "everything in lower case", &C::lowercase),
      number("maximum_length", "N", "longer training pairs, in tokens, are left out; 0: none", &C::maximum_length, 0),
      number("batch_tokens", "N",
             "positions of a batch, rows times the longest sentence; 0: 2048 unless --batch is given", &C::batch_tokens,
             0),
      number("batch", "N", "sentence pairs of a batch, instead", &C::batch, 0, 1'000'000),
      number("accumulate", "N", "batches whose gradients make one update", &C::accumulate, 1, 1'000'000),
      choice("optimizer", "what makes an update of gradients: adam; adamw: with --weight-decay; sgd: with --momentum",
             &C::optimizer, {"adam", "adamw", "sgd"}),
      share("momentum", "of sgd", &C::momentum),
      share("weight_decay", "of adamw: share of the weights that an update takes off, times the learning rate",
            &C::weight_decay),
      number("learning_rate", "R", "the optimizer's", &C::learning_rate, 0, 1e6),
      choice("schedule",
             "of the learning rate: constant; inverse-sqrt of the updates; cosine to 0 over --decay updates; plateau "
             "(halved when validation does not improve)",
             &C::schedule, {"constant", "inverse-sqrt", "cosine", "plateau"}),
      number("warmup", "N", "updates over which the learning rate rises from 0", &C::warmup, 0),
      number("decay", "N", "updates until cosine reaches 0", &C::decay, 0),
      number("clip", "R", "largest global norm of the gradients; 0: any", &C::clip, 0),
      share("averaging",
            "decay of the moving average of the parameters that validates and translates, 0.999 say; 0: none",
            &C::averaging),
      number("valid_every", "N", "updates between validations; 0: only at the end of each epoch", &C::valid_every, 0),
      number("valid_bleu", "N",
             "lines of the validation files, evenly spread, that are translated for BLEU, none of over 1000 "
             "tokens; 0: none",
             &C::valid_bleu, 0),
      choice("best_by", "what makes a validation better than those before", &C::best_by, {"loss", "bleu"}),
      number("patience", "N", "stop after so many validations without a better one; 0: never", &C::patience, 0),
      number("seed", "N", "of the first parameters, of the order of the data and of dropout", &C::seed, 0, 0x1p53),
      number("log_every", "N", "updates between lines of the log", &C::log_every, 1),
      number("checkpoint_every", "N", "updates between checkpoints; 0: every five minutes", &C::checkpoint_every, 0),
      number("epochs", "N",
             "times that the corpus is gone through, counted from the first; 0: 10 unless another limit is given",
             &C::epochs, 0),
      number("max_updates", "N", "stop after so many updates, counted from the first; 0: never", &C::max_updates, 0),
      number("max_minutes", "M", "stop after so long; 0: never", &C::max_minutes, 0),
  };
}

std::string quoted(std::string_view text) { return concat_text('"', text, '"'); }

void check_field(const ConfigField& field, const TrainingConfig& config) {
  std::string name = option_name(field.name);
  if (auto* text = std::get_if<std::string C::*>(&field.member)) {
    const std::string& value = config.**text;
    if (field.choices.empty() || std::ranges::find(field.choices, value) != field.choices.end()) return;
    std::string hint = did_you_mean(value, field.choices);
    throw UserError(
        concat_text("no ", name, " ", quoted(value), hint.empty() ? "; there are " + join(field.choices) : hint));
  }
  auto check = [&](double value, const std::string& shown) {
    if (value >= field.low && (field.below_high ? value < field.high : value <= field.high)) return;
    throw UserError(concat_text(name, " is ", shown, " but at least ", field.low,
                                field.below_high ? " and below " : " and at most ", field.high, " is needed"));
  };
  if (auto* count = std::get_if<std::int64_t C::*>(&field.member))
    check(static_cast<double>(config.**count), concat_text(config.**count));
  if (auto* real = std::get_if<double C::*>(&field.member)) check(config.**real, number_text(config.**real));
}

void read_field(const ConfigField& field, const JsonValue& value, TrainingConfig& config) {
  if (auto* text = std::get_if<std::string C::*>(&field.member)) config.** text = std::string(value.as_string());
  if (auto* count = std::get_if<std::int64_t C::*>(&field.member)) config.** count = value.as_int64();
  if (auto* real = std::get_if<double C::*>(&field.member)) config.** real = value.as_number();
  if (auto* flag = std::get_if<bool C::*>(&field.member)) config.** flag = value.as_bool();
}

std::string field_json(const ConfigField& field, const TrainingConfig& config) {
  if (auto* text = std::get_if<std::string C::*>(&field.member)) return json_string(config.**text);
  if (auto* count = std::get_if<std::int64_t C::*>(&field.member)) return json_number(config.**count);
  if (auto* real = std::get_if<double C::*>(&field.member)) return json_number(config.**real);
  return config.*std::get<bool C::*>(field.member) ? "true" : "false";
}

}  // namespace

std::span<const ConfigField> config_fields() {
  static const std::vector<ConfigField> fields = make_fields();
  return fields;
}

std::string option_name(std::string_view key) {
  std::string name(key);
  std::ranges::replace(name, '_', '-');
  return name;
}

SequenceToSequenceConfig translator_config(const TrainingConfig& config, std::int64_t source_vocabulary,
                                           std::int64_t target_vocabulary) {
  SequenceToSequenceConfig model;
  model.attention = attention_named(config.attention);
  model.cell = cell_named(config.cell);
  model.embedding = config.embedding;
  model.hidden = config.hidden;
  model.layers = config.layers;
  model.heads = config.heads;
  model.source_vocabulary = source_vocabulary;
  model.target_vocabulary = target_vocabulary;
  model.bidirectional = config.bidirectional;
  model.input_feeding = config.input_feeding;
  model.tying = tying_named(config.tied_embeddings);
  return model;
}

void check_config(const TrainingConfig& config) {
  for (const ConfigField& field : config_fields()) check_field(field, config);
  auto need = [](bool condition, const auto&... parts) { require(condition, Fault::usage, parts...); };
  need(!config.source_train.empty(), "source-train is needed: a file of sentences to learn from");
  need(!config.target_train.empty(), "target-train is needed: the translations of ", config.source_train);
  need(config.source_valid.empty() == config.target_valid.empty(), "source-valid and target-valid belong together, ",
       config.source_valid.empty() ? "source-valid" : "target-valid", " is missing");
  need(config.batch == 0 || config.batch_tokens == 0, "batch ", config.batch, " and batch-tokens ", config.batch_tokens,
       " given, one of them is needed");
  need(config.vocabulary_size == 0 || config.vocabulary_size > 3, "vocabulary-size is ", config.vocabulary_size,
       " but counts the 3 special tokens: at least 4 is needed, or 0 for all words");
  need(config.minimum_count == 1 || config.tokenizer != "sentencepiece", "minimum-count is ", config.minimum_count,
       " but tokenizer sentencepiece makes as many pieces as vocabulary-size says, and counts none");
  need(!config.bidirectional || config.hidden % 2 == 0, "hidden is ", config.hidden,
       " but a bidirectional encoder gives half of it to each direction: an even number is needed");
  need(!config.input_feeding || config.attention != "none", "input-feeding feeds what attention makes, ",
       "but attention is none");
  need(config.attention != "scaled" || config.hidden % config.heads == 0, "hidden is ", config.hidden,
       " but has to be a multiple of heads, ", config.heads);
  need(config.attention == "scaled" || config.heads == 1, "heads is ", config.heads, " but attention ",
       config.attention, " has one head; only scaled has more");
  need(config.tied_embeddings == "none" || config.embedding == config.hidden, "embedding is ", config.embedding,
       " and hidden ", config.hidden, " but tied-embeddings ", config.tied_embeddings, " needs equal sizes");
  need(config.tied_embeddings != "all" || config.joint_vocabulary,
       "tied-embeddings all needs joint-vocabulary: one table, one numbering of words");
  for (auto [name, share] :
       {std::pair("dropout-embedding", config.dropout_embedding), std::pair("dropout-layers", config.dropout_layers),
        std::pair("dropout-output", config.dropout_output)})
    need(share >= 0 || share == -1, name, " is ", share, " but a share is needed, or -1 for that of dropout");
  need(config.momentum == 0 || config.optimizer == "sgd", "momentum is of optimizer sgd, but optimizer is ",
       config.optimizer);
  need(config.weight_decay == 0 || config.optimizer == "adamw", "weight-decay is of optimizer adamw, but optimizer is ",
       config.optimizer);
  need(config.weight_decay > 0 || config.optimizer != "adamw", "optimizer adamw needs weight-decay, 0.01 say; it is 0");
  need(config.learning_rate > 0, "learning-rate is 0 but more is needed to learn");
  need(config.schedule != "cosine" || config.decay > config.warmup, "schedule cosine needs decay, more than the ",
       config.warmup, " updates of warmup; it is ", config.decay);
  need(config.schedule == "cosine" || config.decay == 0, "decay is of schedule cosine, but schedule is ",
       config.schedule);
  need(config.schedule != "plateau" || config.has_validation(),
       "schedule plateau looks at validation: source-valid and target-valid are needed");
  need(config.best_by == "loss" || (config.has_validation() && config.valid_bleu > 0),
       "best-by bleu needs translations to score: source-valid, target-valid and valid-bleu are needed");
  need(config.valid_every == 0 || config.has_validation(), "valid-every is ", config.valid_every,
       " but there is nothing to validate with: source-valid and target-valid are needed");
}

std::string config_json(const TrainingConfig& config, const CorpusHashes& hashes) {
  std::string text = "{\n";
  for (const ConfigField& field : config_fields())
    text += concat_text("  ", json_string(field.name), ": ", field_json(field, config), ",\n");
  text += concat_text("  \"", hashes_key, "\": {");
  std::string separator = "\n";
  for (const auto& [key, hash] : hashes) {
    text += concat_text(separator, "    ", json_string(key), ": ", json_string(hash));
    separator = ",\n";
  }
  return text + (hashes.empty() ? "}\n}\n" : "\n  }\n}\n");
}

ConfigFile parse_config(std::string_view text, const std::string& name) {
  JsonDocument document = JsonDocument::parse(text, name);
  JsonValue root = document.root();
  ConfigFile file;
  std::vector<std::string> known;
  for (const ConfigField& field : config_fields()) known.push_back(field.name);
  for (const auto& [key, value] : root.members()) {
    if (key == hashes_key) {
      for (const auto& [corpus, hash] : value.members()) file.hashes[std::string(corpus)] = hash.as_string();
      continue;
    }
    std::string wanted(key);
    std::ranges::replace(wanted, '-', '_');
    auto fields = config_fields();
    auto field = std::ranges::find(fields, wanted, &ConfigField::name);
    if (field == fields.end()) root.refuse("no key ", quoted(key), did_you_mean(wanted, known));
    if (std::ranges::find(file.given, wanted) != file.given.end())
      root.refuse("the key ", quoted(key), " stands twice");
    read_field(*field, value, file.config);
    try {
      check_field(*field, file.config);
    } catch (const UserError& error) {
      value.refuse(error.what());
    }
    file.given.push_back(wanted);
  }
  return file;
}

ConfigFile read_config(const std::string& path) { return parse_config(read_file(path, std::uint64_t{1} << 20), path); }

}  // namespace gradloom
