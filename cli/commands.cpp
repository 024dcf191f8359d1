// The list of commands. Each is defined in the file of its name.
#include "cli/command.h"

namespace gradloom {

extern const Command bleu_command, check_command, ops_command, run_command, show_command;

std::span<const Command* const> all_commands() {
  static constexpr const Command* commands[] = {
      &run_command, &show_command, &check_command, &ops_command, &bleu_command,
  };
  return commands;
}

}  // namespace gradloom
