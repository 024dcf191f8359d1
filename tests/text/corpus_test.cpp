// Parallel files read in step: what is skipped, what is refused, and storage beyond the limit of memory.
#include "text/corpus.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/text/scratch_file.h"
#include "text/word_tokenizer.h"

using namespace gradloom;

namespace {

struct Files {
  ScratchFile source, target;
  WordTokenizer tokenizer{};
  Vocabulary source_words{}, target_words{};

  EncodedCorpus encode(CorpusOptions options = {}) {
    TokenCounter source_counter, target_counter;
    count_tokens(source.path(), target.path(), tokenizer, tokenizer, source_counter, target_counter);
    source_words = source_counter.vocabulary();
    target_words = target_counter.vocabulary({.minimum_count = 2});
    return encode_corpus(source.path(), target.path(), {tokenizer, source_words}, {tokenizer, target_words}, options);
  }
  std::string names() const { return source.path() + " and " + target.path(); }
};

std::vector<std::int32_t> vector_of(std::span<const std::int32_t> ids) { return {ids.begin(), ids.end()}; }

}  // namespace

TEST_CASE("text/corpus: empty and long pairs are skipped and counted, rare words unknown") {
  Files files{ScratchFile("a cat\nno\n  \nb\none two three four\n"), ScratchFile("le chat\n\nx\nle\nle\n")};
  CorpusOptions options{.maximum_length = 3};
  auto corpus = files.encode(options);
  CHECK(corpus.counts.text(options) == "2 pairs, 2 skipped as empty, 1 skipped as longer than 3 tokens");
  CHECK(corpus.counts.lines == 5);
  CHECK(corpus.counts.source_tokens == 3);
  CHECK(corpus.counts.target_tokens == 3);
  CHECK(corpus.counts.source_unknown == 0);
  CHECK(corpus.counts.target_unknown == 1);
  REQUIRE(corpus.pairs.size() == 2);
  CHECK(vector_of(corpus.pairs.target(0)) == std::vector<std::int32_t>{files.target_words.id("le"), unknown_id});
  CHECK(vector_of(corpus.pairs.source(1)) == std::vector<std::int32_t>{files.source_words.id("b")});
  CHECK(files.encode().counts.text({}) == "3 pairs, 2 skipped as empty");
}

TEST_CASE("text/corpus: files that are not parallel are refused with both counts") {
  Files unequal{ScratchFile("a\nb\nc\n"), ScratchFile("a\n")};
  CHECK_THROWS_WITH_AS(unequal.encode(),
                       (unequal.source.path() + " has 3 lines but " + unequal.target.path() +
                        " has 1; line N of one must translate line N of the other")
                           .c_str(),
                       UserError);
  Files empty{ScratchFile(""), ScratchFile("")};
  CHECK_THROWS_WITH_AS(empty.encode(), (empty.names() + " are empty; at least one pair of lines is needed").c_str(),
                       UserError);
  Files useless{ScratchFile("\na b c\n"), ScratchFile("b\nc\n")};
  CHECK_THROWS_WITH_AS(
      useless.encode({.maximum_length = 2}),
      (useless.names() + ": none of 2 pairs can be used: 1 skipped as empty, 1 skipped as longer than 2 tokens")
          .c_str(),
      UserError);
  Files wrong{ScratchFile("a\nb\n"), ScratchFile("a\n\xFF\n")};
  CHECK_THROWS_WITH_AS(wrong.encode(), (wrong.target.path() + ", line 2: byte 1 (0xFF) is not UTF-8").c_str(),
                       UserError);
  try {
    wrong.encode();
  } catch (const UserError& error) {
    CHECK(error.fault() == Fault::input);
  }
}

TEST_CASE("text/id_pairs: beyond the limit of memory the ids come back from the file, also while it grows") {
  IdPairs pairs(64);
  for (std::int32_t i = 0; i < 500; ++i) {
    std::vector<std::int32_t> source(static_cast<std::size_t>(i % 7), i), target(static_cast<std::size_t>(i % 5), -i);
    pairs.add(source, target);
    std::int64_t earlier = i / 2;
    CHECK(vector_of(pairs.source(earlier)) ==
          std::vector<std::int32_t>(static_cast<std::size_t>(earlier % 7), static_cast<std::int32_t>(earlier)));
    CHECK(vector_of(pairs.target(i)) == target);
  }
  CHECK_THROWS_WITH_AS(pairs.source(500), "sentence pair 500 given of 500", UserError);
  IdPairs moved = std::move(pairs);
  CHECK(moved.source_length(499) == 499 % 7);
  CHECK(moved.target(499).front() == -499);
}
