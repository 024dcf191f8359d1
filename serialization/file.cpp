// Reading and atomic replacing of files over plain POSIX calls, as declared in file.h.
#include "serialization/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace gradloom {

namespace {

std::string error_text(int error) { return std::generic_category().message(error); }

// A file descriptor that is closed with the object.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

[[noreturn]] void refuse_reading(const std::string& path, int error) {
  throw UserError(concat_text("cannot read ", path, ": ", error_text(error)), Fault::input);
}

std::size_t read_some(const std::string& path, int file, std::span<char> to) {
  for (;;) {
    ssize_t count = ::read(file, to.data(), to.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) refuse_reading(path, errno);
  }
}

// One attempt to write a file: what was done so far, for the error text, and the partial file, removed unless renamed.
class Attempt {
 public:
  Attempt(const std::string& path, std::span<const std::span<const std::byte>> pieces) : path_(path), pieces_(pieces) {
    for (auto piece : pieces) total_ += piece.size();
  }
  ~Attempt() {
    if (file_ >= 0) ::close(file_);
    if (!partial_.empty()) file_calls().unlink(partial_.c_str());
  }
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  void write_directly() {
    direct_ = true;
    file_ = file_calls().open(path_.c_str(), O_WRONLY | O_CLOEXEC, 0);
    require_done(file_, "opening");
    write_pieces();
    close();
  }

  void replace(const std::string& target) {
    static std::atomic<unsigned> serial{0};
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    std::string partial;
    // In a container the process that was killed last time had the same number: take the next name then.
    do {
      partial = concat_text(target, ".partial-", ::getpid(), "-", serial++);
      file_ = file_calls().open(partial.c_str(), flags, 0666);
    } while (file_ < 0 && errno == EEXIST);
    require_done(file_, "creating a file beside it");
    partial_ = partial;
    write_pieces();
    require_done(sync(file_), "syncing");
    close();
    require_done(file_calls().rename(partial_.c_str(), target.c_str()), "renaming");
    partial_.clear();
    sync_folder(target);
  }

 private:
  void require_done(int result, std::string_view step) const {
    if (result >= 0) return;
    std::string error = error_text(errno);
    throw UserError(concat_text("cannot write ", path_, ": ", error, " while ", step, " (", written_, " of ", total_,
                                " bytes written", direct_ ? ")" : "; what was there is as before)"),
                    Fault::system);
  }

  void write_pieces() {
    // Linux writes at most 2 GiB a call.
    constexpr std::size_t most = std::size_t{1} << 30;
    for (auto piece : pieces_) {
      while (!piece.empty()) {
        ssize_t count = file_calls().write(file_, piece.data(), std::min(piece.size(), most));
        if (count < 0 && errno == EINTR) continue;
        require_done(count < 0 ? -1 : 0, "writing");
        written_ += static_cast<std::uint64_t>(count);
        piece = piece.subspan(static_cast<std::size_t>(count));
      }
    }
  }

  static int sync(int file) {
    int result = file_calls().sync(file);
    while (result < 0 && errno == EINTR) result = file_calls().sync(file);
    return result;
  }

  void close() {
    int file = file_;
    file_ = -1;
    require_done(file_calls().close(file), "closing");
  }

  // Without this a rename may be forgotten when the power fails.
  void sync_folder(const std::string& target) const {
    std::size_t slash = target.rfind('/');
    std::string folder = slash == std::string::npos ? "." : target.substr(0, slash + 1);
    int file = file_calls().open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    // Some file systems cannot sync a folder and say EINVAL: nothing more can be done there.
    bool done = file >= 0 && (sync(file) >= 0 || errno == EINVAL);
    int error = errno;
    if (file >= 0) file_calls().close(file);
    require(done, Fault::system, "cannot sync the folder of ", path_, ": ", error_text(error), " (its ", total_,
            " bytes are in place, but may not outlast a loss of power)");
  }

  const std::string& path_;
  std::span<const std::span<const std::byte>> pieces_;
  std::string partial_;
  bool direct_ = false;
  int file_ = -1;
  std::uint64_t total_ = 0;
  std::uint64_t written_ = 0;
};

// The path behind symbolic links, which may lead to a file that is not there yet.
std::string link_target(std::filesystem::path path) {
  std::error_code error;
  // As many links in a row as Linux follows.
  for (int i = 0; i < 40 && std::filesystem::is_symlink(std::filesystem::symlink_status(path, error)); ++i)
    path = path.parent_path() / std::filesystem::read_symlink(path, error);
  return path.string();
}

bool is_partial_name(std::string_view name) {
  auto drop_digits = [&] {
    std::size_t before = name.size();
    while (!name.empty() && name.back() >= '0' && name.back() <= '9') name.remove_suffix(1);
    return name.size() < before;
  };
  if (!drop_digits() || !name.ends_with('-')) return false;
  name.remove_suffix(1);
  return drop_digits() && name.ends_with(".partial-") && name != ".partial-";
}

}  // namespace

FileCalls& file_calls() {
  static FileCalls calls{
      .open = [](const char* path, int flags, mode_t mode) { return ::open(path, flags, mode); },
      .write = ::write,
      .sync = ::fsync,
      .close = ::close,
      .rename = ::rename,
      .unlink = ::unlink,
  };
  return calls;
}

std::string read_file(const std::string& path, std::uint64_t limit) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (file.number() < 0 || ::fstat(file.number(), &status) < 0) refuse_reading(path, errno);
  std::uint64_t size = S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
  require(size <= limit, Fault::input, path, ": ", size, " bytes, more than the limit of ", limit);
  // A pipe or a file of /proc has no size, and a growing file more than it said: read on to the end.
  std::string text;
  for (std::uint64_t chunk = size + 1;; chunk = 65536) {
    std::size_t before = text.size();
    try {
      text.resize(before + static_cast<std::size_t>(chunk));
    } catch (const std::exception&) {
      throw UserError(concat_text("cannot allocate ", before + chunk, " bytes to read ", path), Fault::system);
    }
    std::size_t count = read_some(path, file.number(), std::span(text).subspan(before));
    text.resize(before + count);
    if (count == 0) return text;
    require(text.size() <= limit, Fault::input, path, ": more than the limit of ", limit, " bytes");
  }
}

FileReader::FileReader(std::string path) : path_(std::move(path)) {
  // A pipe without a writer would hold an open that may block.
  Descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (file.number() < 0 || ::fstat(file.number(), &status) < 0) refuse_reading(path_, errno);
  require(S_ISREG(status.st_mode), Fault::input, "cannot read ", path_, ": a regular file was expected");
  size_ = static_cast<std::uint64_t>(status.st_size);
  file_ = file.release();
}

FileReader::~FileReader() { ::close(file_); }

void FileReader::read_at(std::uint64_t offset, std::span<std::byte> to) const {
  std::uint64_t begin = offset;
  std::uint64_t end = offset + to.size();
  while (!to.empty()) {
    ssize_t count = ::pread(file_, to.data(), std::min(to.size(), std::size_t{1} << 30), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) refuse_reading(path_, errno);
    require(count > 0, Fault::input, path_, ": the file ends at byte ", size_, ", but bytes ", begin, " to ", end,
            " were asked for");
    offset += static_cast<std::uint64_t>(count);
    to = to.subspan(static_cast<std::size_t>(count));
  }
}

void write_file(const std::string& path, std::span<const std::span<const std::byte>> pieces) {
  Attempt attempt(path, pieces);
  std::error_code error;
  auto kind = std::filesystem::status(path, error).type();
  require(kind != std::filesystem::file_type::directory, Fault::system, "cannot write ", path, ": a folder is there");
  if (kind != std::filesystem::file_type::regular && kind != std::filesystem::file_type::not_found &&
      kind != std::filesystem::file_type::none) {
    attempt.write_directly();
    return;
  }
  attempt.replace(link_target(path));
}

void require_writable(const std::string& path) {
  std::error_code error;
  auto kind = std::filesystem::status(path, error).type();
  require(kind != std::filesystem::file_type::directory, Fault::system, "cannot write ", path, ": a folder is there");
  if (kind != std::filesystem::file_type::regular && kind != std::filesystem::file_type::not_found) return;
  std::filesystem::path folder = std::filesystem::path(link_target(path)).parent_path();
  if (folder.empty()) folder = ".";
  bool can_write = ::access(folder.c_str(), W_OK | X_OK) == 0;
  require(can_write, Fault::system, "cannot write ", path, ": ", error_text(errno), ": the folder ", folder.string());
}

void write_file(const std::string& path, std::string_view text) {
  std::span<const std::byte> piece = bytes_of(text);
  write_file(path, {&piece, 1});
}

void remove_partial_files(const std::string& folder) {
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error);
  require(!error, Fault::system, "cannot read the folder ", folder, ": ", error.message());
  for (const auto& entry : entries)
    if (is_partial_name(entry.path().filename().string())) std::filesystem::remove(entry.path(), error);
}

}  // namespace gradloom
