// What the commands that score translations share: the settings of BLEU as options, and reading files of lines.
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"
#include "text/bleu.h"
#include "text/line_reader.h"

namespace gradloom {

struct ScoreSettings {
  bool lower_case = false;
  std::string tokenizer = "13a", smoothing = "exp";

  void declare(Options& options);
  BleuOptions bleu() const;
};

/// All lines; a UserError (Fault::input) when there are none.
std::vector<std::string> lines_of(LineReader reader);

}  // namespace gradloom
