// gradloom compare: two translations of the same text, and whether the better one is better by more than chance.
#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "cli/score_options.h"
#include "serialization/json_writer.h"
#include "text/bootstrap.h"
#include "text/chrf.h"

namespace gradloom {

namespace {

struct CompareRequest {
  std::string reference, first, second;
  ScoreSettings settings;
  std::int64_t samples = 1000, seed = 12345;
  bool json = false;
};

std::vector<BleuCounts> counts_of(std::span<const std::string> hypotheses, std::span<const std::string> references,
                                  const BleuOptions& options) {
  std::vector<BleuCounts> counts;
  for (std::size_t i = 0; i < hypotheses.size(); ++i)
    counts.push_back(bleu_counts(hypotheses[i], references.subspan(i, 1), options));
  return counts;
}

std::string json_of(const char* name, const Estimate& estimate) {
  return concat_text("\"", name, "\": {\"value\": ", json_number(estimate.value),
                     ", \"low\": ", json_number(estimate.low), ", \"high\": ", json_number(estimate.high), "}");
}

int compare(const CompareRequest& request) {
  std::vector<std::string> references = lines_of(LineReader(request.reference));
  BleuOptions options = request.settings.bleu();
  std::vector<std::vector<BleuCounts>> counts;
  std::vector<double> chrf;
  for (const std::string& path : {request.first, request.second}) {
    std::vector<std::string> hypotheses = lines_of(LineReader(path));
    require(hypotheses.size() == references.size(), Fault::input, path, " has ", counted(hypotheses.size(), "line"),
            " but ", request.reference, " has ", references.size());
    counts.push_back(counts_of(hypotheses, references, options));
    chrf.push_back(corpus_chrf(hypotheses, references));
  }
  PairedBootstrap result =
      paired_bootstrap(counts[0], counts[1], options, {request.samples, static_cast<std::uint64_t>(request.seed)});
  if (request.json) {
    print(concat_text("{", json_of("first", result.first), ", ", json_of("second", result.second), ", ",
                      json_of("difference", result.difference), ", \"p\": ", json_number(result.p_value),
                      ", \"samples\": ", request.samples, ", \"signature\": ", json_string(bleu_signature(options)),
                      ", \"chrf\": [", json_number(chrf[0]), ", ", json_number(chrf[1]), "]}\n"));
    return 0;
  }
  auto line = [](const std::string& name, const Estimate& estimate) {
    return concat_text(name, ": ", fixed_text(estimate.value, 2), " (", fixed_text(estimate.low, 2), " to ",
                       fixed_text(estimate.high, 2), ")");
  };
  print(concat_text("BLEU|", bleu_signature(options), ", 95 % of ", request.samples, " samples\n",
                    line(request.first, result.first), ", chrF2 ", fixed_text(chrf[0], 2), "\n",
                    line(request.second, result.second), ", chrF2 ", fixed_text(chrf[1], 2), "\n",
                    line("difference", result.difference), ", p = ", fixed_text(result.p_value, 4), "\n"));
  return 0;
}

}  // namespace

extern const Command compare_command;
constinit const Command compare_command{
    "compare", "tells whether one translation scores better than another by more than chance",
    [](Options& options) -> Run {
      auto request = std::make_shared<CompareRequest>();
      options.argument("REFERENCE", request->reference, "the reference translations, a line each; may be gzip");
      options.argument("FIRST", request->first, "translations of the same lines");
      options.argument("SECOND", request->second, "other translations of them");
      request->settings.declare(options);
      options.integer("--samples", "N", request->samples, {1, 1'000'000}, "resamples of the paired bootstrap");
      options.integer("--seed", "N", request->seed, {0, std::int64_t{1} << 53}, "of the samples");
      options.flag("--json", request->json, "print one JSON object with every digit");
      return [request] { return compare(*request); };
    }};

}  // namespace gradloom
