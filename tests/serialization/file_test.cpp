// Files are read within limits and replaced whole or not at all: every write, sync and rename is made to fail, and
// the process to die, at each place (rows R12 and R13).
#include "serialization/file.h"

#include <doctest/doctest.h>
#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/error.h"
#include "tests/serialization/scratch_folder.h"

using namespace gradloom;

namespace {

template <class F>
std::string failure(Fault fault, F&& f) {
  try {
    f();
  } catch (const UserError& error) {
    CHECK(error.fault() == fault);
    return error.what();
  }
  return "(no error)";
}

// Counts the calls that change the disk; the one with the number `stop_at` fails, or ends the process.
enum class Stop { never, fail, die };
Stop stop = Stop::never;
int stop_at = 0;
int stop_errno = 0;
int calls = 0;
std::size_t longest_write = 0;
const FileCalls system_calls = file_calls();

bool stops_here() {
  if (++calls != stop_at || stop == Stop::never) return false;
  if (stop == Stop::die) _exit(9);
  errno = stop_errno;
  return true;
}

// A table that writes at most `longest_write` bytes a call, until the object ends.
class CountedCalls {
 public:
  CountedCalls(Stop kind, int at, int error = ENOSPC, std::size_t longest = 4) {
    stop = kind;
    stop_at = at;
    stop_errno = error;
    calls = 0;
    longest_write = longest;
    FileCalls& table = file_calls();
    table.open = [](const char* path, int flags, mode_t mode) {
      return stops_here() ? -1 : system_calls.open(path, flags, mode);
    };
    table.write = [](int file, const void* bytes, std::size_t count) -> ssize_t {
      return stops_here() ? -1 : system_calls.write(file, bytes, std::min(count, longest_write));
    };
    table.sync = [](int file) { return stops_here() ? -1 : system_calls.sync(file); };
    table.close = [](int file) {
      int result = system_calls.close(file);
      return stops_here() ? -1 : result;
    };
    table.rename = [](const char* from, const char* to) { return stops_here() ? -1 : system_calls.rename(from, to); };
  }
  ~CountedCalls() { file_calls() = system_calls; }
  CountedCalls(const CountedCalls&) = delete;
  CountedCalls& operator=(const CountedCalls&) = delete;
};

}  // namespace

TEST_CASE("serialization/file: a file is written, replaced and read back") {
  ScratchFolder folder;
  std::string path = folder.path("a");
  write_file(path, "first");
  CHECK(read_file(path, 5) == "first");
  std::string two = std::string("b\0", 2), three = "ccc";
  std::vector<std::span<const std::byte>> pieces{bytes_of(two), {}, bytes_of(three)};
  write_file(path, pieces);
  CHECK(read_file(path, 100) == std::string("b\0ccc", 5));
  write_file(path, "");
  CHECK(read_file(path, 0) == "");
  CHECK(folder.names() == std::vector<std::string>{"a"});
}

TEST_CASE("serialization/file: what cannot be read") {
  ScratchFolder folder;
  std::string path = folder.path("a");
  CHECK(failure(Fault::input, [&] { read_file(path, 9); }) == "cannot read " + path + ": No such file or directory");
  CHECK(failure(Fault::input, [&] { read_file(folder.path(), 9); }) ==
        "cannot read " + folder.path() + ": Is a directory");
  write_file(path, "0123456789");
  CHECK(failure(Fault::input, [&] { read_file(path, 9); }) == path + ": 10 bytes, more than the limit of 9");
  CHECK(failure(Fault::input, [&] { read_file("/dev/zero", 1000); }) == "/dev/zero: more than the limit of 1000 bytes");
  CHECK(read_file("/dev/null", 0) == "");
}

TEST_CASE("serialization/file: a reader of pieces") {
  ScratchFolder folder;
  std::string path = folder.path("a");
  write_file(path, "0123456789");
  FileReader reader(path);
  CHECK(reader.size() == 10);
  std::string piece(4, ' ');
  reader.read_at(3, std::as_writable_bytes(std::span(piece)));
  CHECK(piece == "3456");
  CHECK(failure(Fault::input, [&] { reader.read_at(8, std::as_writable_bytes(std::span(piece))); }) ==
        path + ": the file ends at byte 10, but bytes 8 to 12 were asked for");
  CHECK(failure(Fault::input, [&] { FileReader missing(folder.path("b")); }) ==
        "cannot read " + folder.path("b") + ": No such file or directory");
  CHECK(failure(Fault::input, [&] { FileReader device("/dev/null"); }) ==
        "cannot read /dev/null: a regular file was expected");
}

TEST_CASE("serialization/file: a folder, a missing folder and a link") {
  ScratchFolder folder;
  CHECK(failure(Fault::system, [&] { write_file(folder.path(), "abc"); }) ==
        "cannot write " + folder.path() + ": a folder is there");
  std::string lost = folder.path("no/a");
  CHECK(failure(Fault::system, [&] { write_file(lost, "abc"); }) ==
        "cannot write " + lost + ": No such file or directory while creating a file beside it (0 of 3 bytes written; " +
            "what was there is as before)");
  write_file(folder.path("a"), "old");
  REQUIRE(symlink("a", folder.path("link").c_str()) == 0);
  write_file(folder.path("link"), "new");
  CHECK(read_file(folder.path("a"), 9) == "new");
  CHECK(std::filesystem::is_symlink(folder.path("link")));
  REQUIRE(symlink("later", folder.path("dangling").c_str()) == 0);
  write_file(folder.path("dangling"), "made");
  CHECK(read_file(folder.path("later"), 9) == "made");
}

TEST_CASE("serialization/file: a full device is written to directly and named with the bytes (R13)") {
  CHECK(failure(Fault::system, [] { write_file("/dev/full", "0123456789"); }) ==
        "cannot write /dev/full: No space left on device while writing (0 of 10 bytes written)");
  CHECK_NOTHROW(write_file("/dev/null", "0123456789"));
  struct stat status {};
  REQUIRE(stat("/dev/full", &status) == 0);
  CHECK(S_ISCHR(status.st_mode));
}

TEST_CASE("serialization/file: whichever call fails, the old file is whole and nothing lies beside it (R13)") {
  ScratchFolder folder;
  std::string path = folder.path("a");
  // open, three writes, sync, close, rename, then open, sync, close of the folder
  const char* step[] = {"",        "creating a file beside it", "writing", "writing", "writing", "syncing", "closing",
                        "renaming"};
  int written[] = {0, 0, 0, 4, 8, 10, 10, 10};
  for (int n = 1; n <= 7; ++n) {
    CAPTURE(n);
    write_file(path, "old");
    CountedCalls failing(Stop::fail, n);
    CHECK(failure(Fault::system, [&] { write_file(path, "0123456789"); }) ==
          concat_text("cannot write ", path, ": No space left on device while ", step[n], " (", written[n],
                      " of 10 bytes written; what was there is as before)"));
    CHECK(read_file(path, 99) == "old");
    CHECK(folder.names() == std::vector<std::string>{"a"});
  }
  for (int n = 8; n <= 9; ++n) {
    CAPTURE(n);
    CountedCalls failing(Stop::fail, n, EIO);
    CHECK(failure(Fault::system, [&] { write_file(path, "0123456789"); }) ==
          concat_text("cannot sync the folder of ", path,
                      ": Input/output error (its 10 bytes are in place, but may not outlast a loss of power)"));
    CHECK(read_file(path, 99) == "0123456789");
  }
  CountedCalls failing(Stop::fail, 99);
  write_file(path, "0123456789");
  CHECK(calls == 10);
}

TEST_CASE("serialization/file: an interrupted call is repeated") {
  ScratchFolder folder;
  for (int n : {2, 3, 5, 9}) {
    CountedCalls interrupted(Stop::fail, n, EINTR);
    write_file(folder.path("a"), "0123456789");
    CHECK(read_file(folder.path("a"), 99) == "0123456789");
  }
}

TEST_CASE("serialization/file: wherever the process dies, the file is the old one or the new one (R12)") {
  ScratchFolder folder;
  std::string path = folder.path("a");
  for (int n = 1; n <= 11; ++n) {
    CAPTURE(n);
    write_file(path, "old");
    pid_t child = fork();
    if (child == 0) {
      CountedCalls dying(Stop::die, n);
      write_file(path, "0123456789");
      _exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == (n <= 10 ? 9 : 0));
    CHECK(read_file(path, 99) == (n <= 7 ? "old" : "0123456789"));
    remove_partial_files(folder.path());
    CHECK(folder.names() == std::vector<std::string>{"a"});
  }
}

TEST_CASE("serialization/file: what a process of the same number left behind is no obstacle") {
  ScratchFolder folder;
  write_file(folder.path("a"), "x");
  for (int serial = 0; serial < 200; ++serial) {
    std::ofstream litter(folder.path(concat_text("a.partial-", getpid(), "-", serial)));
    litter << "litter";
  }
  write_file(folder.path("a"), "new");
  CHECK(read_file(folder.path("a"), 9) == "new");
  remove_partial_files(folder.path());
  CHECK(folder.names() == std::vector<std::string>{"a"});
}

TEST_CASE("serialization/file: only partial files are removed") {
  ScratchFolder folder;
  for (const char* name : {"a.partial-12-0", "b", "c.partial", "d.partial-x-1", "e.partial-1-2x", ".partial-1-2"})
    write_file(folder.path(name), "x");
  remove_partial_files(folder.path());
  CHECK(folder.names() ==
        std::vector<std::string>{".partial-1-2", "b", "c.partial", "d.partial-x-1", "e.partial-1-2x"});
  CHECK(failure(Fault::system, [&] { remove_partial_files(folder.path("no")); }) ==
        "cannot read the folder " + folder.path("no") + ": No such file or directory");
}
