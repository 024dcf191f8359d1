// The config: its JSON, the ranges of its keys and the messages.
#include "training/config.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "text/subword_tokenizer.h"
#include "training/schedule.h"

using namespace gradloom;

namespace {

TrainingConfig with_corpus() {
  TrainingConfig config;
  config.source_train = "a.en";
  config.target_train = "a.fr";
  return config;
}

template <class F>
std::string refusal(F&& f, Fault fault) {
  try {
    f();
  } catch (const UserError& error) {
    CHECK(error.fault() == fault);
    return error.what();
  }
  return "";
}

std::string refused(void (*change)(TrainingConfig&)) {
  TrainingConfig config = with_corpus();
  change(config);
  return refusal([&] { check_config(config); }, Fault::usage);
}

}  // namespace

TEST_CASE("training/config: config.json reads back as what was written") {
  TrainingConfig config = with_corpus();
  config.dropout = 0.1;
  config.cell = "lstm";
  config.bidirectional = true;
  config.seed = 9007199254740992;
  std::string text = config_json(config, {{"source_train", "00ff"}});
  ConfigFile file = parse_config(text, "config.json");
  CHECK(file.hashes == CorpusHashes{{"source_train", "00ff"}});
  CHECK(file.given.size() == config_fields().size());
  CHECK(config_json(file.config, file.hashes) == text);
}

TEST_CASE("training/config: keys may be written as options are") {
  ConfigFile file = parse_config(R"({"batch-tokens": 512, "hidden": 64, "dropout": 0})", "c");
  CHECK(file.config.batch_tokens == 512);
  CHECK(file.config.dropout == 0);
  CHECK(file.given == std::vector<std::string>{"batch_tokens", "hidden", "dropout"});
}

TEST_CASE("training/config: a file that is no config is bad input") {
  auto message = [](const char* text) { return refusal([&] { parse_config(text, "c.json"); }, Fault::input); };
  CHECK(message(R"({"hiden": 64})") == "c.json: no key \"hiden\"; did you mean \"hidden\"?");
  CHECK(message(R"({"batch-tokens": 1, "batch_tokens": 1})") == "c.json: the key \"batch_tokens\" stands twice");
  CHECK(message(R"({"hidden": "64"})") != "");
  CHECK(message(R"({"hidden": 6.5})") != "");
}

TEST_CASE("training/config: an option out of its range or against another is wrong usage") {
  CHECK(refused([](TrainingConfig& c) { c.dropout = 1; }) == "dropout is 1 but at least 0 and below 1 is needed");
  CHECK(refused([](TrainingConfig& c) { c.hidden = 0; }) == "hidden is 0 but at least 1 and at most 65536 is needed");
  CHECK(refused([](TrainingConfig& c) { c.cell = "gur"; }) == "no cell \"gur\"; did you mean \"gru\"?");
  CHECK(refused([](TrainingConfig& c) { c.attention = "everything"; }) ==
        "no attention \"everything\"; there are dot, general, additive, scaled, none");
  CHECK(refused([](TrainingConfig& c) { c.source_train = ""; }) ==
        "source-train is needed: a file of sentences to learn from");
  CHECK(refused([](TrainingConfig& c) { c.target_train = ""; }) == "target-train is needed: the translations of a.en");
  CHECK(refused([](TrainingConfig& c) { c.source_valid = "v.en"; }) ==
        "source-valid and target-valid belong together, target-valid is missing");
  CHECK(refused([](TrainingConfig& c) { c.batch = c.batch_tokens = 7; }) ==
        "batch 7 and batch-tokens 7 given, one of them is needed");
  CHECK(refused([](TrainingConfig& c) { c.vocabulary_size = 3; }) ==
        "vocabulary-size is 3 but counts the 3 special tokens: at least 4 is needed, or 0 for all words");
  if (has_subwords())
    CHECK(
        refused([](TrainingConfig& c) { c.minimum_count = 2, c.tokenizer = "sentencepiece"; }) ==
        "minimum-count is 2 but tokenizer sentencepiece makes as many pieces as vocabulary-size says, and counts none");
  CHECK(refused([](TrainingConfig& c) { c.bidirectional = true, c.hidden = 9; }) ==
        "hidden is 9 but a bidirectional encoder gives half of it to each direction: an even number is needed");
  CHECK(refused([](TrainingConfig& c) { c.input_feeding = true, c.attention = "none"; }) ==
        "input-feeding feeds what attention makes, but attention is none");
  CHECK(refused([](TrainingConfig& c) { c.attention = "scaled", c.heads = 3; }) ==
        "hidden is 256 but has to be a multiple of heads, 3");
  CHECK(refused([](TrainingConfig& c) { c.heads = 2; }) ==
        "heads is 2 but attention dot has one head; only scaled has more");
  CHECK(refused([](TrainingConfig& c) { c.tied_embeddings = "target", c.embedding = 128; }) ==
        "embedding is 128 and hidden 256 but tied-embeddings target needs equal sizes");
  CHECK(refused([](TrainingConfig& c) { c.tied_embeddings = "all"; }) ==
        "tied-embeddings all needs joint-vocabulary: one table, one numbering of words");
  CHECK(refused([](TrainingConfig& c) { c.tied_embeddings = "al"; }) ==
        "no tied-embeddings \"al\"; did you mean \"all\"?");
  CHECK(refused([](TrainingConfig& c) { c.dropout_layers = -0.5; }) ==
        "dropout-layers is -0.5 but a share is needed, or -1 for that of dropout");
  CHECK(refused([](TrainingConfig& c) { c.dropout_output = 1; }) ==
        "dropout-output is 1 but at least -1 and below 1 is needed");
  CHECK(refused([](TrainingConfig& c) { c.momentum = 0.9; }) == "momentum is of optimizer sgd, but optimizer is adam");
  CHECK(refused([](TrainingConfig& c) { c.weight_decay = 0.01; }) ==
        "weight-decay is of optimizer adamw, but optimizer is adam");
  CHECK(refused([](TrainingConfig& c) { c.optimizer = "adamw"; }) ==
        "optimizer adamw needs weight-decay, 0.01 say; it is 0");
  CHECK(refused([](TrainingConfig& c) { c.accumulate = 0; }) ==
        "accumulate is 0 but at least 1 and at most 1e+06 is needed");
  CHECK(refused([](TrainingConfig& c) { c.averaging = 1; }) == "averaging is 1 but at least 0 and below 1 is needed");
  CHECK(refused([](TrainingConfig& c) { c.best_by = "bleu"; }) ==
        "best-by bleu needs translations to score: source-valid, target-valid and valid-bleu are needed");
  CHECK(refused([](TrainingConfig& c) { c.learning_rate = 0; }) == "learning-rate is 0 but more is needed to learn");
  CHECK(refused([](TrainingConfig& c) { c.schedule = "cosine", c.warmup = 10; }) ==
        "schedule cosine needs decay, more than the 10 updates of warmup; it is 0");
  CHECK(refused([](TrainingConfig& c) { c.decay = 10; }) == "decay is of schedule cosine, but schedule is constant");
  CHECK(refused([](TrainingConfig& c) { c.schedule = "plateau"; }) ==
        "schedule plateau looks at validation: source-valid and target-valid are needed");
  CHECK(refused([](TrainingConfig& c) { c.valid_every = 5; }) ==
        "valid-every is 5 but there is nothing to validate with: source-valid and target-valid are needed");
}

TEST_CASE("training/config: learning rates by update") {
  TrainingConfig config;
  config.learning_rate = 0.5;
  CHECK(learning_rate_at(config, 1, 1) == 0.5);
  CHECK(learning_rate_at(config, 1, 0.25) == 0.125);
  config.warmup = 4;
  CHECK(learning_rate_at(config, 1, 1) == 0.125);
  CHECK(learning_rate_at(config, 4, 1) == 0.5);
  config.schedule = "inverse-sqrt";
  CHECK(learning_rate_at(config, 16, 1) == 0.25);
  config.schedule = "cosine";
  config.decay = 12;
  CHECK(learning_rate_at(config, 8, 1) == doctest::Approx(0.25));
  CHECK(learning_rate_at(config, 12, 1) == doctest::Approx(0));
  CHECK(learning_rate_at(config, 100, 1) == doctest::Approx(0));
}
