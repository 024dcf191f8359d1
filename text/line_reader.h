// Lines of a text file, plain or compressed by gzip, one after the other in constant memory; every fault of the file is
// reported with its name and line.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace gradloom {

/// Reads lines of UTF-8. A byte order mark at the beginning and a carriage return before a line feed are dropped, and
/// the last line may lack its line feed.
class LineReader {
 public:
  /// Opens a file; gzip is recognised by its content, not by its name. A missing or unreadable file is a UserError
  /// (Fault::input).
  explicit LineReader(const std::string& path);
  /// Reads from an open file descriptor, which stays open; `name` stands for it in messages. Not decompressed; a line
  /// of a pipe is given as soon as it has come.
  LineReader(int descriptor, std::string name);
  ~LineReader();
  LineReader(LineReader&&) noexcept;
  LineReader& operator=(LineReader&&) noexcept;

  /// The next line without its end; false after the last. A UserError (Fault::input) names the line and byte that is
  /// not UTF-8, or the line at which reading failed.
  bool next(std::string& line);

  /// The number of the line that `next` gave last, from 1.
  std::int64_t line_number() const;
  const std::string& name() const;

 private:
  struct Source;
  std::unique_ptr<Source> source_;
};

/// The bytes of a whole file, uncompressed if it is gzip. A missing or unreadable file is a UserError (Fault::input).
std::string read_file(const std::string& path);

}  // namespace gradloom
