// What a command says: results to standard output, messages to standard error.
#pragma once

#include <string_view>

namespace gradloom {

/// Thrown when the reader of standard output has gone: the command ends quietly with exit code 0.
struct ClosedPipe {};

/// Writes to standard output at once. A UserError (Fault::system) when that fails, ClosedPipe when nobody reads.
void print(std::string_view text);

/// Writes a line to standard error; failures are nobody's concern.
void say(std::string_view line);

}  // namespace gradloom
