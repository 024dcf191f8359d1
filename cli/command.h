// What a command of `gradloom` is. A new command is one file that defines a Command, and its name in cli/commands.cpp.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "cli/options.h"

namespace gradloom {

/// Does the work after the options have their values; returns the exit code, 0 when done. Errors are thrown.
using Run = std::function<int()>;

struct Command {
  std::string_view name;
  std::string_view summary;  ///< one line, lower-case, without a full stop
  /// Declares the options, whose targets live in the Run that is returned.
  Run (*declare)(Options& options);
};

/// All commands in the order of the help.
std::span<const Command* const> all_commands();

}  // namespace gradloom
