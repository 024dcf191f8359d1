// gradloom bleu: the score of a translation against a reference, as sacreBLEU computes it.
#include "text/bleu.h"

#include <unistd.h>

#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "cli/score_options.h"
#include "serialization/json_writer.h"
#include "text/chrf.h"

namespace gradloom {

namespace {

struct BleuRequest {
  std::string reference;
  ScoreSettings settings;
  bool chrf = false, sentences = false, json = false;
};

std::string as_json(const BleuScore& score, const BleuOptions& options, double chrf) {
  std::string precisions;
  for (double precision : score.precisions) precisions += (precisions.empty() ? "" : ", ") + json_number(precision);
  return concat_text("{\"bleu\": ", json_number(score.score), ", \"signature\": ", json_string(bleu_signature(options)),
                     ", \"precisions\": [", precisions, "], \"brevity_penalty\": ", json_number(score.brevity_penalty),
                     ", \"hypothesis_length\": ", score.counts.hypothesis_length,
                     ", \"reference_length\": ", score.counts.reference_length, ", \"chrf\": ", json_number(chrf),
                     ", \"chrf_signature\": ", json_string(chrf_signature()), "}\n");
}

// The line that sacreBLEU prints.
std::string as_text(const BleuScore& score, const BleuOptions& options) {
  std::string precisions;
  for (double precision : score.precisions) precisions += (precisions.empty() ? "" : "/") + fixed_text(precision, 1);
  double ratio = static_cast<double>(score.counts.hypothesis_length) /
                 static_cast<double>(std::max<std::int64_t>(score.counts.reference_length, 1));
  return concat_text("BLEU|", bleu_signature(options), " = ", fixed_text(score.score, 2), " ", precisions,
                     " (BP = ", fixed_text(score.brevity_penalty, 3), " ratio = ", fixed_text(ratio, 3),
                     " hyp_len = ", score.counts.hypothesis_length, " ref_len = ", score.counts.reference_length,
                     ")\n");
}

// A line a sentence: BLEU with effective order, a tab, chrF2.
std::string sentence_scores(std::span<const std::string> hypotheses, std::span<const std::string> references,
                            const BleuOptions& options) {
  std::string out;
  for (std::size_t i = 0; i < hypotheses.size(); ++i)
    out += concat_text(json_number(sentence_bleu(hypotheses[i], references[i], options)), "\t",
                       json_number(chrf_from_counts(chrf_counts(hypotheses[i], references[i]))), "\n");
  return out;
}

int score(const BleuRequest& request) {
  std::vector<std::string> references = lines_of(LineReader(request.reference));
  std::vector<std::string> hypotheses = lines_of(LineReader(STDIN_FILENO, "standard input"));
  require(hypotheses.size() == references.size(), Fault::input, "standard input has ",
          counted(hypotheses.size(), "line"), " but ", request.reference, " has ", references.size());
  require(!request.sentences || !(request.json || request.chrf), Fault::usage,
          "--sentences prints a line a sentence, not --json or --chrf of all");
  BleuOptions options = request.settings.bleu();
  if (request.sentences) {
    print(sentence_scores(hypotheses, references, options));
    return 0;
  }
  BleuScore result = corpus_bleu(hypotheses, references, options);
  if (request.json) {
    print(as_json(result, options, corpus_chrf(hypotheses, references)));
    return 0;
  }
  std::string out = as_text(result, options);
  if (request.chrf)
    out += concat_text("chrF2|", chrf_signature(), " = ", fixed_text(corpus_chrf(hypotheses, references), 2), "\n");
  print(out);
  return 0;
}

}  // namespace

extern const Command bleu_command;
constinit const Command bleu_command{
    "bleu", "scores the translations on standard input against a reference, line by line", [](Options& options) -> Run {
      auto request = std::make_shared<BleuRequest>();
      options.argument("REFERENCE", request->reference, "the reference translations, a line each; may be gzip");
      request->settings.declare(options);
      options.flag("--chrf", request->chrf, "print chrF2 too, an F-score of character n-grams");
      options.flag("--sentences", request->sentences, "print BLEU and chrF2 of each line, a tab between them");
      options.flag("--json", request->json, "print one JSON object with every digit");
      return [request] { return score(*request); };
    }};

}  // namespace gradloom
