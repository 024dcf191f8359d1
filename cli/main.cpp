// The gradloom command: finds the command that is asked for, runs it, and turns errors into messages and exit codes.
#include <signal.h>

#include <new>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/version.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "tensor/blas.h"
#include "tensor/simd.h"

namespace gradloom {

namespace {

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const Command* command : all_commands()) names.emplace_back(command->name);
  return names;
}

std::string overview() {
  std::string out = "Usage: gradloom COMMAND [options]\n\n";
  for (const Command* command : all_commands()) {
    std::string name(command->name);
    name.resize(12, ' ');
    out += concat_text("  ", name, command->summary, "\n");
  }
  return out +
         "\ngradloom COMMAND --help   what a command does and takes\ngradloom --version        version and kernels\n";
}

int dispatch(const std::vector<std::string>& arguments) {
  require(!arguments.empty(), Fault::usage, "a command was expected: ", join(command_names()));
  const std::string& first = arguments[0];
  bool is_question = first == "--help" || first == "-h" || first == "--version";
  require(!is_question || arguments.size() == 1, Fault::usage, "\"", arguments.back(), "\" is one argument too many");
  if (first == "--help" || first == "-h") return print(overview()), 0;
  if (first == "--version")
    return print(concat_text("gradloom ", version, " (BLAS kernels: ", blas_kernel(),
                             "; tiles: ", simd::name_of(simd::instruction_set()), ")\n")),
           0;
  std::vector<std::string> names = command_names();
  require(!first.starts_with("-"), Fault::usage, "no option \"", first, "\" before a command",
          did_you_mean(first, std::vector<std::string>{"--help", "--version"}));
  for (const Command* command : all_commands()) {
    if (command->name != first) continue;
    Options options(command->name, command->summary);
    Run run = command->declare(options);
    return options.parse(std::span(arguments).subspan(1)) ? run() : 0;
  }
  std::string hint = did_you_mean(first, names);
  throw UserError(concat_text("no command \"", first, "\"", hint.empty() ? "; there are " + join(names) : hint));
}

// `gradloom check: `, when the command is known.
std::string origin(const std::vector<std::string>& arguments) {
  for (const Command* command : all_commands())
    if (!arguments.empty() && command->name == arguments[0]) return concat_text("gradloom ", command->name, ": ");
  return "gradloom: ";
}

int run_guarded(const std::vector<std::string>& arguments) {
  try {
    return dispatch(arguments);
  } catch (const UserError& error) {
    say(origin(arguments) + error.what());
    return static_cast<int>(error.fault());
  } catch (const ClosedPipe&) {
    return 0;
  } catch (const Interrupted&) {
    return 130;
  } catch (const std::bad_alloc&) {
    say(origin(arguments) + "the machine has no more memory");
    return static_cast<int>(Fault::system);
  } catch (const InternalError& error) {
    say(origin(arguments) + error.what());
  } catch (const std::exception& error) {
    say(origin(arguments) + InternalError(error.what()).what());
  }
  return 1;
}

}  // namespace

}  // namespace gradloom

int main(int count, char** arguments) {
  // A reader of our output that has gone is told by the failing write.
  signal(SIGPIPE, SIG_IGN);
  gradloom::handle_interrupts();
  gradloom::configure_blas();
  return gradloom::run_guarded(std::vector<std::string>(arguments + (count > 0 ? 1 : 0), arguments + count));
}
