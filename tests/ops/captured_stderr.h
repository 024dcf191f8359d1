// What is written to std::cerr while it lives, for tests of what an operation prints.
#pragma once

#include <iostream>
#include <sstream>
#include <string>

namespace gradloom {

class CapturedStderr {
 public:
  CapturedStderr() : before_(std::cerr.rdbuf(text_.rdbuf())) {}
  ~CapturedStderr() { std::cerr.rdbuf(before_); }
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;

  /// What was written since the last call.
  std::string take() {
    std::string text = text_.str();
    text_.str("");
    return text;
  }

 private:
  std::ostringstream text_;
  std::streambuf* before_;
};

}  // namespace gradloom
