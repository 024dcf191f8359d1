// gradloom translate between two pipes, as a program that talks to it line by line sees it.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <utility>

#include "serialization/file.h"
#include "tests/cli/command_call.h"
#include "tests/training/small_corpus.h"
#include "training/model_creation.h"

extern char** environ;

using namespace gradloom;

namespace {

// A running command whose standard input and output are pipes held here.
class Conversation {
 public:
  explicit Conversation(std::vector<std::string> words) {
    words.insert(words.begin(), GRADLOOM_BINARY_DIR "/gradloom");
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    std::array<int, 2> in{}, out{};
    REQUIRE(::pipe2(in.data(), O_CLOEXEC) == 0);
    REQUIRE(::pipe2(out.data(), O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    int failed = posix_spawn(&child_, words[0].c_str(), &actions, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(in[0]);
    ::close(out[1]);
    to_ = in[1];
    from_ = out[0];
    REQUIRE(failed == 0);
  }
  ~Conversation() {
    close_input();
    if (child_ > 0) ::kill(child_, SIGKILL);
    if (child_ > 0) ::waitpid(child_, nullptr, 0);
    ::close(from_);
  }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  void say(const std::string& text) {
    REQUIRE(::write(to_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  void close_input() {
    if (to_ >= 0) ::close(std::exchange(to_, -1));
  }

  // The next line of the answer, or none at its end. A command that waits for more input instead fails the test.
  std::optional<std::string> hear() {
    constexpr int patience = 120'000;  // milliseconds: only who never answers takes so long
    while (heard_.find('\n') == std::string::npos) {
      pollfd waiting{from_, POLLIN, 0};
      REQUIRE_MESSAGE(::poll(&waiting, 1, patience) == 1, "no answer while standard input is open");
      std::array<char, 4096> some{};
      ssize_t count = ::read(from_, some.data(), some.size());
      REQUIRE(count >= 0);
      if (count == 0) return std::nullopt;
      heard_.append(some.data(), static_cast<std::size_t>(count));
    }
    std::size_t end = heard_.find('\n');
    std::string line = heard_.substr(0, end);
    heard_.erase(0, end + 1);
    return line;
  }
  bool has_more() const { return !heard_.empty(); }
  int exit_code() {
    int status = 0;
    ::waitpid(std::exchange(child_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t child_ = -1;
  int to_ = -1, from_ = -1;
  std::string heard_;
};

}  // namespace

TEST_CASE("cli/translate: each line of a pipe is answered while the pipe stays open") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  write_small_corpus(scratch);
  std::string m = scratch.path("m");
  create_model(small_config(scratch), m, false);
  std::vector<std::string> lines{"w1 w2", "", "w3", "w4 w5 w6", "w7"}, expected;
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  std::string out = call({"translate", "--model", m}, all).out;
  for (std::size_t begin = 0; begin < out.size(); begin = out.find('\n', begin) + 1)
    expected.push_back(out.substr(begin, out.find('\n', begin) - begin));
  REQUIRE(expected.size() == lines.size());

  Conversation translate({"translate", "--model", m, "--threads", "1"});
  for (std::size_t i = 0; i < 3; ++i) {
    translate.say(lines[i] + "\n");
    CHECK(translate.hear() == expected[i]);
    CHECK(!translate.has_more());
  }
  // Half a line is not translated before its end comes.
  translate.say(lines[3] + "\n" + lines[4].substr(0, 1));
  CHECK(translate.hear() == expected[3]);
  CHECK(!translate.has_more());
  translate.say(lines[4].substr(1));
  translate.close_input();
  CHECK(translate.hear() == expected[4]);
  CHECK(translate.hear() == std::nullopt);
  CHECK(translate.exit_code() == 0);
}
