// Lines of every awkward kind of file, and the messages for files that cannot be read.
#include "text/line_reader.h"

#include <doctest/doctest.h>
#include <unistd.h>
#include <zlib.h>

#include <vector>

#include "base/error.h"
#include "tests/text/scratch_file.h"

using namespace gradloom;

namespace {

std::vector<std::string> lines_of(const std::string& content) {
  ScratchFile file(content);
  LineReader reader(file.path());
  std::vector<std::string> lines;
  for (std::string line; reader.next(line);) lines.push_back(line);
  CHECK(reader.line_number() == static_cast<std::int64_t>(lines.size()));
  return lines;
}

std::string gzipped(const std::string& content) {
  ScratchFile file("");
  gzFile out = gzopen(file.path().c_str(), "wb");
  gzwrite(out, content.data(), static_cast<unsigned>(content.size()));
  gzclose(out);
  std::ifstream in(file.path(), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("text/line_reader: lines end with LF, CRLF or the file, and a byte order mark is dropped") {
  CHECK(lines_of("") == Lines{});
  CHECK(lines_of("\n") == Lines{""});
  CHECK(lines_of("a\n\nb") == Lines{"a", "", "b"});
  CHECK(lines_of("\xEF\xBB\xBF"
                 "a\r\n\r\nb\rc\r\n") == Lines{"a", "", "b\rc"});
  CHECK(lines_of(std::string("a\0b\n", 4)) == Lines{std::string("a\0b", 3)});
  CHECK(lines_of("a\n\xEF\xBB\xBF\n") == Lines{"a", "\uFEFF"});
}

TEST_CASE("text/line_reader: a line of 10 MB is read whole") {
  std::string line(10'000'000, 'x');
  CHECK(lines_of(line + "\nb\n") == Lines{line, "b"});
}

TEST_CASE("text/line_reader: gzip is recognised by its content") {
  CHECK(lines_of(gzipped("le chat\nl'eau")) == Lines{"le chat", "l'eau"});
  ScratchFile file(gzipped("a\nb\n"));
  CHECK(read_file(file.path()) == "a\nb\n");
}

TEST_CASE("text/line_reader: a pipe is answered line by line") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  LineReader reader(ends[0], "standard input");
  std::string line;
  for (std::string sent : {"a\n", "b\n"}) {
    REQUIRE(write(ends[1], sent.data(), sent.size()) == 2);
    CHECK(reader.next(line));
    CHECK(line + "\n" == sent);
  }
  close(ends[1]);
  CHECK(!reader.next(line));
  close(ends[0]);
}

TEST_CASE("text/line_reader: what cannot be read is named with its line") {
  ScratchFile wrong("a\nb\xE9z\n");
  LineReader reader(wrong.path());
  std::string line;
  CHECK(reader.next(line));
  CHECK_THROWS_WITH_AS(reader.next(line), (wrong.path() + ", line 2: byte 2 (0xE9) is not UTF-8").c_str(), UserError);

  CHECK_THROWS_WITH_AS(LineReader("no/such/file.en"), "no/such/file.en: No such file or directory", UserError);
  CHECK_THROWS_WITH_AS(LineReader("/"), "/: is a directory, a file is needed", UserError);
  LineReader closed(-1, "standard input");
  CHECK_THROWS_WITH_AS(closed.next(line), "standard input, line 1: Bad file descriptor", UserError);

  std::string whole = gzipped(std::string(1000, 'a') + "\nbcdefgh\n");
  ScratchFile cut(whole.substr(0, whole.size() - 12));
  CHECK_THROWS_WITH_AS(read_file(cut.path()), (cut.path() + ": the compressed file is cut off").c_str(), UserError);
  std::string broken = whole;
  broken[broken.size() - 6] ^= 1;
  ScratchFile damaged(broken);
  LineReader damaged_reader(damaged.path());
  CHECK_THROWS_WITH_AS(while (damaged_reader.next(line)){},
                       (damaged.path() + ", line 1: the compressed data is damaged").c_str(), UserError);
}
