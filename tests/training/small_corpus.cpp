// The small corpus of the training tests, as declared in small_corpus.h.
#include "tests/training/small_corpus.h"

#include "serialization/file.h"
#include "text/draws.h"
#include "training/model_files.h"

namespace gradloom {

namespace {

void write_pairs(const std::string& source_path, const std::string& target_path, int pairs, std::uint64_t seed) {
  Draws draws(seed, 0);
  std::string sources, targets;
  for (int i = 0; i < pairs; ++i) {
    std::string source, target;
    for (std::int64_t left = 1 + draws.below(6); left > 0; --left) {
      std::int64_t word = draws.below(20);
      source += (source.empty() ? "w" : " w") + std::to_string(word);
      target = "m" + std::to_string(word) + (target.empty() ? "" : " ") + target;
    }
    sources += source + "\n";
    targets += target + "\n";
  }
  write_file(source_path, sources);
  write_file(target_path, targets);
}

}  // namespace

void write_small_corpus(const ScratchFolder& scratch, int pairs) {
  write_pairs(scratch.path("train.en"), scratch.path("train.fr"), pairs, 1);
  write_pairs(scratch.path("valid.en"), scratch.path("valid.fr"), 20, 2);
}

TrainingConfig small_config(const ScratchFolder& scratch) {
  TrainingConfig config;
  config.source_train = scratch.path("train.en");
  config.target_train = scratch.path("train.fr");
  config.source_valid = scratch.path("valid.en");
  config.target_valid = scratch.path("valid.fr");
  config.embedding = config.hidden = 8;
  config.batch = 16;
  config.log_every = 3;
  config.epochs = 2;
  return config;
}

std::map<std::string, std::string> lasting_bytes(const std::string& folder) {
  ModelFiles files(folder);
  std::map<std::string, std::string> bytes;
  for (const std::string& path : {files.module(), files.weights(), files.config(), files.source_vocabulary(),
                                  files.target_vocabulary(), files.state(), files.position(), files.log()})
    bytes[path.substr(folder.size() + 1)] = read_file(path, std::uint64_t{1} << 30);
  return bytes;
}

}  // namespace gradloom
