// gradloom bleu: its line, its JSON, and what it refuses.
#include "text/bleu.h"

#include <doctest/doctest.h>

#include "serialization/file.h"
#include "serialization/json_reader.h"
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
  CHECK(refused("a\n") == "gradloom bleu: standard input has 1 lines but " + reference + " has 2\n");
}
