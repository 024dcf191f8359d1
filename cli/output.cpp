// Writing to the two standard streams, as declared in output.h.
#include "cli/output.h"

#include <errno.h>
#include <unistd.h>

#include <string>
#include <system_error>

#include "base/error.h"

namespace gradloom {

void print(std::string_view text) {
  while (!text.empty()) {
    ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EPIPE) throw ClosedPipe();
    require(count >= 0, Fault::system, "cannot write to standard output: ", std::generic_category().message(errno));
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

void say(std::string_view line) {
  std::string text = std::string(line) + "\n";
  for (std::string_view rest = text; !rest.empty();) {
    ssize_t count = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return;
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace gradloom
