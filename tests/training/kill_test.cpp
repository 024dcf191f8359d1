// Training that is killed at random moments: what was announced is there, and the end is the same to the byte.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "tests/training/small_corpus.h"
#include "text/draws.h"
#include "training/checkpoint.h"
#include "training/model_creation.h"

using namespace gradloom;

namespace {

// Announces every checkpoint through a pipe.
class Announcer : public TrainingObserver {
 public:
  explicit Announcer(int pipe) : pipe_(pipe) {}
  void saved(const TrainingPosition& position) override {
    if (::write(pipe_, &position.update, sizeof position.update) < 0) ::_exit(2);
  }

 private:
  int pipe_;
};

// Trains in a process of its own, kills it after so many microseconds unless it is done before; the last checkpoint
// that it announced, or -1, and whether it was done.
struct Killed {
  std::int64_t announced = -1;
  bool is_done = false;
};

Killed train_and_kill(const std::string& folder, useconds_t after) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    Announcer announcer(ends[1]);
    train(folder, {}, announcer);
    ::_exit(0);
  }
  ::close(ends[1]);
  ::usleep(after);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  Killed killed;
  killed.is_done = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  for (std::int64_t update = 0; ::read(ends[0], &update, sizeof update) == sizeof update;) killed.announced = update;
  ::close(ends[0]);
  return killed;
}

}  // namespace

TEST_CASE("training/kill: nothing announced is lost in a series of kills, and the end is the same") {
  ScratchFolder scratch;
  write_small_corpus(scratch);
  TrainingConfig config = small_config(scratch);
  config.checkpoint_every = 1;
  config.valid_every = 4;
  config.patience = 0;
  config.epochs = 4;
  create_model(config, scratch.path("whole"), false);
  TrainingObserver silent;
  train(scratch.path("whole"), {}, silent);

  create_model(config, scratch.path("m"), false);
  ModelFiles files(scratch.path("m"));
  Draws draws(7, 0);
  const int wanted = std::getenv("GRADLOOM_LONG") != nullptr ? 200 : 20;
  int kills = 0;
  for (std::int64_t last = 0; kills < wanted;) {
    Killed killed = train_and_kill(scratch.path("m"), static_cast<useconds_t>(2'000 + draws.below(60'000)));
    if (killed.is_done) {
      // Done: from the beginning again, until there were enough kills.
      create_model(config, scratch.path("m"), true);
      last = 0;
      continue;
    }
    ++kills;
    std::int64_t update = read_position(files).update;
    CHECK(update >= killed.announced);
    CHECK(update >= last);
    last = update;
  }
  train(scratch.path("m"), {}, silent);
  CHECK(lasting_bytes(scratch.path("m")) == lasting_bytes(scratch.path("whole")));
  for (const std::string& folder : {files.folder(), files.training()})
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      CHECK_MESSAGE(entry.path().string().find(".partial-") == std::string::npos, entry.path().string());
}
