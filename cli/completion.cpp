// gradloom completion: what a shell needs to complete commands, options and their choices, made from the declarations.
#include <functional>
#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/output.h"

namespace gradloom {

namespace {

std::vector<OptionShape> shapes_of(const Command& command) {
  Options options(command.name, command.summary);
  Run run = command.declare(options);
  return options.shapes();
}

std::string words(const std::vector<std::string>& list) { return join(list, " "); }

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const Command* command : all_commands()) names.emplace_back(command->name);
  return names;
}

// Inside single quotes of sh, zsh and fish.
std::string quoted(std::string_view text) {
  std::string out;
  for (char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out;
}

std::string bash_script() {
  std::string options, choices;
  for (const Command* command : all_commands()) {
    std::vector<std::string> names;
    for (const OptionShape& shape : shapes_of(*command)) {
      if (shape.is_argument()) {
        if (!shape.choices.empty())
          options += concat_text("    ", command->name, ") wanted+=' ", words(shape.choices), "' ;;&\n");
        continue;
      }
      names.push_back(shape.name);
      if (!shape.choices.empty())
        choices += concat_text("    ", command->name, ":", shape.name, ") wanted='", words(shape.choices), "' ;;\n");
      else if (!shape.value.empty())
        choices += concat_text("    ", command->name, ":", shape.name, ") return ;;\n");
    }
    names.emplace_back("--help");
    options += concat_text("    ", command->name, ") wanted+=' ", words(names), "' ;;&\n");
  }
  return concat_text(
      "# bash completion of gradloom: source this, or install it as share/bash-completion/completions/gradloom\n"
      "_gradloom() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} wanted=''\n"
      "  COMPREPLY=()\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
      "    COMPREPLY=($(compgen -W '",
      words(command_names()),
      " --help --version' -- \"$word\"))\n"
      "    return\n"
      "  fi\n"
      "  # A value that follows an option: one of its choices, or a file, which bash completes by itself.\n"
      "  case \"$command:${COMP_WORDS[COMP_CWORD-1]}\" in\n",
      choices,
      "  esac\n"
      "  if [ -z \"$wanted\" ]; then\n"
      "    case \"$command\" in\n",
      options,
      "    esac\n"
      "  fi\n"
      "  COMPREPLY=($(compgen -W \"$wanted\" -- \"$word\"))\n"
      "}\n"
      "complete -o default -F _gradloom gradloom\n");
}

// `--name[help]:value:action`, as _arguments takes it.
std::string zsh_option(const OptionShape& shape) {
  std::string help;
  for (char c : quoted(shape.help))
    help += c == '[' || c == ']' || c == ':' ? "\\" + std::string(1, c) : std::string(1, c);
  std::string action = shape.choices.empty() ? "_files" : "(" + words(shape.choices) + ")";
  if (shape.is_argument()) return concat_text("'", shape.is_repeated ? "*" : "", ":", help, ":", action, "'");
  std::string out = concat_text("'", shape.is_repeated ? "*" : "", shape.name, "[", help, "]");
  std::string value = shape.choices.empty() ? shape.value : "choice";
  return out + (shape.value.empty() ? "'" : concat_text(":", value, ":", action, "'"));
}

std::string zsh_script() {
  std::string commands, cases;
  for (const Command* command : all_commands()) {
    commands += concat_text("    '", command->name, ":", quoted(command->summary), "'\n");
    cases += concat_text("    ", command->name, ") _arguments");
    for (const OptionShape& shape : shapes_of(*command)) cases += concat_text(" \\\n      ", zsh_option(shape));
    cases += " \\\n      '--help[print the help]' ;;\n";
  }
  return concat_text(
      "#compdef gradloom\n"
      "# zsh completion of gradloom: install it as _gradloom in a folder of $fpath\n"
      "local -a commands\n"
      "if (( CURRENT == 2 )); then\n"
      "  commands=(\n",
      commands,
      "  )\n"
      "  _describe command commands\n"
      "else\n"
      "  local command=$words[2]\n"
      "  shift words\n"
      "  (( CURRENT-- ))\n"
      "  case $command in\n",
      cases,
      "  esac\n"
      "fi\n");
}

std::string fish_script() {
  std::string out =
      "# fish completion of gradloom: install it as gradloom.fish in a completions folder\n"
      "set -l commands " +
      words(command_names()) + "\n";
  for (const Command* command : all_commands()) {
    out += concat_text("complete -c gradloom -f -n \"not __fish_seen_subcommand_from $commands\" -a ", command->name,
                       " -d '", quoted(command->summary), "'\n");
    for (const OptionShape& shape : shapes_of(*command)) {
      std::string start = concat_text("complete -c gradloom -n '__fish_seen_subcommand_from ", command->name, "'");
      std::string choices = shape.choices.empty() ? "" : concat_text(" -f -a '", words(shape.choices), "'");
      if (!shape.is_argument())
        out += concat_text(start, " -l ", shape.name.substr(2), shape.value.empty() ? "" : " -r", choices, " -d '",
                           quoted(shape.help), "'\n");
      else if (!choices.empty())
        out += concat_text(start, choices, "\n");
    }
  }
  return out;
}

int complete(const std::string& shell) {
  print(shell == "zsh" ? zsh_script() : shell == "fish" ? fish_script() : bash_script());
  return 0;
}

}  // namespace

extern const Command completion_command;
constinit const Command completion_command{
    "completion", "prints the script by which a shell completes what is typed", [](Options& options) -> Run {
      auto shell = std::make_shared<std::string>();
      options.argument_choice("SHELL", {"bash", "zsh", "fish"}, *shell, "the shell");
      return [shell] { return complete(*shell); };
    }};

}  // namespace gradloom
