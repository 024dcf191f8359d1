// Checkpoints when the disk refuses or the process dies at any system call: the newest announced one loads.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "serialization/file.h"
#include "serialization/model_folder.h"
#include "tests/training/small_corpus.h"
#include "training/checkpoint.h"
#include "training/model_creation.h"

using namespace gradloom;

namespace {

FileCalls real_calls = file_calls();
int calls_left = 0;
bool dies = false;

// The last call that is left fails as a full disk does, or ends the process.
bool is_last() {
  if (--calls_left != 0) return false;
  if (dies) ::_exit(9);
  errno = ENOSPC;
  return true;
}

// Puts failing functions in place of the writing ones while it lives.
class FailingCalls {
 public:
  FailingCalls(int after, bool by_death) {
    calls_left = after;
    dies = by_death;
    file_calls().write = [](int file, const void* bytes, std::size_t count) -> ssize_t {
      return is_last() ? -1 : real_calls.write(file, bytes, count);
    };
    file_calls().sync = [](int file) { return is_last() ? -1 : real_calls.sync(file); };
    file_calls().rename = [](const char* from, const char* to) { return is_last() ? -1 : real_calls.rename(from, to); };
  }
  ~FailingCalls() { file_calls() = real_calls; }
};

// How many calls lie between one failure that is tried and the next; every call is tried in the long series.
int calls_between(int in_short) { return std::getenv("GRADLOOM_LONG") != nullptr ? 1 : in_short; }

struct Fixture {
  ScratchFolder scratch;
  std::string folder = scratch.path("m");
  TrainingConfig config;

  Fixture() {
    write_small_corpus(scratch, 40);
    config = small_config(scratch);
    config.checkpoint_every = 1;
    config.epochs = 1;
  }
};

// Remembers the newest announced checkpoint.
class Announced : public TrainingObserver {
 public:
  void saved(const TrainingPosition& position) override { update = position.update; }
  std::int64_t update = 0;
};

}  // namespace

TEST_CASE("training/checkpoint_failure: a full disk is exit code 4, and the checkpoint before it is whole") {
  Fixture f;
  create_model(f.config, f.folder, false);
  int failures = 0;
  for (int after = 1; after < 1000; after += calls_between(7)) {
    create_model(f.config, f.folder, true);
    Announced announced;
    std::string text;
    {
      FailingCalls failing(after, false);
      try {
        train(f.folder, {}, announced);
      } catch (const UserError& error) {
        CHECK(error.fault() == Fault::system);
        text = error.what();
      }
    }
    if (text.empty()) break;
    ++failures;
    CHECK_MESSAGE(text.find("No space left on device") != std::string::npos, text);
    CHECK_MESSAGE(text.find(f.folder) != std::string::npos, text);
    CHECK(read_position(ModelFiles(f.folder)).update >= announced.update);
    // What failed may have stood behind the last checkpoint, whose announcement is then missing for good.
    train(f.folder, {}, announced);
    CHECK(read_position(ModelFiles(f.folder)).update == 3);
  }
  CHECK(failures > 5);
}

TEST_CASE("training/checkpoint_failure: death at any system call loses nothing announced") {
  Fixture f;
  create_model(f.config, f.scratch.path("whole"), false);
  Announced silent;
  train(f.scratch.path("whole"), {}, silent);
  auto whole = lasting_bytes(f.scratch.path("whole"));
  int deaths = 0;
  for (int after = 1; after < 1000; after += calls_between(9)) {
    create_model(f.config, f.folder, true);
    pid_t child = ::fork();
    if (child == 0) {
      FailingCalls failing(after, true);
      Announced nobody;
      train(f.folder, {}, nobody);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WEXITSTATUS(status) == 0) break;
    CHECK(WEXITSTATUS(status) == 9);
    ++deaths;
    CHECK(!read_model_folder(f.folder).state.empty());
    train(f.folder, {}, silent);
    CHECK(lasting_bytes(f.folder) == whole);
  }
  CHECK(deaths > 5);
}

TEST_CASE("training/checkpoint_failure: a full disk leaves no half of a new folder") {
  Fixture f;
  auto before = f.scratch.names();
  int failures = 0;
  for (int after = 1; after < 100; ++after) {
    FailingCalls failing(after, false);
    try {
      create_model(f.config, f.folder, false);
      break;
    } catch (const UserError& error) {
      CHECK(error.fault() == Fault::system);
      ++failures;
    }
    // The folder is whole where only its parent could not be made durable.
    if (f.scratch.names() != before) {
      CHECK_MESSAGE(!read_model_folder(f.folder).state.empty(), after);
      std::filesystem::remove_all(f.folder);
    }
    CHECK(f.scratch.names() == before);
  }
  CHECK(failures > 10);
}
