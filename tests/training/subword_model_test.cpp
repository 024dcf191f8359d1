// A model over subwords: its files, and that it translates from them alone.
#include <doctest/doctest.h>

#include "tests/training/small_corpus.h"
#include "text/subword_tokenizer.h"
#include "training/model_creation.h"
#include "training/translation.h"

using namespace gradloom;

TEST_CASE("training/subword_model: a folder with SentencePiece models trains and translates") {
  if (!has_subwords()) return;
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  config.tokenizer = "sentencepiece";
  config.vocabulary_size = 30;
  for (bool is_joint : {false, true}) {
    config.joint_vocabulary = is_joint;
    config.epochs = 1;
    create_model(config, scratch.path("m"), true);
    TrainingObserver silent;
    train(scratch.path("m"), {}, silent);
    Translator translator(scratch.path("m"));
    CHECK((translator.languages().source_vocabulary == translator.languages().target_vocabulary) == is_joint);
    std::vector<std::string> lines{"w1 w2", "", "w3"};
    auto found = translator.translate(lines);
    REQUIRE(found.size() == 3);
    CHECK(found[1].size() == 1);
    CHECK(found[1][0].text == "");
  }
}
