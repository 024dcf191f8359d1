// How the command is called: help, version, and every wrong usage with its message and exit code 2.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "serialization/file.h"
#include "tensor/simd.h"
#include "tests/cli/command_call.h"
#include "tests/training/small_corpus.h"

using namespace gradloom;

namespace {

// What `gradloom train` says on a terminal of so many columns.
std::string said_on_terminal(unsigned short columns, const ScratchFolder& scratch, const char* no_color) {
  std::string model = scratch.path("m"), source = scratch.path("train.en"), target = scratch.path("train.fr");
  winsize size{24, columns, 0, 0};
  int terminal = -1;
  pid_t child = ::forkpty(&terminal, nullptr, nullptr, &size);
  if (child == 0) {
    ::setenv("TERM", "xterm", 1);
    ::setenv("NO_COLOR", no_color, 1);
    ::execl(GRADLOOM_BINARY_DIR "/gradloom", "gradloom", "train", "--model", model.c_str(), "--overwrite",
            "--source-train", source.c_str(), "--target-train", target.c_str(), "--embedding", "8", "--hidden", "8",
            "--batch", "16", "--epochs", "1", nullptr);
    ::_exit(99);
  }
  std::string said;
  char buffer[4096];
  // Ends with an error (EIO) when the child has closed its end.
  for (ssize_t count = 0; (count = ::read(terminal, buffer, sizeof buffer)) > 0;)
    said.append(buffer, static_cast<std::size_t>(count));
  ::close(terminal);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 0);
  return said;
}

// A container may have no /dev/pts.
bool has_terminals() {
  int ends[2] = {-1, -1};
  if (::openpty(&ends[0], &ends[1], nullptr, nullptr, nullptr) != 0) return false;
  ::close(ends[0]);
  ::close(ends[1]);
  return true;
}

void check_refused(const std::vector<std::string>& arguments, const std::string& message) {
  Called called = call(arguments);
  CHECK(called.code == 2);
  CHECK(called.out == "");
  CHECK(called.err == message + "\n");
}

}  // namespace

TEST_CASE("cli/usage: help and version go to standard output") {
  if (!command_is_built()) return;
  Called help = call({"--help"});
  CHECK(help.code == 0);
  CHECK(help.err == "");
  CHECK(help.out.starts_with("Usage: gradloom COMMAND [options]\n\n"));
  CHECK(help.out.find("\n  bleu        scores the translations on standard input") != std::string::npos);
  Called version = call({"--version"});
  CHECK(version.code == 0);
  CHECK(version.out.starts_with("gradloom 0.1.0 (BLAS kernels: "));
  CHECK(version.out.ends_with(concat_text("; tiles: ", simd::name_of(simd::instruction_set()), ")\n")));
  Called command = call({"ops", "--help"});
  CHECK(command.code == 0);
  CHECK(command.out ==
        "Usage: gradloom ops [options] [NAME]\n"
        "the reference of operations, made from their definitions\n\n"
        "  NAME                        only this operation\n\n"
        "  --markdown                  as docs/ops.md has it\n"
        "  --help                      print this text\n");
}

TEST_CASE("cli/usage: what cannot be understood is refused with exit code 2") {
  if (!command_is_built()) return;
  Called none = call({});
  CHECK(none.code == 2);
  CHECK(none.err.starts_with("gradloom: a command was expected: "));
  check_refused({"blue"}, "gradloom: no command \"blue\"; did you mean \"bleu\"?");
  check_refused({"--version", "now"}, "gradloom: \"now\" is one argument too many");
  check_refused({"--vresion"}, "gradloom: no option \"--vresion\" before a command; did you mean \"--version\"?");
  check_refused({"bleu", "--jsno", "reference"}, "gradloom bleu: no option \"--jsno\"; did you mean \"--json\"?");
  check_refused({"bleu", "-x", "reference"}, "gradloom bleu: no option \"-x\"");
  check_refused({"bleu"}, "gradloom bleu: REFERENCE is missing");
  check_refused({"bleu", "a", "b"}, "gradloom bleu: \"b\" is one argument too many");
  check_refused({"bleu", "a", "--smoothing", "ex"},
                "gradloom bleu: --smoothing ex: exp, floor, add-k, none can be chosen");
  check_refused({"run", "m"}, "gradloom run: --function is missing");
  check_refused({"run", "m", "--function"}, "gradloom run: --function needs a value");
  check_refused({"run", "m", "--function", "f", "--steps", "1", "--steps", "2"},
                "gradloom run: --steps was given 2 times");
  check_refused({"run", "m", "--function", "f", "--steps", "2x"},
                "gradloom run: --steps 2x: a whole number was expected");
  check_refused({"run", "m", "--function", "f", "--steps=-1"},
                "gradloom run: --steps -1: a number from 0 to 9223372036854775807 was expected");
  check_refused({"run", "m", "--function", "f", "--threads", "0"},
                "gradloom run: --threads 0: a number from 1 to 1024 was expected");
  check_refused({"run", "m", "--function", "f", "--input", "x"}, "gradloom run: --input x: NAME=FILE was expected");
  check_refused({"run", "m", "--function", "f", "--input", "x=1", "x=2"},
                "gradloom run: --input x=2: x was given before");
  check_refused({"ops", "sofmax"}, "gradloom ops: no op \"sofmax\"; did you mean \"softmax\"?");
}

TEST_CASE("cli/usage: a reader that has gone ends the command quietly") {
  if (!command_is_built()) return;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::execl(GRADLOOM_BINARY_DIR "/gradloom", "gradloom", "ops", "--markdown", nullptr);
    ::_exit(99);
  }
  ::close(ends[1]);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("cli/usage: a full disk under standard output is trouble of the system") {
  if (!command_is_built() || ::access("/dev/full", W_OK) != 0) return;
  pid_t child = ::fork();
  if (child == 0) {
    ::dup2(::open("/dev/full", O_WRONLY), STDOUT_FILENO);
    ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);
    ::execl(GRADLOOM_BINARY_DIR "/gradloom", "gradloom", "ops", nullptr);
    ::_exit(99);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 4);
}

TEST_CASE("cli/usage: a file that cannot be written is refused before the work") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  std::string folder = scratch.path("none"), file = folder + "/trace.json";
  std::string refusal = "cannot write " + file + ": No such file or directory: the folder " + folder + "\n";
  auto refused = [&](std::vector<std::string> arguments) {
    Called called = call(arguments);
    CHECK(called.code == 4);
    CHECK(called.out == "");
    CHECK(called.err == concat_text("gradloom ", arguments[0], ": ", refusal));
  };
  refused({"bench", "--steps", "1000000", "--trace", file});
  refused({"train", "--model", scratch.path("m"), "--trace", file});
  refused({"translate", "--model", scratch.path("m"), "--alignments", file});
  refused({"translate", "--model", scratch.path("m"), "--heatmap", file});
  refused({"report", "--model", "m", "--source", "s", "--reference", "r", "--output", file});
  Called called = call({"bench", "--steps", "1000000", "--trace", scratch.path()});
  CHECK(called.err == "gradloom bench: cannot write " + scratch.path() + ": a folder is there\n");
}

TEST_CASE("cli/usage: memory that is not there is trouble of the system") {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  if (!command_is_built()) return;
  ScratchFolder scratch;
  // OpenBLAS by itself would ask for ever.
  std::string command = "ulimit -v 140000; OPENBLAS_NUM_THREADS=1 " GRADLOOM_BINARY_DIR
                        "/gradloom bench --embedding 8 --hidden 8 --vocabulary 16 --batch 2 --source-length 3 "
                        "--target-length 3 --losses 1 2> " +
                        scratch.path("said");
  int status = ::system(command.c_str());
  CHECK(WEXITSTATUS(status) == 4);
  CHECK(read_file(scratch.path("said"), 1000) ==
        "gradloom bench: cannot allocate 134217728 bytes, the buffer of one thread for matrix products\n");
#endif
}

TEST_CASE("cli/usage: an interrupt ends the command with exit code 130") {
  if (!command_is_built()) return;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  pid_t child = ::fork();
  if (child == 0) {
    // It waits for lines that never come.
    ::dup2(ends[0], STDIN_FILENO);
    ::close(ends[1]);
    ::execl(GRADLOOM_BINARY_DIR "/gradloom", "gradloom", "bleu", GRADLOOM_SOURCE_DIR "/README.md", nullptr);
    ::_exit(99);
  }
  ::usleep(500'000);
  ::kill(child, SIGINT);
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 130);
}

TEST_CASE("cli/usage: progress is one line on a terminal of any width, and plain lines where NO_COLOR is set") {
  if (!command_is_built()) return;
  if (!has_terminals()) {
    MESSAGE("skipped: no pseudo-terminal can be opened here");
    return;
  }
  ScratchFolder scratch;
  write_small_corpus(scratch);
  const std::string over = "\r\033[K", text = "epoch 1, update 1 (";
  std::string wide = said_on_terminal(120, scratch, "");
  std::size_t at = wide.find(over + "━");
  REQUIRE(at != std::string::npos);
  CHECK(wide.find(text, at) < wide.find(over, at + 1));
  // 29 columns for the text, none for the bar.
  std::string narrow = said_on_terminal(30, scratch, "");
  CHECK(narrow.find("━") == std::string::npos);
  at = narrow.find(over + text);
  REQUIRE(at != std::string::npos);
  CHECK(narrow.find(over, at + 1) == at + over.size() + 29);
  std::string plain = said_on_terminal(120, scratch, "1");
  CHECK(plain.find('\033') == std::string::npos);
  CHECK(plain.find("epoch 1, ") != std::string::npos);
}
