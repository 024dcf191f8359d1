// Lines of standard input as they come: many at once from a file, what is there from a pipe that pauses.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace gradloom {

class LineFeed {
 public:
  /// Reads the open file in a thread of its own, which ends with the process.
  LineFeed(int descriptor, std::string name);
  ~LineFeed();
  LineFeed(const LineFeed&) = delete;
  LineFeed& operator=(const LineFeed&) = delete;

  /// Up to 1024 lines: fewer at the end or when no more come for a tenth of a second. None after the last, or when
  /// reading failed.
  std::vector<std::string> next();
  /// Throws what reading failed with, if it did.
  void rethrow() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace gradloom
