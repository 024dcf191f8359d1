// A child process whose three streams are files, as declared in command_call.h: nothing can block.
#include "tests/cli/command_call.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "serialization/file.h"
#include "tests/serialization/scratch_folder.h"

extern char** environ;

namespace gradloom {

namespace {

const std::string command = GRADLOOM_BINARY_DIR "/gradloom";

}  // namespace

bool command_is_built() {
  bool is_built = std::filesystem::exists(command);
  if (!is_built) MESSAGE("the command is not built here, so its tests are left out");
  return is_built;
}

Called call(const std::vector<std::string>& arguments, const std::string& input) {
  ScratchFolder scratch;
  write_file(scratch.path("in"), input);
  std::vector<std::string> words{command};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  std::string in = scratch.path("in"), out = scratch.path("out"), err = scratch.path("err");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, in.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT, 0600);
  pid_t child = 0;
  int failed = posix_spawn(&child, command.c_str(), &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " + command);
  int status = 0;
  ::waitpid(child, &status, 0);

  Called called;
  called.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  constexpr std::uint64_t most = 100'000'000;
  called.out = read_file(out, most);
  called.err = read_file(err, most);
  return called;
}

}  // namespace gradloom
