// Progress on standard error: one line that is written over on a terminal, plain lines elsewhere.
#pragma once

#include <string>

namespace gradloom {

class ProgressLine {
 public:
  /// Quiet: nothing is said at all.
  explicit ProgressLine(bool quiet = false);

  /// On a terminal the line becomes a bar, filled to `share` (0 to 1), and the text behind it; nothing elsewhere, nor
  /// when NO_COLOR is set or TERM is "dumb".
  void show(double share, const std::string& text) const;
  /// A line that stays; what is written over begins anew below it.
  void keep(const std::string& text) const;

 private:
  bool is_quiet_, writes_over_;
};

/// With this many digits behind the point.
std::string fixed_text(double value, int digits);

}  // namespace gradloom
