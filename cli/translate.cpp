// gradloom translate: standard input to standard output, a line for a line.
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "base/error.h"
#include "cli/command.h"
#include "cli/line_feed.h"
#include "cli/output.h"
#include "serialization/file.h"
#include "training/translation.h"

namespace gradloom {

namespace {

struct TranslateRequest {
  std::string model, alignments, heatmap;
  TranslationOptions options;
  std::int64_t n_best = 0;
  std::int64_t threads = std::max(1u, std::thread::hardware_concurrency());
};

void check_request(TranslateRequest& request, const Options& options) {
  if (request.n_best == 0) return;
  if (!options.given("--beam")) request.options.beam = request.n_best;
  require(request.n_best <= request.options.beam, Fault::usage, "--n-best ", request.n_best,
          " needs a beam of as many, ", "not ", request.options.beam);
}

// What standard input becomes, line by line, and what is written when all is done.
class LineTranslation {
 public:
  LineTranslation(const TranslateRequest& request, Translator& translator)
      : request_(request), options_(request.options), translator_(translator) {
    options_.attention = !request.alignments.empty() || !request.heatmap.empty();
    const char* option = !request.alignments.empty() ? "--alignments" : !request.heatmap.empty() ? "--heatmap" : "";
    if (request.options.replace_unknown) option = "--replace-unknown";
    require(*option == '\0' || translator.has_attention(), Fault::usage, option, ": the model in ", request.model,
            " has no attention");
  }

  void translate(const std::vector<std::string>& lines) {
    std::string out;
    options_.first_line = lines_ + 1;
    for (const std::vector<TranslatedText>& found : translator_.translate(lines, options_)) {
      const TranslatedText best = found.empty() ? TranslatedText{} : found[0];
      auto count = static_cast<std::size_t>(request_.n_best);
      if (count == 0) out += best.text + "\n";
      for (std::size_t i = 0; i < std::min(count, found.size()); ++i)
        out += n_best_line(lines_, found[i].text, found[i].score, found[i].normalised) + "\n";
      if (!request_.alignments.empty()) alignments_ += pharaoh_text(best.links) + "\n";
      if (map_.targets.empty()) map_ = best.attention;
      ++lines_;
    }
    print(out);
  }

  void finish() {
    if (!request_.alignments.empty()) write_file(request_.alignments, alignments_);
    if (!request_.heatmap.empty()) write_file(request_.heatmap, svg_file(attention_svg(map_)));
  }

 private:
  const TranslateRequest& request_;
  TranslationOptions options_;
  Translator& translator_;
  std::int64_t lines_ = 0;
  std::string alignments_;
  AttentionMap map_;
};

int translate_lines(TranslateRequest request, const Options& options) {
  check_request(request, options);
  for (const std::string& file : {request.alignments, request.heatmap})
    if (!file.empty()) require_writable(file);
  Translator translator(request.model, static_cast<int>(request.threads));
  LineTranslation translation(request, translator);
  LineFeed input(STDIN_FILENO, "standard input");
  for (std::vector<std::string> lines = input.next(); !lines.empty(); lines = input.next())
    translation.translate(lines);
  input.rethrow();
  translation.finish();
  return 0;
}

}  // namespace

extern const Command translate_command;
constinit const Command translate_command{
    "translate", "translates standard input to standard output, a line for a line", [](Options& options) -> Run {
      auto request = std::make_shared<TranslateRequest>();
      options.text("--model", "DIR", request->model, "the model folder");
      options.required();
      options.integer("--beam", "N", request->options.beam, {1, 1000}, "hypotheses kept at each word; 1: greedy");
      options.real("--length-normalisation", "A", request->options.length_normalisation, {0, 10},
                   "compare hypotheses by score / length^A");
      options.integer("--n-best", "K", request->n_best, {0, 1000},
                      "print K translations of each line: LINE ||| TEXT ||| F0= SCORE ||| NORMALISED");
      options.text("--alignments", "FILE", request->alignments,
                   "write which source token each target token looked at most: 0-0 1-2");
      options.text("--heatmap", "FILE", request->heatmap,
                   "draw what each word of the first translation looked at, as SVG");
      options.integer("--maximum-length", "N", request->options.maximum_length, {1, 1'000'000},
                      "longest line, in tokens");
      options.flag("--allow-unknown", request->options.allow_unknown, "the unknown word may be chosen");
      options.flag("--replace-unknown", request->options.replace_unknown,
                   "it may, and stands for the source word that it looked at most");
      options.integer("--threads", "N", request->threads, {1, 1024}, "threads");
      return [request, &options] { return translate_lines(*request, options); };
    }};

}  // namespace gradloom
