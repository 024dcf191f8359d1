// Ids by frequency, the file's form, and every message of its reader.
#include "text/vocabulary.h"

#include <doctest/doctest.h>

#include "base/error.h"

using namespace gradloom;

namespace {

Vocabulary counted(std::vector<std::string> tokens, VocabularyOptions options = {}) {
  TokenCounter counter;
  counter.add(tokens);
  return counter.vocabulary(options);
}

}  // namespace

TEST_CASE("text/vocabulary: ids follow frequency, then the bytes") {
  auto vocabulary = counted({"b", "é", "a", "c", "c", "é", "c", "<end>"});
  CHECK(vocabulary.text() == "<padding>\n<unknown>\n<end>\nc\né\na\nb\n");
  CHECK(vocabulary.size() == 7);
  CHECK(vocabulary.ids(std::vector<std::string>{"c", "x", "b", "<end>", ""}) ==
        std::vector<std::int32_t>{3, unknown_id, 6, unknown_id, unknown_id});
  CHECK(vocabulary.tokens(std::vector<std::int32_t>{6, end_id}) == std::vector<std::string>{"b", "<end>"});
  CHECK(Vocabulary::parse(vocabulary.text(), "v") == vocabulary);
}

TEST_CASE("text/vocabulary: size and rarity limit it") {
  std::vector<std::string> tokens{"a", "b", "b", "c", "c", "c"};
  CHECK(counted(tokens, {.size = 5}).text() == "<padding>\n<unknown>\n<end>\nc\nb\n");
  CHECK(counted(tokens, {.minimum_count = 3}).size() == 4);
  TokenCounter counter;
  counter.add(tokens);
  CHECK(counter.coverage(counter.vocabulary({.size = 4})) == 0.5);
  CHECK(counter.total() == 6);
  CHECK(counter.distinct() == 3);
}

TEST_CASE("text/vocabulary: what is asked wrongly is said") {
  CHECK_THROWS_WITH_AS(counted({"a"}, {.size = 3}),
                       "vocabulary size 3 given; it counts the 3 special tokens, so at least 4 is needed (0: no limit)",
                       UserError);
  CHECK_THROWS_WITH_AS(counted({"a"}).token(4), "vocabulary of 4 tokens: id 4 given", UserError);
  CHECK_THROWS_WITH_AS(Vocabulary(std::vector<std::string>{"a", ""}), "vocabulary, id 4: the token is empty",
                       UserError);
}

TEST_CASE("text/vocabulary: the reader names the line") {
  auto read = [](std::string text) { Vocabulary::parse(text, "v"); };
  const std::string head = "<padding>\n<unknown>\n<end>\n";
  CHECK_THROWS_WITH_AS(read(""), "v: the file is empty; a vocabulary begins with the line <padding>", UserError);
  CHECK_THROWS_WITH_AS(read("<padding>\n<unknown>\n"),
                       "v: 2 lines given; a vocabulary begins with the lines <padding>, <unknown>, <end>", UserError);
  CHECK_THROWS_WITH_AS(read("<padding>\n"),
                       "v: 1 line given; a vocabulary begins with the lines <padding>, <unknown>, <end>", UserError);
  CHECK_THROWS_WITH_AS(read("<padding>\nthe\n"), "v, line 2: \"the\" given, <unknown> needed", UserError);
  CHECK_THROWS_WITH_AS(read(head + "a\nb"), "v: the last line does not end; the file is cut off", UserError);
  CHECK_THROWS_WITH_AS(read(head + "a\n\n"), "v, line 5: the token is empty", UserError);
  CHECK_THROWS_WITH_AS(read(head + "a b\n"), "v, line 4: token \"a b\" holds white space", UserError);
  CHECK_THROWS_WITH_AS(read(head + "a\nb\na\n"), "v, line 6: token \"a\" stands twice, first as id 3", UserError);
  CHECK_THROWS_WITH_AS(read(head + "<end>\n"), "v, line 4: token \"<end>\" is the name of a special token", UserError);
  CHECK_THROWS_WITH_AS(read(head + "\xFF\n"), "v, line 4: byte 1 (0xFF) is not UTF-8", UserError);
  CHECK_THROWS_WITH_AS(Vocabulary::read("no/such.vocab"), "no/such.vocab: No such file or directory", UserError);
}
