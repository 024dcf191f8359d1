// A few hundred updates on a real corpus, where GRADLOOM_CORPUS names one: the loss falls, and lines come out.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>

#include "serialization/file.h"
#include "tests/training/small_corpus.h"
#include "text/line_reader.h"
#include "training/evaluation.h"
#include "training/model_creation.h"

using namespace gradloom;

namespace {

std::string first_lines(const std::string& path, int count) {
  std::string text, line;
  LineReader reader(path);
  for (int i = 0; i < count && reader.next(line); ++i) text += line + "\n";
  return text;
}

}  // namespace

TEST_CASE("training/corpus: a small model learns from a real corpus") {
  const char* corpus = std::getenv("GRADLOOM_CORPUS");
  if (corpus == nullptr) {
    MESSAGE("GRADLOOM_CORPUS names no folder, so this test is left out");
    return;
  }
  ScratchFolder scratch;
  for (const char* name : {"train.en", "train.fr"})
    write_file(scratch.path(name), first_lines(std::string(corpus) + "/" + name, 4000));
  for (const char* name : {"valid.en", "valid.fr"})
    write_file(scratch.path(name),
               first_lines(std::string(corpus) + "/" + std::string(name).replace(0, 5, "val"), 200));
  TrainingConfig config = small_config(scratch);
  config.embedding = config.hidden = 64;
  config.vocabulary_size = 2000;
  config.learning_rate = 5e-3;
  create_model(config, scratch.path("m"), false);
  TrainingObserver silent;
  TrainingResult result = train(scratch.path("m"), {}, silent);
  CHECK(result.position.best_loss < 0.8 * std::log(2000));
  Translator translator(scratch.path("m"));
  Evaluation evaluation = evaluate(translator, scratch.path("valid.en"), scratch.path("valid.fr"));
  CHECK(evaluation.translations.size() == 200);
  CHECK(evaluation.perplexity == doctest::Approx(std::exp(result.position.best_loss)));
}
