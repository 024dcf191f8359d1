// SIGINT, SIGTERM and SIGHUP: a command ends at once with exit code 130, unless it asked to end by itself at a good
// moment.
#pragma once

namespace gradloom {

/// Thrown by a command that ended because it was interrupted: exit code 130.
struct Interrupted {};

/// From now on a signal ends the process. Called once, by main.
void handle_interrupts();

/// While one lives, the first signal only sets a flag, which the command asks for between its steps; a second signal
/// ends the process all the same.
class InterruptFlag {
 public:
  InterruptFlag();
  ~InterruptFlag();
  InterruptFlag(const InterruptFlag&) = delete;
  InterruptFlag& operator=(const InterruptFlag&) = delete;

  bool is_set() const;
};

}  // namespace gradloom
