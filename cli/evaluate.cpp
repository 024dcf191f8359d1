// gradloom evaluate: BLEU, chrF and perplexity of a model on a file and its translation.
#include <algorithm>
#include <memory>
#include <thread>

#include "base/error.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "serialization/json_writer.h"
#include "text/chrf.h"
#include "training/evaluation.h"

namespace gradloom {

namespace {

struct EvaluateRequest {
  std::string model, source, reference;
  TranslationOptions options;
  bool json = false;
  std::int64_t threads = std::max(1u, std::thread::hardware_concurrency());
};

std::string as_json(const Evaluation& result) {
  std::string precisions;
  for (double precision : result.bleu.precisions)
    precisions += (precisions.empty() ? "" : ", ") + json_number(precision);
  return concat_text("{\"bleu\": ", json_number(result.bleu.score), ", \"signature\": ", json_string(bleu_signature()),
                     ", \"precisions\": [", precisions,
                     "], \"brevity_penalty\": ", json_number(result.bleu.brevity_penalty),
                     ", \"chrf\": ", json_number(result.chrf), ", \"chrf_signature\": ", json_string(chrf_signature()),
                     ", \"perplexity\": ", json_number(result.perplexity), ", \"loss\": ", json_number(result.loss),
                     ", \"sentences\": ", result.translations.size(), "}\n");
}

std::string as_text(const Evaluation& result) {
  return concat_text("BLEU|", bleu_signature(), " = ", fixed_text(result.bleu.score, 2), "\nchrF2|", chrf_signature(),
                     " = ", fixed_text(result.chrf, 2), "\nperplexity = ", fixed_text(result.perplexity, 3), "\n");
}

int evaluate_model(const EvaluateRequest& request) {
  Translator translator(request.model, static_cast<int>(request.threads));
  require(!request.options.replace_unknown || translator.has_attention(), Fault::usage,
          "--replace-unknown: the model in ", request.model, " has no attention");
  Evaluation result = evaluate(translator, request.source, request.reference, request.options);
  print(request.json ? as_json(result) : as_text(result));
  return 0;
}

}  // namespace

extern const Command evaluate_command;
constinit const Command evaluate_command{
    "evaluate", "scores a model on a file and its translation: BLEU, chrF2 and perplexity",
    [](Options& options) -> Run {
      auto request = std::make_shared<EvaluateRequest>();
      options.text("--model", "DIR", request->model, "the model folder");
      options.required();
      options.text("--source", "FILE", request->source, "sentences, one a line; may be gzip");
      options.required();
      options.text("--reference", "FILE", request->reference, "their translations, line for line");
      options.required();
      options.integer("--beam", "N", request->options.beam, {1, 1000}, "hypotheses kept at each word; 1: greedy");
      options.real("--length-normalisation", "A", request->options.length_normalisation, {0, 10},
                   "compare hypotheses by score / length^A");
      options.integer("--maximum-length", "N", request->options.maximum_length, {1, 1'000'000},
                      "longest sentence, in tokens");
      options.flag("--allow-unknown", request->options.allow_unknown, "the unknown word may be chosen");
      options.flag("--replace-unknown", request->options.replace_unknown,
                   "it may, and stands for the source word that it looked at most");
      options.integer("--threads", "N", request->threads, {1, 1024}, "threads");
      options.flag("--json", request->json, "print one JSON object with every digit");
      return [request] { return evaluate_model(*request); };
    }};

}  // namespace gradloom
