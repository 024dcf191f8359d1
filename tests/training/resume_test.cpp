// Stopping and going on: the bytes in the end are those of a run that never stopped.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "serialization/file.h"
#include "serialization/model_folder.h"
#include "tests/training/small_corpus.h"
#include "training/checkpoint.h"
#include "training/model_creation.h"

using namespace gradloom;

namespace {

TrainingResult run(const std::string& folder, RunOptions options = {}) {
  TrainingObserver silent;
  return train(folder, options, silent);
}

TrainingResult run_updates(const std::string& folder, std::int64_t updates) {
  StopAfter observer(updates);
  RunOptions options;
  options.stop = [&] { return observer.is_due(); };
  return train(folder, options, observer);
}

std::string refusal(const std::string& folder, RunOptions options, Fault fault) {
  try {
    run(folder, options);
  } catch (const UserError& error) {
    CHECK(error.fault() == fault);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("training/resume: two epochs are one and another, to the byte") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  config.epochs = 2;
  create_model(config, scratch.path("whole"), false);
  CHECK(run(scratch.path("whole")).text == "2 epochs are done");
  config.epochs = 1;
  create_model(config, scratch.path("halves"), false);
  CHECK(run(scratch.path("halves")).text == "1 epoch is done");
  CHECK(run(scratch.path("halves")).position.place == BatchPosition{1, 0});
  RunOptions two;
  two.epochs = 2;
  CHECK(run(scratch.path("halves"), two).ending == Ending::epochs);
  for (const auto& [name, bytes] : lasting_bytes(scratch.path("whole")))
    CHECK_MESSAGE(bytes == lasting_bytes(scratch.path("halves"))[name], name);
}

TEST_CASE("training/resume: wherever it is cut, with one thread or three") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  config.valid_every = 5;
  config.schedule = "plateau";
  create_model(config, scratch.path("whole"), false);
  run(scratch.path("whole"));
  auto whole = lasting_bytes(scratch.path("whole"));
  std::vector<std::int64_t> cuts{1, 7, 11};
  if (std::getenv("GRADLOOM_LONG") != nullptr) cuts = {1, 2, 3, 4, 5, 6, 8, 9, 12, 15};
  for (std::int64_t cut : cuts) {
    std::string folder = scratch.path("cut" + std::to_string(cut));
    create_model(config, folder, false);
    TrainingResult stopped = run_updates(folder, cut);
    CHECK(stopped.ending == Ending::stopped);
    CHECK(stopped.text == "stopped after update " + std::to_string(cut));
    RunOptions three;
    three.threads = 3;
    run(folder, three);
    auto parts = lasting_bytes(folder);
    for (const auto& [name, bytes] : whole) CHECK_MESSAGE(bytes == parts[name], cut, " ", name);
  }
}

TEST_CASE("training/resume: so many updates and then more are those of one run, inside and across epochs") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  config.epochs = 0;
  config.valid_every = 5;
  config.schedule = "plateau";
  config.checkpoint_every = 4;
  config.max_updates = 21;  // of 8 an epoch
  create_model(config, scratch.path("whole"), false);
  TrainingResult whole = run(scratch.path("whole"));
  CHECK(whole.ending == Ending::updates);
  CHECK(whole.text == "21 updates are done");
  CHECK(whole.position.update == 21);
  CHECK(whole.position.place == BatchPosition{2, 5});
  CHECK(read_position(ModelFiles(scratch.path("whole"))) == whole.position);

  config.max_updates = 1;
  create_model(config, scratch.path("parts"), false);
  CHECK(run(scratch.path("parts")).text == "1 update is done");
  for (std::int64_t updates : {7, 10, 10, 21}) {
    RunOptions more;
    more.max_updates = updates;
    TrainingResult part = run(scratch.path("parts"), more);
    CHECK(part.ending == Ending::updates);
    CHECK(part.position.update == updates);
    CHECK(part.position.validated_update == updates / 5 * 5);  // ending brings no validation of its own
    CHECK(read_position(ModelFiles(scratch.path("parts"))) == part.position);
  }
  auto parts = lasting_bytes(scratch.path("parts"));
  for (const auto& [name, bytes] : lasting_bytes(scratch.path("whole"))) CHECK_MESSAGE(bytes == parts[name], name);
}

TEST_CASE("training/resume: the first limit that is reached ends the run, and a new one replaces them all") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  config.epochs = 1;
  config.max_updates = 100;
  create_model(config, scratch.path("m"), false);
  CHECK(run(scratch.path("m")).ending == Ending::epochs);
  RunOptions more;
  more.max_updates = 13;
  CHECK(run(scratch.path("m"), more).ending == Ending::updates);
  TrainingConfig kept = read_config(ModelFiles(scratch.path("m")).config()).config;
  CHECK(kept.epochs == 0);
  CHECK(kept.max_updates == 13);
  CHECK(run(scratch.path("m")).text == "13 updates are done");
  more.max_updates = 0;
  more.epochs = 2;
  CHECK(run(scratch.path("m"), more).position.update == 16);
}

TEST_CASE("training/resume: what was written behind the last checkpoint is dropped") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  create_model(small_config(scratch), scratch.path("m"), false);
  run_updates(scratch.path("m"), 4);
  ModelFiles files(scratch.path("m"));
  std::string log = read_file(files.log(), 1 << 20);
  write_file(files.log(), log + "{\"update\": 6, \"epo");
  write_file(files.folder() + "/weights.safetensors.partial-1-1", "left over");
  write_file(files.position(), "not read while state.safetensors has it");
  run(scratch.path("m"));
  create_model(small_config(scratch), scratch.path("whole"), false);
  run(scratch.path("whole"));
  CHECK(lasting_bytes(scratch.path("m")) == lasting_bytes(scratch.path("whole")));
  CHECK(!std::filesystem::exists(files.folder() + "/weights.safetensors.partial-1-1"));
}

TEST_CASE("training/resume: state that something else wrote goes on at position.json") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  create_model(small_config(scratch), scratch.path("whole"), false);
  run(scratch.path("whole"));
  create_model(small_config(scratch), scratch.path("m"), false);
  run_updates(scratch.path("m"), 5);
  ModelFolder model = read_model_folder(scratch.path("m"));
  write_state(scratch.path("m"), *model.module, model.state);
  run(scratch.path("m"));
  CHECK(lasting_bytes(scratch.path("m")) == lasting_bytes(scratch.path("whole")));
}

TEST_CASE("training/resume: patience ends a run for good, minutes end it for now") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  config.learning_rate = 1;  // so that nothing gets better
  config.patience = 2;
  config.epochs = 50;
  create_model(config, scratch.path("m"), false);
  TrainingResult result = run(scratch.path("m"));
  CHECK(result.ending == Ending::patience);
  CHECK(result.position.validations_since_best == 2);
  std::int64_t best = result.position.best_update;
  CHECK(result.text == "2 validations brought nothing better than that of update " + std::to_string(best));
  CHECK(run(scratch.path("m")).position == result.position);

  create_model(small_config(scratch), scratch.path("n"), false);
  RunOptions minutes;
  minutes.max_minutes = 1e-9;
  TrainingResult over = run(scratch.path("n"), minutes);
  CHECK(over.ending == Ending::minutes);
  CHECK(over.text == "1e-09 minutes are over");
}

TEST_CASE("training/resume: without validation the last parameters are the ones that translate") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  config.source_valid = config.target_valid = "";
  config.epochs = 1;
  create_model(config, scratch.path("m"), false);
  run(scratch.path("m"));
  ModelFolder folder = read_model_folder(scratch.path("m"));
  for (const auto& [name, value] : folder.weights) CHECK_MESSAGE(value.identical(folder.state.at(name)), name);
}

TEST_CASE("training/resume: a corpus that changed, a log that shrank, a folder without a model are bad input") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  create_model(small_config(scratch), scratch.path("m"), false);
  run(scratch.path("m"));
  ModelFiles files(scratch.path("m"));
  RunOptions more;
  more.epochs = 3;
  CHECK(refusal(scratch.path("none"), {}, Fault::input) ==
        "no model at " + scratch.path("none") + ": there is no such file or folder");

  std::string log = read_file(files.log(), 1 << 20);
  write_file(files.log(), "{}\n");
  CHECK(refusal(scratch.path("m"), more, Fault::input) ==
        files.log() + " has 3 bytes but had " + std::to_string(log.size()) + " at the last checkpoint");
  write_file(files.log(), log);

  std::string known = read_config(files.config()).hashes.at("source_train");
  std::string path = scratch.path("train.en");
  write_file(path, "changed " + read_file(path, 1 << 20));
  std::string text = refusal(scratch.path("m"), more, Fault::input);
  CHECK(text.starts_with(path + " has changed since the training began: its SHA-256 is "));
  CHECK(text.ends_with(", it was " + known));
}

TEST_CASE("training/resume: a run that diverges keeps its last good checkpoint") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  config.learning_rate = 1e5;
  config.clip = 0;
  config.log_every = 1;
  create_model(config, scratch.path("m"), false);
  TrainingResult result = run(scratch.path("m"));
  CHECK(result.ending == Ending::diverged);
  CHECK(result.text.starts_with("the training diverged: up to update "));
  CHECK(result.text.ends_with("; the parameters of update 0, are kept"));
  CHECK(read_position(ModelFiles(scratch.path("m"))).update == 0);
}

TEST_CASE("training/resume: a number that is not finite stops the run, and checking names its operation") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  create_model(small_config(scratch), scratch.path("m"), false);
  ModelFolder model = read_model_folder(scratch.path("m"));
  Session session(*model.module);
  for (auto& [name, value] : model.state) session.set_variable(name, value);
  Tensor weight = model.state.at("output/weight");
  for (float& x : weight.mutable_values<float>()) x = 3e38f;
  session.set_variable("output/weight", weight);
  write_checkpoint(ModelFiles(scratch.path("m")), session, {});
  TrainingResult result = run(scratch.path("m"));
  CHECK(result.ending == Ending::diverged);
  // What becomes of weights near the largest float depends on how the kernels sum.
  CHECK_MESSAGE(result.text.starts_with("the training diverged: at update 1 the loss is "), result.text);
  CHECK_MESSAGE(result.text.find(" and the norm of the gradients ") != std::string::npos, result.text);
  CHECK_MESSAGE(result.text.ends_with("; the parameters of update 0, are kept"), result.text);
  RunOptions checked;
  checked.check_finite = true;
  result = run(scratch.path("m"), checked);
  CHECK(result.ending == Ending::diverged);
  CHECK_MESSAGE(result.text.starts_with("the training diverged: at update 1: "), result.text);
  CHECK_MESSAGE(result.text.find(": the result has ") != std::string::npos, result.text);
  CHECK(read_position(ModelFiles(scratch.path("m"))).update == 0);
}

TEST_CASE("training/resume: the report stays that of the last validation, which was an earlier run's") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  config.epochs = 0;
  config.valid_every = 5;
  auto report_of = [&](const char* folder) { return read_file(ModelFiles(scratch.path(folder)).report(), 1 << 24); };
  for (const char* folder : {"whole", "parts"}) std::filesystem::create_directory(scratch.path(folder));
  config.max_updates = 7;
  create_model(config, scratch.path("whole/m"), false);
  run(scratch.path("whole/m"));
  config.max_updates = 6;
  create_model(config, scratch.path("parts/m"), false);
  run(scratch.path("parts/m"));
  RunOptions more;
  more.max_updates = 7;
  CHECK(run(scratch.path("parts/m"), more).position.validated_update == 5);
  CHECK(report_of("parts/m").find("Best sentences") != std::string::npos);
  CHECK(report_of("parts/m") == report_of("whole/m"));
}

TEST_CASE("training/resume: a run that is refused leaves the limits as they were, and one that had more says so") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  config.epochs = 0;
  config.max_updates = 3;
  create_model(config, scratch.path("m"), false);
  run(scratch.path("m"));
  RunOptions fewer;
  fewer.max_updates = 2;
  CHECK(run(scratch.path("m"), fewer).text == "3 updates are done");
  std::string before = read_file(ModelFiles(scratch.path("m")).config(), 1 << 20);
  write_file(scratch.path("train.en"), "w1\n");
  write_file(scratch.path("train.fr"), "m1\n");
  RunOptions more;
  more.max_updates = 9;
  CHECK(refusal(scratch.path("m"), more, Fault::input).find(" has changed since the training began") !=
        std::string::npos);
  CHECK(read_file(ModelFiles(scratch.path("m")).config(), 1 << 20) == before);
}
