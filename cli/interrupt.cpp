// The signal handler and its flag, as declared in interrupt.h.
#include "cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

namespace gradloom {

namespace {

constexpr int exit_code = 130;
volatile sig_atomic_t is_awaited = 0;
volatile sig_atomic_t has_come = 0;

void on_signal(int) {
  if (!is_awaited || has_come) ::_exit(exit_code);
  has_come = 1;
}

}  // namespace

void handle_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  // A terminal that closes ends a command too, unless nohup asked for the opposite.
  struct sigaction before {};
  if (::sigaction(SIGHUP, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) ::sigaction(SIGHUP, &action, nullptr);
}

InterruptFlag::InterruptFlag() {
  has_come = 0;
  is_awaited = 1;
}
InterruptFlag::~InterruptFlag() { is_awaited = 0; }
bool InterruptFlag::is_set() const { return has_come != 0; }

}  // namespace gradloom
