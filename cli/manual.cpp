// gradloom manual: the manual page (man 1 gradloom), made from the commands' declarations.
#include <memory>

#include "base/error.h"
#include "base/version.h"
#include "cli/command.h"
#include "cli/output.h"

namespace gradloom {

namespace {

// Text for roff: hyphens that can be copied, and no line that begins a request.
std::string roff(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

std::string option_entry(const OptionShape& shape) {
  std::string out = concat_text(".TP\n\\fB", roff(shape.name), "\\fR");
  if (!shape.value.empty() && !shape.is_argument()) out += concat_text(" \\fI", roff(shape.value), "\\fR");
  out += "\n" + roff(shape.help);
  if (shape.is_required && !shape.is_argument()) out += " (must be given)";
  if (!shape.fallback.empty()) out += concat_text(" [", roff(shape.fallback), "]");
  return out + "\n";
}

std::string command_section(const Command& command) {
  Options options(command.name, command.summary);
  Run run = command.declare(options);
  std::string usage = options.usage();
  std::string out = concat_text(".SS gradloom ", command.name, "\n\\fB", roff(usage.substr(usage.find("gradloom"))),
                                "\\fR\n.PP\n", roff(command.summary), ".\n");
  for (const OptionShape& shape : options.shapes()) out += option_entry(shape);
  return out;
}

constexpr std::string_view frame = R"(.SH EXIT STATUS
.TP
0
done, also when nobody reads the output any more
.TP
1
a fault of Gradloom itself, or a training run that diverged
.TP
2
wrong usage: an unknown or out\-of\-range option, a folder that is taken
.TP
3
bad input: a file that is missing, unreadable or wrong, or beyond a limit
.TP
4
the system refused: writing, memory
.TP
130
interrupted; training has written a checkpoint
.SH ENVIRONMENT
.TP
OPENBLAS_CORETYPE
the kernels that OpenBLAS uses; without it the best that the processor has
.TP
NO_COLOR
when it is set, or TERM is "dumb", progress is plain lines
)";

int print_manual() {
  std::string out = concat_text(".TH GRADLOOM 1 \"\" \"gradloom ", version,
                                "\" \"User Commands\"\n.SH NAME\ngradloom \\- dataflow graphs with automatic "
                                "differentiation, and a translator built on them\n.SH SYNOPSIS\n\\fBgradloom\\fR "
                                "\\fICOMMAND\\fR [options]\n.SH COMMANDS\nResults go to standard output, progress and "
                                "messages to standard error.\n");
  for (const Command* command : all_commands()) out += command_section(*command);
  print(out + std::string(frame));
  return 0;
}

}  // namespace

extern const Command manual_command;
constinit const Command manual_command{"manual", "prints the manual page, for man",
                                       [](Options&) -> Run { return [] { return print_manual(); }; }};

}  // namespace gradloom
