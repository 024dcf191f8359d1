// The control sequences of progress_line.h: back to the first column, and clear to the end of the line.
#include "cli/progress_line.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
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

// Of the terminal; one that does not know is taken for 80 columns.
std::size_t columns() {
  winsize size{};
  constexpr std::size_t usual = 80;
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual;
}

}  // namespace

ProgressLine::ProgressLine(bool quiet) : is_quiet_(quiet), writes_over_(can_write_over()) {}

void ProgressLine::show(double share, const std::string& text) const {
  if (is_quiet_ || !writes_over_) return;
  // A line that wraps could not be written over: the text is cut, and what it leaves is the bar's.
  constexpr std::size_t longest_bar = 24;
  std::size_t room = columns() - 1, shown = std::min(text.size(), room);
  std::size_t cells = room > shown ? std::min(longest_bar, room - shown - 1) : 0;
  std::string line(over);
  for (std::size_t i = 0; i < cells; ++i)
    line += static_cast<double>(i) < share * static_cast<double>(cells) ? "━" : " ";
  line += concat_text(cells > 0 ? " " : "", std::string_view(text).substr(0, shown));
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
