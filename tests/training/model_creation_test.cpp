// New model folders: whole or not at all, and never over something else.
#include "training/model_creation.h"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>

#include "base/error.h"
#include "serialization/file.h"
#include "serialization/json_reader.h"
#include "serialization/model_folder.h"
#include "tests/training/small_corpus.h"
#include "training/checkpoint.h"
#include "training/optimizer.h"

using namespace gradloom;

namespace {

std::string refusal(const TrainingConfig& config, const std::string& folder, bool overwrite, Fault fault) {
  try {
    create_model(config, folder, overwrite);
  } catch (const UserError& error) {
    CHECK(error.fault() == fault);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("training/model_creation: a folder that is taken is refused") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  std::string m = scratch.path("m");
  std::filesystem::create_directory(m);
  create_model(config, m, false);
  auto before = lasting_bytes(m);
  CHECK(refusal(config, m, false, Fault::usage) ==
        m + " holds a model; --resume goes on with it, --overwrite replaces it");
  write_file(m + "/notes.txt", "mine");
  CHECK(refusal(config, m, true, Fault::usage) ==
        m + " holds \"notes.txt\", which is no part of a model and would be lost; move it away");
  CHECK(lasting_bytes(m) == before);
  std::filesystem::remove(m + "/notes.txt");
  config.hidden = 6;
  create_model(config, m + "/", true);
  CHECK(lasting_bytes(m) != before);

  CHECK(refusal(config, scratch.path("train.en"), true, Fault::usage) == scratch.path("train.en") + " is not a folder");
  CHECK(refusal(config, scratch.path(), true, Fault::usage) ==
        scratch.path() + " is not empty and holds no model; choose another folder");
  CHECK(refusal(config, ".", false, Fault::usage) == "model folder .: a name is needed, not \".\"");
  CHECK(refusal(config, m + "/..//", true, Fault::usage) ==
        "model folder " + m + "/..//: a name is needed, not \"..\"");
  CHECK(scratch.names() == std::vector<std::string>{"m", "train.en", "train.fr", "valid.en", "valid.fr"});
}

TEST_CASE("training/model_creation: validation translates no line that is too long for it") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  std::string words;
  for (std::int64_t i = 0; i < most_tokens_translated; ++i) words += "w1 ";
  write_file(scratch.path("valid.en"), "w1 w2\n" + words + "w1\n" + words + "\n");
  write_file(scratch.path("valid.fr"), "m2 m1\nm1\nm1 m1\n");
  CHECK(create_model(config, scratch.path("m"), false).valid_references == std::vector<std::string>{"m2 m1", "m1 m1"});
  config.max_updates = 2;
  config.valid_every = 1;
  create_model(config, scratch.path("trained"), false);
  TrainingObserver silent;
  CHECK(train(scratch.path("trained"), {}, silent).position.validated_update == 2);

  write_file(scratch.path("valid.en"), words + "w1\n");
  write_file(scratch.path("valid.fr"), "m1\n");
  config.best_by = "bleu";
  CHECK(refusal(config, scratch.path("none"), false, Fault::input) ==
        scratch.path("valid.en") + ": none of 1 line that BLEU was to be told of has at most 1000 tokens");
}

TEST_CASE("training/model_creation: bad input leaves no folder") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  std::string m = scratch.path("m"), bad = scratch.path("bad");
  auto refused = [&](std::string TrainingConfig::*file, const std::string& text) {
    TrainingConfig config = small_config(scratch);
    write_file(bad, text);
    config.*file = bad;
    std::string message = refusal(config, m, false, Fault::input);
    CHECK(!std::filesystem::exists(m));
    return message;
  };
  CHECK(refused(&TrainingConfig::target_train, "") != "");
  CHECK(refused(&TrainingConfig::target_train, "one line\n") != "");
  CHECK(refused(&TrainingConfig::source_train, "caf\xe9\n").starts_with(bad + ", line 1: byte 4 (0xE9) is not UTF-8"));
  CHECK(refused(&TrainingConfig::source_valid, "one line\n") != "");
  TrainingConfig config = small_config(scratch);
  config.source_train = scratch.path("missing");
  CHECK(refusal(config, m, false, Fault::input) != "");
  config = small_config(scratch);
  config.dropout = 2;
  CHECK(refusal(config, m, false, Fault::usage) == "dropout is 2 but at least 0 and below 1 is needed");
  CHECK(!std::filesystem::exists(m));
}

TEST_CASE("training/model_creation: rare words are unknown when they are to be") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  write_file(config.source_train, "one two\nthree two\none\n");
  write_file(config.target_train, "un deux\ntrois deux\nun un\n");
  auto words = [&](std::int64_t minimum_count) {
    config.minimum_count = minimum_count;
    create_model(config, scratch.path("m"), true);
    ModelFiles files(scratch.path("m"));
    return read_file(files.source_vocabulary(), 1000) + read_file(files.target_vocabulary(), 1000);
  };
  const std::string specials = "<padding>\n<unknown>\n<end>\n";
  CHECK(words(1) == specials + "one\ntwo\nthree\n" + specials + "un\ndeux\ntrois\n");
  CHECK(words(2) == specials + "one\ntwo\n" + specials + "un\ndeux\n");
  CHECK(words(3) == specials + specials + "un\n");
}

TEST_CASE("training/model_creation: the seed is that of dropout too") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  config.epochs = 1;
  config.batch = 120;  // one update, of all pairs in whatever order
  auto loss_with = [&](std::int64_t seed, double dropout) {
    config.seed = seed;
    config.dropout = dropout;
    std::string folder = scratch.path("m");
    create_model(config, folder, true);
    ModelFolder model = read_model_folder(folder);
    CHECK(model.state.at(key_variable).item() == static_cast<double>(seed));
    // The same weights for every seed.
    Session session(*model.module);
    session.initialize(1);
    session.set_variable(key_variable, model.state.at(key_variable));
    write_checkpoint(ModelFiles(folder), session, {});
    TrainingObserver silent;
    train(folder, {}, silent);
    std::string log = read_file(ModelFiles(folder).log(), 1 << 20);
    JsonDocument line = JsonDocument::parse(log.substr(0, log.find('\n')), "log");
    return line.root().at("loss").as_number();
  };
  CHECK(loss_with(1, 0) == doctest::Approx(loss_with(2, 0)).epsilon(1e-5));
  double first = loss_with(1, 0.5), second = loss_with(2, 0.5);
  CHECK(std::abs(first - second) > 1e-4);
}

TEST_CASE("training/model_creation: what a killed process left beside the folder goes") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  std::filesystem::create_directory(scratch.path("m.partial-999999999"));
  std::filesystem::create_directory(scratch.path("m.partial-notes"));
  create_model(small_config(scratch), scratch.path("m"), false);
  CHECK(scratch.names() ==
        std::vector<std::string>{"m", "m.partial-notes", "train.en", "train.fr", "valid.en", "valid.fr"});
}
