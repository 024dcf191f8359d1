// Optimizers, accumulation, averages, tied embeddings and validation by BLEU in whole runs: each resumes to the byte,
// from the folder alone, and does what its name says.
#include <doctest/doctest.h>

#include <algorithm>

#include "serialization/file.h"
#include "serialization/json_reader.h"
#include "serialization/model_folder.h"
#include "tests/training/small_corpus.h"
#include "training/model_creation.h"
#include "training/model_files.h"
#include "training/optimizer.h"
#include "training/translation.h"

using namespace gradloom;

namespace {

TrainingResult run(const std::string& folder, std::int64_t until = 0) {
  TrainingObserver silent;
  if (until == 0) return train(folder, {}, silent);
  StopAfter observer(until);
  RunOptions options;
  options.stop = [&] { return observer.is_due(); };
  return train(folder, options, observer);
}

// Trains it whole and in two parts; the whole one's folder.
std::string check_resumes(const ScratchFolder& scratch, TrainingConfig config, std::int64_t cut) {
  config.valid_every = 3;
  config.valid_bleu = 30;
  create_model(config, scratch.path("whole"), true);
  CHECK(run(scratch.path("whole")).ending == Ending::epochs);
  create_model(config, scratch.path("parts"), true);
  CHECK(run(scratch.path("parts"), cut).ending == Ending::stopped);
  run(scratch.path("parts"));
  auto parts = lasting_bytes(scratch.path("parts"));
  for (const auto& [name, bytes] : lasting_bytes(scratch.path("whole"))) CHECK_MESSAGE(bytes == parts[name], name);
  return scratch.path("whole");
}

std::vector<JsonDocument> log_lines(const std::string& folder) {
  std::vector<JsonDocument> lines;
  std::string text = read_file(ModelFiles(folder).log(), 1 << 20);
  for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
    lines.push_back(JsonDocument::parse(text.substr(begin, end - begin), "log"));
  return lines;
}

}  // namespace

TEST_CASE("training/recipe: every optimizer resumes from the file alone") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  config.optimizer = "adamw";
  config.weight_decay = 0.1;
  config.schedule = "inverse-sqrt";
  config.warmup = 4;
  check_resumes(scratch, config, 5);
  config = small_config(scratch);
  config.optimizer = "sgd";
  config.momentum = 0.9;
  config.learning_rate = 0.1;
  config.schedule = "cosine";
  config.decay = 20;
  std::string folder = check_resumes(scratch, config, 7);
  ModelFolder model = read_model_folder(folder);
  CHECK(model.module->find_variable("momentum/output/weight") != nullptr);
  CHECK(model.module->find_variable("adam/first/output/weight") == nullptr);
}

TEST_CASE("training/recipe: accumulated batches make one update, and no update reaches into the next epoch") {
  ScratchFolder scratch;
  write_small_corpus(scratch);  // 120 pairs: 8 batches of 16 an epoch
  TrainingConfig config = small_config(scratch);
  config.accumulate = 3;
  config.dropout_embedding = 0;
  config.dropout_output = 0.3;
  config.averaging = 0.5;
  std::string folder = check_resumes(scratch, config, 2);
  ModelFolder model = read_model_folder(folder);
  CHECK(model.state.at(step_variable).item() == 6);
  CHECK(model.state.at("batches").item() == 16);
  CHECK(model.state.at("accumulated_tokens").item() == 0);
}

TEST_CASE("training/recipe: accumulating is the same as a larger batch") {
  ScratchFolder scratch;
  write_small_corpus(scratch, 96);
  TrainingConfig config = small_config(scratch);
  config.dropout = 0;
  config.epochs = 1;
  config.batch = 96;
  create_model(config, scratch.path("large"), false);
  run(scratch.path("large"));
  config.batch = 32;
  config.accumulate = 3;
  create_model(config, scratch.path("parts"), false);
  run(scratch.path("parts"));
  ModelFolder large = read_model_folder(scratch.path("large")), parts = read_model_folder(scratch.path("parts"));
  auto a = large.state.at("output/weight").to_vector<float>(), b = parts.state.at("output/weight").to_vector<float>();
  for (std::size_t i = 0; i < a.size(); ++i)
    CHECK(static_cast<double>(a[i]) == doctest::Approx(static_cast<double>(b[i])).epsilon(1e-4));
}

TEST_CASE("training/recipe: the averaged parameters are those that translate") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  config.source_valid = config.target_valid = "";
  config.averaging = 0.9;
  create_model(config, scratch.path("m"), false);
  ModelFolder model = read_model_folder(scratch.path("m"));
  for (const auto& [name, value] : model.weights) CHECK_MESSAGE(value.identical(model.state.at(name)), name);
  run(scratch.path("m"));
  model = read_model_folder(scratch.path("m"));
  for (const auto& [name, value] : model.weights) {
    CHECK_MESSAGE(value.identical(model.state.at(average_name(name))), name);
    CHECK_MESSAGE(!value.identical(model.state.at(name)), name);
  }
}

TEST_CASE("training/recipe: tied embeddings are one variable") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  config.tied_embeddings = "target";
  std::string folder = check_resumes(scratch, config, 5);
  ModelFolder model = read_model_folder(folder);
  CHECK(model.module->find_variable("output/weight") == nullptr);
  CHECK(model.module->find_variable("source_embedding/table") != nullptr);
  config.tied_embeddings = "all";
  config.joint_vocabulary = true;
  folder = check_resumes(scratch, config, 5);
  model = read_model_folder(folder);
  CHECK(model.module->find_variable("source_embedding/table") == nullptr);
  CHECK(model.module->find_variable("embedding/table") != nullptr);
  Translator translator(folder);
  CHECK(translator.translate(std::vector<std::string>{"w1 w2"}).size() == 1);
}

TEST_CASE("training/recipe: BLEU is logged, and chooses the best when asked to") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  config.best_by = "bleu";
  config.learning_rate = 0.02;
  config.epochs = 6;
  std::string folder = check_resumes(scratch, config, 5);
  double best = -1;
  for (const JsonDocument& line : log_lines(folder)) {
    auto bleu = line.root().find("bleu");
    if (!bleu) continue;
    CHECK(line.root().at("best").as_bool() == (bleu->as_number() > best));
    best = std::max(best, bleu->as_number());
  }
  CHECK(best > 0);

  config.best_by = "loss";
  config.valid_bleu = 0;
  create_model(config, folder, true);
  run(folder);
  for (const JsonDocument& line : log_lines(folder)) CHECK(!line.root().find("bleu"));
}
