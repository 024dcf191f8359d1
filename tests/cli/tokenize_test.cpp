// gradloom tokenize: tokens and ids as the model's own files say.
#include <doctest/doctest.h>

#include "tests/cli/command_call.h"
#include "tests/training/small_corpus.h"
#include "training/model_creation.h"
#include "training/model_files.h"

using namespace gradloom;

TEST_CASE("cli/tokenize: a line for a line, as tokens or as ids of either side") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  write_small_corpus(scratch);
  std::string m = scratch.path("m");
  create_model(small_config(scratch), m, false);
  Called tokens = call({"tokenize", "--model", m}, "w1  w2,\n\nunseen");
  CHECK(tokens.code == 0);
  CHECK(tokens.out == "w1 w2 ￭,\n\nunseen\n");
  Vocabulary target = Vocabulary::read(ModelFiles(m).target_vocabulary());
  Called ids = call({"tokenize", "--model", m, "--side", "target", "--ids"}, "m3 unseen m7\n");
  CHECK(ids.out == std::to_string(target.id("m3")) + " 1 " + std::to_string(target.id("m7")) + "\n");

  Called missing = call({"tokenize", "--model", scratch.path("none")});
  CHECK(missing.code == 3);
  CHECK(missing.err ==
        "gradloom tokenize: no model at " + scratch.path("none") + ": there is no such file or folder\n");
  Called broken = call({"tokenize", "--model", m}, "w1\ncaf\xe9\n");
  CHECK(broken.code == 3);
  CHECK(broken.out == "w1\n");
  CHECK(broken.err == "gradloom tokenize: standard input, line 2: byte 4 (0xE9) is not UTF-8\n");
}
