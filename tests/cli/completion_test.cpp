// Completion and the manual are made from the declarations: every command and option is in them, shells and roff read
// them, and bash completes what it should.
#include <doctest/doctest.h>

#include <cstdlib>
#include <regex>
#include <set>

#include "serialization/file.h"
#include "tests/cli/command_call.h"
#include "tests/serialization/scratch_folder.h"

using namespace gradloom;

namespace {

bool is_installed(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

std::set<std::string> found(const std::string& text, const std::string& pattern) {
  std::set<std::string> all;
  std::regex expression(pattern);
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at) all.insert((*at)[1]);
  return all;
}

std::set<std::string> commands() { return found(call({"--help"}).out, "\n  ([a-z]+)  "); }

// What bash offers for the last of the words.
std::string completed(const ScratchFolder& scratch, const std::string& words, int at) {
  std::string script = "source " + scratch.path("gradloom.bash") + "\nCOMP_WORDS=(" + words +
                       ")\nCOMP_CWORD=" + std::to_string(at) + "\n_gradloom\necho \"${COMPREPLY[*]}\" > " +
                       scratch.path("reply") + "\n";
  write_file(scratch.path("try.bash"), script);
  REQUIRE(std::system(("bash " + scratch.path("try.bash")).c_str()) == 0);
  return read_file(scratch.path("reply"), 100'000);
}

}  // namespace

TEST_CASE("cli/completion: every shell is told every command and option") {
  if (!command_is_built()) return;
  CHECK(commands().size() > 10);
  for (const char* shell : {"bash", "zsh", "fish"}) {
    Called called = call({"completion", shell});
    CHECK(called.code == 0);
    for (const std::string& command : commands()) {
      CHECK_MESSAGE(called.out.find(command) != std::string::npos, shell << " " << command);
      for (const std::string& option : found(call({command, "--help"}).out, "\n  --([a-z-]+)"))
        CHECK_MESSAGE((called.out.find(option) != std::string::npos || option == "help"), shell << " " << option);
    }
  }
  Called refused = call({"completion", "ksh"});
  CHECK(refused.code == 2);
  CHECK(refused.err == "gradloom completion: SHELL ksh: bash, zsh, fish can be chosen\n");
}

TEST_CASE("cli/completion: shells can read their scripts, and bash completes") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  for (const char* shell : {"bash", "zsh", "fish"}) {
    std::string path = scratch.path("gradloom.") + shell;
    write_file(path, call({"completion", shell}).out);
    if (is_installed(shell)) CHECK(std::system((std::string(shell) + " -n " + path).c_str()) == 0);
  }
  CHECK(completed(scratch, "gradloom tra", 1) == "train translate\n");
  CHECK(completed(scratch, "gradloom train --sour", 2) == "--source-train --source-valid\n");
  CHECK(completed(scratch, "gradloom train --cell ''", 3) == "gru lstm rnn\n");
  CHECK(completed(scratch, "gradloom train --model ''", 3) == "\n");
  CHECK(completed(scratch, "gradloom completion z", 2) == "zsh\n");
}

TEST_CASE("cli/completion: the manual has every command, option and exit code, and no fault for roff") {
  if (!command_is_built()) return;
  Called called = call({"manual"});
  CHECK(called.code == 0);
  std::string text = std::regex_replace(called.out, std::regex("\\\\-"), "-");
  for (const std::string& command : commands()) {
    CHECK_MESSAGE(text.find(".SS gradloom " + command + "\n") != std::string::npos, command);
    for (const std::string& option : found(call({command, "--help"}).out, "\n  (--[a-z-]+)"))
      CHECK_MESSAGE((text.find("\\fB" + option + "\\fR") != std::string::npos || option == "--help"), option);
  }
  for (const char* code : {"0", "1", "2", "3", "4", "130"})
    CHECK_MESSAGE(text.find(std::string(".TP\n") + code + "\n") != std::string::npos, code);
  if (!is_installed("groff")) return;
  ScratchFolder scratch;
  write_file(scratch.path("gradloom.1"), called.out);
  CHECK(std::system(("groff -man -ww -z " + scratch.path("gradloom.1") + " 2> " + scratch.path("said")).c_str()) == 0);
  CHECK(read_file(scratch.path("said"), 10'000) == "");
}
