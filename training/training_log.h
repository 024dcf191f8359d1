// The two logs of a training run: log.jsonl, the same bytes for the same run wherever it was interrupted, and
// timing.jsonl, which holds what clocks say.
#pragma once

#include <cstdint>
#include <string>

namespace gradloom {

/// A file that lines are appended to. All errors are Fault::system and name the file.
class LineLog {
 public:
  /// Opens or makes the file and drops what stands behind its first `size` bytes; fewer than that is a UserError
  /// (Fault::input). A negative size keeps everything.
  LineLog(std::string path, std::int64_t size);
  ~LineLog();
  LineLog(const LineLog&) = delete;
  LineLog& operator=(const LineLog&) = delete;

  void append(const std::string& line);
  /// Makes what was appended durable.
  void sync();
  std::int64_t size() const { return size_; }

 private:
  [[noreturn]] void refuse(const char* action, int error) const;

  std::string path_;
  int file_ = -1;
  std::int64_t size_ = 0;
};

}  // namespace gradloom
