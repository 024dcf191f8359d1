// Reading of whole files within a limit, and writing that either replaces a file completely or leaves it as it was,
// whenever the process or the disk gives up.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gradloom {

/// The whole file. A UserError (Fault::input) when it cannot be read or has more bytes than `limit`.
std::string read_file(const std::string& path, std::uint64_t limit);

/// A regular file that is read piece by piece. All errors are Fault::input and name the file.
class FileReader {
 public:
  explicit FileReader(std::string path);
  ~FileReader();
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  const std::string& path() const { return path_; }
  std::uint64_t size() const { return size_; }
  /// Fills `to` with the bytes from `offset` on; an error when the file ends before.
  void read_at(std::uint64_t offset, std::span<std::byte> to) const;

 private:
  std::string path_;
  int file_ = -1;
  std::uint64_t size_ = 0;
};

/// Replaces or makes the file: the pieces are written one after another beside it (`PATH.partial-...`), synced and
/// renamed, and the folder is synced. A UserError (Fault::system) that names the file and the bytes written leaves the
/// old file whole and nothing beside it. A symbolic link stays, what it points to is replaced; into a device or pipe
/// the bytes are written directly.
void write_file(const std::string& path, std::span<const std::span<const std::byte>> pieces);
void write_file(const std::string& path, std::string_view text);

/// Asks before long work whether write_file(path) has a chance: a UserError (Fault::system) when the folder is missing
/// or may not be written, or when a folder is there.
void require_writable(const std::string& path);

/// Removes what a killed process left behind in a folder: the files `*.partial-NUMBER-NUMBER`.
void remove_partial_files(const std::string& folder);

/// The system calls of write_file, with the manners of their namesakes.
struct FileCalls {
  int (*open)(const char* path, int flags, mode_t mode);
  ssize_t (*write)(int file, const void* bytes, std::size_t count);
  int (*sync)(int file);
  int (*close)(int file);
  int (*rename)(const char* from, const char* to);
  int (*unlink)(const char* path);
};

/// The table in use. Tests put their own functions in, to fail or to stop the process at the n-th call.
FileCalls& file_calls();

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace gradloom
