// gradloom bleu: the score of a translation against a reference, as sacreBLEU computes it.
#include "text/bleu.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/output.h"
#include "serialization/json_writer.h"
#include "text/line_reader.h"

namespace gradloom {

namespace {

struct BleuRequest {
  std::string reference;
  bool lower_case = false, json = false;
  std::string tokenizer = "13a", smoothing = "exp";
};

std::vector<std::string> lines_of(LineReader reader) {
  std::vector<std::string> lines;
  for (std::string line; reader.next(line);) lines.push_back(line);
  require(!lines.empty(), Fault::input, reader.name(), ": no lines");
  return lines;
}

BleuOptions options_of(const BleuRequest& request) {
  BleuOptions options;
  options.lower_case = request.lower_case;
  if (request.tokenizer == "none") options.tokenizer = BleuTokenizer::none;
  if (request.smoothing == "none") options.smoothing = BleuSmoothing::none;
  if (request.smoothing == "floor") options.smoothing = BleuSmoothing::floor;
  if (request.smoothing == "add-k") options.smoothing = BleuSmoothing::add_one;
  return options;
}

std::string fixed(double value, int digits) {
  std::array<char, 64> buffer;
  std::snprintf(buffer.data(), buffer.size(), "%.*f", digits, value);
  return buffer.data();
}

std::string as_json(const BleuScore& score, const BleuOptions& options) {
  std::string precisions;
  for (double precision : score.precisions) precisions += (precisions.empty() ? "" : ", ") + json_number(precision);
  return concat_text("{\"bleu\": ", json_number(score.score), ", \"signature\": ", json_string(bleu_signature(options)),
                     ", \"precisions\": [", precisions, "], \"brevity_penalty\": ", json_number(score.brevity_penalty),
                     ", \"hypothesis_length\": ", score.counts.hypothesis_length,
                     ", \"reference_length\": ", score.counts.reference_length, "}\n");
}

// The line that sacreBLEU prints.
std::string as_text(const BleuScore& score, const BleuOptions& options) {
  std::string precisions;
  for (double precision : score.precisions) precisions += (precisions.empty() ? "" : "/") + fixed(precision, 1);
  double ratio = static_cast<double>(score.counts.hypothesis_length) /
                 static_cast<double>(std::max<std::int64_t>(score.counts.reference_length, 1));
  return concat_text("BLEU|", bleu_signature(options), " = ", fixed(score.score, 2), " ", precisions,
                     " (BP = ", fixed(score.brevity_penalty, 3), " ratio = ", fixed(ratio, 3),
                     " hyp_len = ", score.counts.hypothesis_length, " ref_len = ", score.counts.reference_length,
                     ")\n");
}

int score(const BleuRequest& request) {
  std::vector<std::string> references = lines_of(LineReader(request.reference));
  std::vector<std::string> hypotheses = lines_of(LineReader(STDIN_FILENO, "standard input"));
  require(hypotheses.size() == references.size(), Fault::input, "standard input has ", hypotheses.size(), " lines but ",
          request.reference, " has ", references.size());
  BleuOptions options = options_of(request);
  BleuScore result = corpus_bleu(hypotheses, references, options);
  print(request.json ? as_json(result, options) : as_text(result, options));
  return 0;
}

}  // namespace

extern const Command bleu_command;
constinit const Command bleu_command{
    "bleu", "scores the translations on standard input against a reference, line by line", [](Options& options) -> Run {
      auto request = std::make_shared<BleuRequest>();
      options.argument("REFERENCE", request->reference, "the reference translations, a line each; may be gzip");
      options.flag("--lowercase", request->lower_case, "take upper and lower case for the same");
      options.choice("--tokenizer", {"13a", "none"}, request->tokenizer, "how lines are cut into what is counted");
      options.choice("--smoothing", {"exp", "floor", "add-k", "none"}, request->smoothing,
                     "what an n-gram order without a match counts as");
      options.flag("--json", request->json, "print one JSON object with every digit");
      return [request] { return score(*request); };
    }};

}  // namespace gradloom
