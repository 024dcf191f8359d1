// The tensors of a batch, the order of an epoch, resuming, and the share of padding.
#include "text/batches.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "text/corpus.h"
#include "text/draws.h"
#include "text/word_tokenizer.h"

using namespace gradloom;

namespace {

using Ids = std::vector<std::int32_t>;

// Pairs of 1 to 30 tokens, the target's length near the source's.
IdPairs random_pairs(std::int64_t count) {
  IdPairs pairs;
  Draws draws(3, 0);
  for (std::int64_t i = 0; i < count; ++i) {
    auto length = 1 + draws.below(28);
    Ids source(static_cast<std::size_t>(length), static_cast<std::int32_t>(i)),
        target(static_cast<std::size_t>(length + draws.below(3)), static_cast<std::int32_t>(i));
    pairs.add(source, target);
  }
  return pairs;
}

std::vector<std::int64_t> sorted(std::vector<std::int64_t> values) {
  std::ranges::sort(values);
  return values;
}

}  // namespace

TEST_CASE("text/batches: a batch holds the sentences, their lengths and their end tokens") {
  IdPairs pairs;
  pairs.add(Ids{5, 6, 7}, Ids{8});
  pairs.add(Ids{9}, Ids{3, 4});
  std::vector<std::int64_t> rows{1, 0};
  Batch batch = make_batch(pairs, rows);
  CHECK(batch.source.identical(Tensor::from<std::int32_t>({2, 3}, {9, 0, 0, 5, 6, 7})));
  CHECK(batch.source_lengths.identical(Tensor::from<std::int32_t>({2}, {1, 3})));
  CHECK(batch.target_in.identical(Tensor::from<std::int32_t>({2, 3}, {2, 3, 4, 2, 8, 0})));
  CHECK(batch.target_out.identical(Tensor::from<std::int32_t>({2, 3}, {3, 4, 2, 8, 2, 0})));
  CHECK(batch.target_lengths.identical(Tensor::from<std::int32_t>({2}, {3, 2})));
  CHECK(batch.pairs == rows);
  CHECK(batch.source_tokens == 4);
  CHECK(batch.target_tokens == 5);
}

TEST_CASE("text/batches: lengths are rounded up to eight an octave") {
  for (std::int64_t length = 0; length <= 16; ++length) CHECK(rounded_length(length) == length);
  CHECK(rounded_length(17) == 18);
  CHECK(rounded_length(32) == 32);
  CHECK(rounded_length(33) == 36);
  CHECK(rounded_length(100) == 104);
  CHECK(rounded_length(129) == 144);
  IdPairs pairs;
  pairs.add(Ids(17, 5), Ids(16, 8));
  Batch batch = make_batch(pairs, std::vector<std::int64_t>{0});
  CHECK(batch.source.shape() == Shape{1, 18});
  CHECK(batch.source.values<std::int32_t>()[17] == 0);
  CHECK(batch.source_lengths.values<std::int32_t>()[0] == 17);
  CHECK(batch.target_in.shape() == Shape{1, 18});
  CHECK(batch.target_lengths.values<std::int32_t>()[0] == 17);
  CHECK(batch.source_tokens == 17);
}

TEST_CASE("text/batches: an epoch holds every pair once, in an order of seed and epoch alone") {
  auto pairs = random_pairs(1000);
  std::vector<std::int64_t> all(1000);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
  for (BatchOptions options : {BatchOptions{.sentences = 16, .pool = 300}, BatchOptions{.tokens = 256}}) {
    auto plan = plan_epoch(pairs, options, 4);
    CHECK(sorted(plan.pairs) == all);
    CHECK(plan_epoch(pairs, options, 4).pairs == plan.pairs);
    CHECK(plan_epoch(pairs, options, 5).pairs != plan.pairs);
    options.seed = 2;
    CHECK(plan_epoch(pairs, options, 4).pairs != plan.pairs);
    CHECK(sorted(plan_by_length(pairs, options).pairs) == all);
  }
}

TEST_CASE("text/batches: batches keep to their size and say how much is padding") {
  auto pairs = random_pairs(1000);
  pairs.add(Ids(400, 9), Ids(2, 9));
  for (BatchOptions options : {BatchOptions{.sentences = 16}, BatchOptions{.tokens = 256}}) {
    auto plan = plan_epoch(pairs, options, 0);
    std::int64_t positions = 0, real = 0;
    for (std::int64_t i = 0; i < plan.size(); ++i) {
      Batch batch = make_batch(pairs, plan.rows(i));
      auto rows = batch.source.shape()[0], width = std::max(batch.source.shape()[1], batch.target_in.shape()[1]);
      if (options.sentences > 0)
        CHECK(rows <= options.sentences);
      else
        CHECK((rows * width <= options.tokens || rows == 1));
      positions += batch.source.size() + batch.target_in.size();
      real += batch.source_tokens + batch.target_tokens;
    }
    CHECK(plan.padding == doctest::Approx(1 - static_cast<double>(real) / static_cast<double>(positions)));
  }
  // Sentences are of up to 30 words, so half of the batches are rounded to even lengths.
  CHECK(plan_epoch(random_pairs(20000), {.sentences = 32}, 0).padding < 0.03);
}

TEST_CASE("text/batches: a sequence resumed at any batch goes on as if it had never stopped") {
  auto pairs = random_pairs(90);
  BatchOptions options{.tokens = 200, .seed = 9};
  BatchSequence whole(pairs, options);
  for (int i = 0; i < 60; ++i) {
    BatchSequence resumed(pairs, options, whole.position());
    CHECK(resumed.batches_in_epoch() == whole.batches_in_epoch());
    CHECK(resumed.padding() == whole.padding());
    Batch a = whole.next(), b = resumed.next();
    CHECK(a.pairs == b.pairs);
    CHECK(a.target_out.identical(b.target_out));
    CHECK(whole.position() == resumed.position());
  }
  CHECK(whole.position().epoch > 1);
}

TEST_CASE("text/batches: what is asked wrongly is said") {
  auto pairs = random_pairs(10);
  CHECK_THROWS_WITH_AS(plan_epoch(pairs, {}, 0),
                       "batches: 0 sentences and 0 tokens a batch given; one of them must be positive, the other 0",
                       UserError);
  CHECK_THROWS_WITH_AS(plan_epoch(pairs, {.sentences = 4, .tokens = 5}, 0),
                       "batches: 4 sentences and 5 tokens a batch given; one of them must be positive, the other 0",
                       UserError);
  CHECK_THROWS_WITH_AS(plan_epoch(pairs, {.sentences = 4, .pool = 0}, 0),
                       "batches: a pool of 0 pairs given, at least 1 needed", UserError);
  CHECK_THROWS_WITH_AS(plan_epoch(IdPairs(), {.sentences = 4}, 0), "batches: no sentence pair given", UserError);
  CHECK_THROWS_WITH_AS(make_batch(pairs, {}), "batch of 0 sentence pairs given, at least 1 needed", UserError);
  CHECK_THROWS_WITH_AS(plan_epoch(pairs, {.sentences = 4}, 0).rows(3), "batch 3 given of 3", UserError);
  CHECK_THROWS_WITH_AS(BatchSequence(pairs, {.sentences = 4}, {2, 3}),
                       "position in the data: batch 3 of epoch 2 given; an epoch has 3 batches", UserError);
}

TEST_CASE("text/batches: less than 5 % of a real corpus' batches is padding") {
  const char* folder = std::getenv("GRADLOOM_CORPUS");
  if (folder == nullptr) {
    MESSAGE("skipped: GRADLOOM_CORPUS names no folder with train.en and train.fr");
    return;
  }
  std::string source = folder + std::string("/train.en"), target = folder + std::string("/train.fr");
  WordTokenizer tokenizer;
  TokenCounter source_counter, target_counter;
  count_tokens(source, target, tokenizer, tokenizer, source_counter, target_counter);
  auto source_words = source_counter.vocabulary({.size = 8000}),
       target_words = target_counter.vocabulary({.size = 8000});
  auto corpus = encode_corpus(source, target, {tokenizer, source_words}, {tokenizer, target_words});
  for (BatchOptions options :
       {BatchOptions{.sentences = 32}, BatchOptions{.sentences = 64}, BatchOptions{.tokens = 1000},
        BatchOptions{.tokens = 4000}, BatchOptions{.sentences = 64, .pool = 20000}}) {
    auto plan = plan_epoch(corpus.pairs, options, 0);
    MESSAGE(options.sentences << " sentences, " << options.tokens << " tokens, pool " << options.pool << ": "
                              << plan.size() << " batches, padding " << 100 * plan.padding << " %");
    CHECK(plan.padding < 0.05);
  }
}
