// The attention translator, trained by hand: phrases become ids and batches, the ready-made network declares its loss,
// decoding searches with the functions it exports. `gradloom train` does this on files, `gradloom demo` on the whole
// phrasebook; here it learns four dozen sentences by heart.
#include <cstdio>

#include "models/decoding.h"
#include "models/sequence_to_sequence.h"
#include "text/batches.h"
#include "text/phrasebook.h"
#include "text/tokenizer.h"
#include "text/vocabulary.h"
#include "training/optimizer.h"

using namespace gradloom;

int main() {
  Phrasebook book = make_phrasebook({.train = 2000, .valid = 0, .test = 1, .seed = 1});
  std::vector<Phrase> phrases{book.test[0]};  // the lesson's sentence
  for (const Phrase& phrase : book.train)
    if (phrases.size() < 48 && phrase.source_content.size() <= 8) phrases.push_back(phrase);

  auto tokenizer = make_tokenizer({});
  TokenCounter source_words, target_words;
  for (const Phrase& phrase : phrases) {
    source_words.add(tokenizer->encode(phrase.source));
    target_words.add(tokenizer->encode(phrase.target));
  }
  Vocabulary source = source_words.vocabulary(), target = target_words.vocabulary();
  IdPairs pairs;
  for (const Phrase& phrase : phrases)
    pairs.add(source.ids(tokenizer->encode(phrase.source)), target.ids(tokenizer->encode(phrase.target)));

  Module module;
  SequenceToSequenceConfig config;
  config.embedding = config.hidden = 32;
  config.bidirectional = true;
  config.source_vocabulary = source.size();
  config.target_vocabulary = target.size();
  SequenceToSequence model(module, config);
  model.declare_decoding();
  Graph& step = module.add_function("train_step");
  auto losses = model.declare_losses(step);
  SequenceToSequence::declare_outputs(step, losses);
  minimize(step, losses.loss, step.constant(DType::float32, 0.02), Adam{}, 1.0);

  Session session(module);
  session.initialize(1);
  BatchSequence batches(pairs, {.sentences = 16, .seed = 1});
  for (int i = 0; i <= 150; ++i) {
    Batch batch = batches.next();
    double loss = session
                      .run("train_step", {{"source", batch.source},
                                          {"source_lengths", batch.source_lengths},
                                          {"target_in", batch.target_in},
                                          {"target_out", batch.target_out},
                                          {"target_lengths", batch.target_lengths}})
                      .at("loss")
                      .item();
    if (i % 75 == 0) std::printf("update %3d: loss %.0f\n", i, loss);
  }

  Decoder decoder(session);
  for (std::int64_t row = 0; row < 3; ++row) {
    Batch batch = make_batch(pairs, std::vector<std::int64_t>{row});
    Hypothesis best = decoder.decode(batch.source, batch.source_lengths, {.beam = 4})[0][0];
    std::printf("%s -> %s\n", phrases[static_cast<std::size_t>(row)].source.c_str(),
                tokenizer->decode(target.tokens(best.tokens)).c_str());
  }
}
