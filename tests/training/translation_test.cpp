// Translating through a folder: unknown words and what stands for them.
#include "training/translation.h"

#include <doctest/doctest.h>

#include "tests/training/small_corpus.h"
#include "training/model_creation.h"

using namespace gradloom;

namespace {

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> all{""};
  for (char c : text)
    if (c == ' ')
      all.emplace_back();
    else
      all.back() += c;
  return all;
}

}  // namespace

TEST_CASE("training/translation: an unknown word becomes the source word that it looked at most") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  config.vocabulary_size = 6;  // three words a side: nearly all are unknown
  config.learning_rate = 0.02;
  create_model(config, scratch.path("m"), false);
  TrainingObserver silent;
  train(scratch.path("m"), {}, silent);
  Translator translator(scratch.path("m"));
  std::vector<std::string> lines{"w1 w2 w3", "neverseen", "w7 w8 w9 w10 w11"};

  TranslationOptions options;
  options.attention = true;
  options.allow_unknown = true;
  auto unknown = translator.translate(lines, options);
  options.replace_unknown = true;
  auto replaced = translator.translate(lines, options);
  std::size_t replacements = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto before = words(unknown[i][0].text), after = words(replaced[i][0].text), source = words(lines[i]);
    REQUIRE(before.size() == after.size());
    for (std::size_t t = 0; t < before.size(); ++t) {
      if (before[t] != "<unknown>") {
        CHECK(after[t] == before[t]);
        continue;
      }
      ++replacements;
      CHECK(after[t] == source[static_cast<std::size_t>(replaced[i][0].links[t].source)]);
    }
  }
  CHECK(replacements > 0);
  // Alignments are an output of their own, not a by-product.
  options.attention = false;
  CHECK(translator.translate(lines, options)[0][0].text == replaced[0][0].text);
  CHECK(translator.translate(lines, options)[0][0].links.empty());
}
