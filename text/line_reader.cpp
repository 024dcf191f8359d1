// Reading by blocks from plain files, gzip and descriptors, as declared in line_reader.h.
#include "text/line_reader.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "text/unicode.h"

namespace gradloom {
namespace {

constexpr unsigned block_size = 1 << 18;

struct CloseGz {
  void operator()(gzFile_s* file) const { gzclose(file); }
};

// zlib reads a file without gzip's magic number as it is.
using GzHandle = std::unique_ptr<gzFile_s, CloseGz>;

GzHandle open_file(const std::string& path) {
  struct stat info {};
  int found = stat(path.c_str(), &info);
  require(found == 0, Fault::input, path, ": ", std::strerror(errno));
  require(!S_ISDIR(info.st_mode), Fault::input, path, ": is a directory, a file is needed");
  errno = 0;
  GzHandle file(gzopen(path.c_str(), "rb"));
  require(file != nullptr, Fault::input, path, ": ", std::strerror(errno == 0 ? ENOMEM : errno));
  gzbuffer(file.get(), block_size);
  return file;
}

// The bytes read; an error of zlib or of the system is thrown with `place` in front.
std::size_t read_block(gzFile_s* file, std::vector<char>& block, const std::string& place) {
  block.resize(block_size);
  errno = 0;
  int count = gzread(file, block.data(), block_size);
  int code = Z_OK;
  const char* text = gzerror(file, &code);
  if (code == Z_ERRNO) text = std::strerror(errno);
  if (code == Z_BUF_ERROR) text = "the compressed file is cut off";
  if (code == Z_DATA_ERROR) text = "the compressed data is damaged";
  require(count >= 0 && (code == Z_OK || code == Z_STREAM_END), Fault::input, place, ": ", text);
  return static_cast<std::size_t>(count);
}

}  // namespace

struct LineReader::Source {
  GzHandle file;
  int descriptor = -1;  // read from when there is no file
  std::string name;
  std::vector<char> block{};
  std::size_t begin = 0, end = 0;
  std::int64_t line = 0;

  std::string place() const { return concat_text(name, ", line ", line); }

  // Gives what is there as soon as it is there, so that a pipe is answered line by line.
  std::size_t read_descriptor() {
    block.resize(block_size);
    ssize_t count = -1;
    do count = read(descriptor, block.data(), block_size);
    while (count < 0 && errno == EINTR);
    require(count >= 0, Fault::input, place(), ": ", std::strerror(errno));
    return static_cast<std::size_t>(count);
  }

  bool refill() {
    begin = 0;
    end = file != nullptr ? read_block(file.get(), block, place()) : read_descriptor();
    return end > 0;
  }
};

LineReader::LineReader(const std::string& path) : source_(new Source{open_file(path), -1, path}) {}

LineReader::LineReader(int descriptor, std::string name) : source_(new Source{nullptr, descriptor, std::move(name)}) {}

LineReader::~LineReader() = default;
LineReader::LineReader(LineReader&&) noexcept = default;
LineReader& LineReader::operator=(LineReader&&) noexcept = default;

bool LineReader::next(std::string& line) {
  Source& in = *source_;
  line.clear();
  ++in.line;
  bool any = false, ended = false;
  while (!ended && (in.begin < in.end || in.refill())) {
    any = true;
    const char* from = in.block.data() + in.begin;
    const void* feed = std::memchr(from, '\n', in.end - in.begin);
    ended = feed != nullptr;
    std::size_t length = ended ? static_cast<std::size_t>(static_cast<const char*>(feed) - from) : in.end - in.begin;
    line.append(from, length);
    in.begin += length + (ended ? 1 : 0);
  }
  if (!any) {
    --in.line;
    return false;
  }
  if (ended && line.ends_with('\r')) line.pop_back();
  if (in.line == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
  require_utf8(line, in.place());
  return true;
}

std::int64_t LineReader::line_number() const { return source_->line; }
const std::string& LineReader::name() const { return source_->name; }

std::string read_file(const std::string& path) {
  GzHandle file = open_file(path);
  std::string text;
  std::vector<char> block;
  while (std::size_t count = read_block(file.get(), block, path)) text.append(block.data(), count);
  return text;
}

}  // namespace gradloom
