// The demonstration in few steps: both models learn, and what it prints and writes is whole.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "serialization/file.h"
#include "tests/cli/command_call.h"
#include "tests/serialization/scratch_folder.h"

using namespace gradloom;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::set<std::string> keys_of(const nlohmann::json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

// The losses of the progress lines `MODEL: update 10 of 30, loss 5.3, BLEU 0.1`.
std::vector<double> losses_of(const std::string& text, const std::string& model) {
  std::vector<double> losses;
  for (const std::string& line : lines_of(text))
    if (line.starts_with(model + ": update ")) losses.push_back(std::stod(line.substr(line.find("loss ") + 5)));
  return losses;
}

}  // namespace

TEST_CASE("cli/demo: both models learn, and the figures, the pages and the model folders are there") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  std::string folder = scratch.path("shown");
  Called called = call({"demo", "--output", folder, "--steps", "30", "--threads", "1", "--json"});
  REQUIRE(called.code == 0);
  for (const char* model : {"traditional", "attention"}) {
    std::vector<double> losses = losses_of(called.err, model);
    REQUIRE(losses.size() == 3);
    CHECK(losses[2] < losses[0] - 0.5);
  }

  auto figures = nlohmann::json::parse(lines_of(called.out).back());
  CHECK(keys_of(figures) == std::set<std::string>{"traditional", "attention"});
  CHECK(keys_of(figures["traditional"]) == std::set<std::string>{"bleu", "loss", "seconds", "parameters"});
  CHECK(keys_of(figures["attention"]) ==
        std::set<std::string>{"bleu", "loss", "seconds", "parameters", "alignment_accuracy"});
  CHECK(figures["attention"]["parameters"].get<std::int64_t>() > figures["traditional"]["parameters"]);
  CHECK(figures["traditional"]["parameters"].get<std::int64_t>() > 100'000);
  CHECK(figures["attention"]["parameters"].get<std::int64_t>() < 10'000'000);
  for (const auto& model : figures) {
    CHECK(model["loss"].get<double>() > 0);
    CHECK(model["loss"].get<double>() < 7);  // that of guessing
    CHECK(model["seconds"].get<double>() > 0);
  }
  CHECK(
      called.out.find("\nEnglish      The black cat ate the mouse.\nFrench       Le chat noir a mangé la souris.\n") !=
      std::string::npos);

  std::string page = read_file(folder + "/report.html", 10'000'000);
  CHECK(page.find("aria-label=\"attention: The black cat ate the mouse . / ") < page.find("BLEU by sentence length"));
  Called translated = call({"translate", "--model", folder + "/attention"}, "The black cat ate the mouse.\n");
  CHECK(translated.code == 0);
  CHECK(lines_of(translated.out).size() == 1);

  // Another demonstration may take its place; what is no demonstration may not be lost.
  write_file(folder + "/mine.txt", "dear to me");
  Called again = call({"demo", "--output", folder, "--steps", "1"});
  CHECK(again.code == 2);
  CHECK(again.out == "");
  CHECK(again.err == "gradloom demo: " + folder +
                         " holds \"mine.txt\", which is no part of a demonstration; choose another folder with "
                         "--output\n");
}
