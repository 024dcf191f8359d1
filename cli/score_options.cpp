// The names of settings are those of sacreBLEU's signatures.
#include "cli/score_options.h"

#include "base/error.h"

namespace gradloom {

void ScoreSettings::declare(Options& options) {
  options.flag("--lowercase", lower_case, "take upper and lower case for the same");
  options.choice("--tokenizer", {"13a", "none"}, tokenizer, "how lines are cut into what is counted");
  options.choice("--smoothing", {"exp", "floor", "add-k", "none"}, smoothing,
                 "what an n-gram order without a match counts as");
}

BleuOptions ScoreSettings::bleu() const {
  BleuOptions options;
  options.lower_case = lower_case;
  if (tokenizer == "none") options.tokenizer = BleuTokenizer::none;
  if (smoothing == "none") options.smoothing = BleuSmoothing::none;
  if (smoothing == "floor") options.smoothing = BleuSmoothing::floor;
  if (smoothing == "add-k") options.smoothing = BleuSmoothing::add_one;
  return options;
}

std::vector<std::string> lines_of(LineReader reader) {
  std::vector<std::string> lines;
  for (std::string line; reader.next(line);) lines.push_back(line);
  require(!lines.empty(), Fault::input, reader.name(), ": no lines");
  return lines;
}

}  // namespace gradloom
