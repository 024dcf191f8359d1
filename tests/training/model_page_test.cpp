// The log as curves, the page of a run, and what it says of a corpus.
#include "training/model_page.h"

#include <doctest/doctest.h>

#include <cmath>

#include "base/error.h"
#include "serialization/file.h"
#include "tests/training/small_corpus.h"
#include "training/model_creation.h"
#include "training/model_files.h"

using namespace gradloom;

namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("training/log_curves: a log's lines become points") {
  ScratchFolder scratch;
  std::string path = scratch.path("log.jsonl");
  write_file(path,
             "{\"update\": 3, \"loss\": 2.5, \"gradient_norm\": 1.5, \"learning_rate\": 0.25}\n"
             "{\"update\": 4, \"validation_loss\": 2, \"bleu\": 7.5, \"best\": true}\n");
  LogCurves curves = read_log(path);
  CHECK(curves.loss == LogCurves::Points{{3, 2.5}});
  CHECK(curves.gradient_norm == LogCurves::Points{{3, 1.5}});
  CHECK(curves.learning_rate == LogCurves::Points{{3, 0.25}});
  CHECK(curves.validation_loss == LogCurves::Points{{4, 2}});
  CHECK(curves.bleu == LogCurves::Points{{4, 7.5}});
  CHECK(perplexities(curves.validation_loss) == LogCurves::Points{{4, std::exp(2.0)}});
  write_file(path, "{\"update\": 3}\n{\"loss\": 1}\n");
  CHECK_THROWS_WITH_AS(read_log(path), (path + ", line 2: the key \"update\" is missing; there are \"loss\"").c_str(),
                       UserError);
}

TEST_CASE("training/model_page: a run leaves a page that tells what it did") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  config.learning_rate = 0.02;
  create_model(config, scratch.path("a<b"), false);
  TrainingObserver silent;
  train(scratch.path("a<b"), {}, silent);
  std::string page = read_file(ModelFiles(scratch.path("a<b")).report(), 1 << 24);
  CHECK(holds(page, "<title>How a&lt;b learnt to translate</title>"));
  for (const char* title : {"Loss", "Perplexity", "BLEU", "Learning rate", "Norm of the gradients",
                            "BLEU by sentence length", "Length of sentences"})
    CHECK_MESSAGE(holds(page, std::string("aria-label=\"") + title), title);
  for (const char* heading : {"Learning", "What length does", "What attention looked at", "Best sentences",
                              "Worst sentences", "What the training corpus is made of"})
    CHECK_MESSAGE(holds(page, std::string("<h2>") + heading + "</h2>"), heading);
  CHECK(holds(page, "<td>sentence pairs</td><td>120</td><td>120</td>"));
  CHECK(holds(page, "class=\"map\""));

  // A source with several references is shown once.
  Translator translator(scratch.path("a<b"));
  const std::string one = "the cat sees the dog .", other = "the dog sees the cat .";
  const std::vector<std::string> translations(3, "le chat voit le chien .");
  ReferenceText text{{one, one, other}, translations};
  CHECK(sample_maps(translator, text, translations).size() == 2);
}

TEST_CASE("training/model_page: what there is nothing of is left out") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  config.source_valid = config.target_valid = "";
  config.attention = "none";
  create_model(config, scratch.path("m"), false);
  TrainingObserver silent;
  train(scratch.path("m"), {}, silent);
  std::string page = read_file(ModelFiles(scratch.path("m")).report(), 1 << 24);
  CHECK(holds(page, "aria-label=\"Loss"));
  CHECK(!holds(page, "aria-label=\"Perplexity"));
  CHECK(!holds(page, "Best sentences"));
  CHECK(!holds(page, "What attention looked at"));
  CHECK_THROWS_WITH_AS(model_page({}), "report: no model given, at least 1 is needed", UserError);
}
