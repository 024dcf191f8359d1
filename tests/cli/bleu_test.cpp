// gradloom bleu: its line, its JSON, and what it refuses.
#include "text/bleu.h"

#include <doctest/doctest.h>

#include "serialization/file.h"
#include "serialization/json_reader.h"
#include "serialization/json_writer.h"
#include "tests/cli/command_call.h"
#include "tests/serialization/scratch_folder.h"

using namespace gradloom;

namespace {

const std::string reference_lines = "The black cat ate the white mouse .\nIt is raining today in Paris .\n";
const std::string hypothesis_lines = "The black cat ate a white mouse .\nIt rains today in Paris .\n";

}  // namespace

TEST_CASE("cli/bleu: the line of a score and its JSON") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  write_file(scratch.path("reference"), reference_lines);
  Called text = call({"bleu", scratch.path("reference")}, hypothesis_lines);
  CHECK(text.code == 0);
  CHECK(text.err == "");
  CHECK(text.out.starts_with("BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp = "));
  CHECK(text.out.ends_with(" hyp_len = 14 ref_len = 15)\n"));

  Called json = call({"bleu", scratch.path("reference"), "--json"}, hypothesis_lines);
  JsonDocument document = JsonDocument::parse(json.out, "json");
  std::vector<std::string> hypotheses{"The black cat ate a white mouse .", "It rains today in Paris ."};
  std::vector<std::string> references{"The black cat ate the white mouse .", "It is raining today in Paris ."};
  BleuScore score = corpus_bleu(hypotheses, references);
  CHECK(document.root().at("bleu").as_number() == score.score);
  CHECK(document.root().at("precisions").elements()[1].as_number() == score.precisions[1]);
  CHECK(document.root().at("brevity_penalty").as_number() == score.brevity_penalty);
  CHECK(document.root().at("signature").as_string() == bleu_signature());
}

TEST_CASE("cli/bleu: settings change the signature") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  write_file(scratch.path("reference"), reference_lines);
  Called called =
      call({"bleu", "--lowercase", "--tokenizer", "none", "--smoothing", "floor", scratch.path("reference")},
           hypothesis_lines);
  CHECK(called.out.starts_with("BLEU|nrefs:1|case:lc|eff:no|tok:none|smooth:floor[0.10] = "));
}

TEST_CASE("cli/bleu: bad input has exit code 3") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  std::string reference = scratch.path("reference");
  auto refused = [&](const std::string& lines) {
    Called called = call({"bleu", reference}, lines);
    CHECK(called.code == 3);
    CHECK(called.out == "");
    return called.err;
  };
  CHECK(refused("a\n").starts_with("gradloom bleu: "));
  write_file(reference, "");
  CHECK(refused("a\n") == "gradloom bleu: " + reference + ": no lines\n");
  write_file(reference, reference_lines);
  CHECK(refused("") == "gradloom bleu: standard input: no lines\n");
  CHECK(refused("a\n") == "gradloom bleu: standard input has 1 line but " + reference + " has 2\n");
}

TEST_CASE("cli/bleu: chrF2, and scores of sentences") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  std::string reference = scratch.path("reference");
  write_file(reference, reference_lines);
  Called both = call({"bleu", reference, "--chrf"}, hypothesis_lines);
  CHECK(both.out.find("\nchrF2|nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no = ") != std::string::npos);
  Called sentences = call({"bleu", reference, "--sentences"}, reference_lines);
  std::string line = "The black cat ate the white mouse .";
  std::string whole = json_number(sentence_bleu(line, line)) + "\t100\n";
  CHECK(sentences.out == whole + whole);
  Called refused = call({"bleu", reference, "--sentences", "--json"}, hypothesis_lines);
  CHECK(refused.code == 2);
  CHECK(refused.err == "gradloom bleu: --sentences prints a line a sentence, not --json or --chrf of all\n");
}

TEST_CASE("cli/compare: both scores, their difference and its p-value") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  std::string reference = scratch.path("reference"), first = scratch.path("first"), second = scratch.path("second");
  std::string lines, worse;
  for (int i = 0; i < 40; ++i) {
    lines += reference_lines;
    worse += hypothesis_lines;
  }
  write_file(reference, lines);
  write_file(first, worse);
  write_file(second, lines);
  Called text = call({"compare", reference, first, second, "--samples", "99"});
  CHECK(text.code == 0);
  CHECK(text.out.starts_with("BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp, 95 % of 99 samples\n" + first + ": "));
  CHECK(text.out.find("\n" + second + ": 100.00 (100.00 to 100.00), chrF2 100.00\ndifference: ") != std::string::npos);
  CHECK(text.out.ends_with("), p = 0.0100\n"));
  Called json = call({"compare", reference, second, second, "--json"});
  JsonDocument document = JsonDocument::parse(json.out, "json");
  CHECK(document.root().at("p").as_number() == 1);
  CHECK(document.root().at("difference").at("high").as_number() == 0);
  CHECK(document.root().at("first").at("value").as_number() == doctest::Approx(100));
  write_file(second, "one\n");
  Called refused = call({"compare", reference, first, second});
  CHECK(refused.code == 3);
  CHECK(refused.err == "gradloom compare: " + second + " has 1 line but " + reference + " has 80\n");
}
