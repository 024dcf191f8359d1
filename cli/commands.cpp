// The list of commands. Each is defined in the file of its name.
#include "cli/command.h"

namespace gradloom {

extern const Command bench_command, bleu_command, check_command, compare_command, completion_command, demo_command,
    diff_command, evaluate_command, export_command, import_command, manual_command, ops_command, report_command,
    run_command, show_command, tokenize_command, train_command, translate_command;

std::span<const Command* const> all_commands() {
  static constexpr const Command* commands[] = {
      &demo_command,   &train_command,    &translate_command, &evaluate_command, &bleu_command,       &compare_command,
      &report_command, &tokenize_command, &run_command,       &show_command,     &check_command,      &diff_command,
      &export_command, &import_command,   &ops_command,       &bench_command,    &completion_command, &manual_command,
  };
  return commands;
}

}  // namespace gradloom
