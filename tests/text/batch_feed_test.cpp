// Batches prepared in the background are those of a sequence, from any place on.
#include "text/batch_feed.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "text/draws.h"

using namespace gradloom;

namespace {

IdPairs random_pairs(std::int64_t count) {
  IdPairs pairs;
  Draws draws(11, 0);
  for (std::int64_t i = 0; i < count; ++i) {
    std::vector<std::int32_t> source(static_cast<std::size_t>(1 + draws.below(20)), static_cast<std::int32_t>(i));
    std::vector<std::int32_t> target(static_cast<std::size_t>(1 + draws.below(20)), static_cast<std::int32_t>(i));
    pairs.add(source, target);
  }
  return pairs;
}

}  // namespace

TEST_CASE("text/batch_feed: threads or not, the batches and their places are those of the sequence") {
  IdPairs pairs = random_pairs(90);
  BatchOptions options{.tokens = 200, .seed = 9};
  for (BatchPosition begin : {BatchPosition{0, 0}, BatchPosition{1, 3}}) {
    BatchSequence sequence(pairs, options, begin);
    BatchFeed feed(pairs, options, begin);
    CHECK(feed.padding() == sequence.padding());
    while (sequence.position().epoch < 3) {
      std::int64_t batches = sequence.batches_in_epoch();
      Batch expected = sequence.next();
      PreparedBatch prepared = feed.next();
      CHECK(prepared.batch.pairs == expected.pairs);
      CHECK(prepared.batch.target_out.identical(expected.target_out));
      CHECK(prepared.next == sequence.position());
      CHECK(prepared.batches_in_epoch == batches);
    }
  }
}

TEST_CASE("text/batch_feed: threads end with a feed that nobody reads, and a wrong place is said at once") {
  IdPairs pairs = random_pairs(300);
  for (int i = 0; i < 20; ++i) {
    BatchFeed feed(pairs, {.sentences = 2});
    if (i % 2 == 0) feed.next();
  }
  CHECK_THROWS_WITH_AS(BatchFeed(pairs, {.sentences = 150}, {0, 2}),
                       "position in the data: batch 2 of epoch 0 given; an epoch has 2 batches", UserError);
}
