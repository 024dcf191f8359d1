// gradloom report: figures by length for one model and two, and the page.
#include <doctest/doctest.h>

#include "serialization/file.h"
#include "serialization/json_reader.h"
#include "tests/cli/command_call.h"
#include "tests/training/small_corpus.h"
#include "training/model_creation.h"

using namespace gradloom;

TEST_CASE("cli/report: one model, and two side by side") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  create_model(config, scratch.path("attention"), false);
  config.attention = "none";
  create_model(config, scratch.path("plain"), false);
  std::string source = scratch.path("valid.en"), reference = scratch.path("valid.fr"), page = scratch.path("page.html");
  std::vector<std::string> call_of{
      "report", "--model", scratch.path("attention"), "--source", source, "--reference", reference, "--output", page};
  Called one = call(call_of);
  CHECK(one.code == 0);
  CHECK(one.err == "");
  CHECK(one.out.starts_with("\tattention\nBLEU\t"));
  CHECK(one.out.find("\n1-3 words (") != std::string::npos);
  CHECK(one.out.find("p = ") == std::string::npos);
  CHECK(read_file(page, 1 << 24).find("<title>How attention translates</title>") != std::string::npos);

  call_of.insert(call_of.end(), {"--against", scratch.path("plain"), "--json"});
  Called two = call(call_of);
  JsonDocument document = JsonDocument::parse(two.out, "json");
  CHECK(document.root().at("models").size() == 2);
  CHECK(document.root().at("models").elements()[1].at("name").as_string() == "plain");
  CHECK(document.root().at("p").as_number() > 0);
  CHECK(read_file(page, 1 << 24).find("<title>attention and plain</title>") != std::string::npos);

  write_file(reference, "one\n");
  Called refused = call(call_of);
  CHECK(refused.code == 3);
  CHECK(refused.err == "gradloom report: " + source + " has 20 lines but " + reference + " has 1\n");
}
