// The control sequences of progress_line.h: back to the first column, and clear to the end of the line.
#include "cli/progress_line.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "cli/output.h"

namespace gradloom {

namespace {

constexpr std::string_view over = "\r\033[K";

bool can_write_over() {
  const char *no_color = std::getenv("NO_COLOR"), *kind = std::getenv("TERM");
  bool is_plain = (no_color && *no_color) || (kind && std::string_view(kind) == "dumb");
  return !is_plain && ::isatty(STDERR_FILENO) == 1;
}

}  // namespace

ProgressLine::ProgressLine(bool quiet) : is_quiet_(quiet), writes_over_(can_write_over()) {}

void ProgressLine::show(double share, const std::string& text) const {
  if (is_quiet_ || !writes_over_) return;
  constexpr int cells = 24;
  std::string line(over);
  for (int i = 0; i < cells; ++i) line += i < share * cells ? "━" : " ";
  line += " " + text;
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
}

void ProgressLine::keep(const std::string& text) const {
  if (!is_quiet_) say(writes_over_ ? concat_text(over, text) : text);
}

std::string fixed_text(double value, int digits) {
  std::array<char, 64> buffer;
  int length = std::snprintf(buffer.data(), buffer.size(), "%.*f", digits, value);
  return std::string(buffer.data(),
                     static_cast<std::size_t>(length) < buffer.size() ? static_cast<std::size_t>(length) : 0);
}

}  // namespace gradloom
