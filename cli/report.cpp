// gradloom report: one model or two on the same text, as figures and as a page with the curves.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <thread>

#include "base/error.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "cli/score_options.h"
#include "serialization/file.h"
#include "serialization/json_writer.h"
#include "text/bootstrap.h"
#include "text/chrf.h"
#include "training/evaluation.h"
#include "training/model_page.h"

namespace gradloom {

namespace {

constexpr std::int64_t long_sentence = 12;  // words; beyond them the traditional model is known to fail

struct ReportRequest {
  std::string model, against, source, reference, output;
  TranslationOptions options;
  bool json = false;
  std::int64_t threads = std::max(1u, std::thread::hardware_concurrency());
};

std::vector<BleuCounts> counts_of(const ModelPage& page, const PageModel& model) {
  std::vector<BleuCounts> counts;
  for (std::size_t i = 0; i < model.translations.size(); ++i)
    counts.push_back(bleu_counts(model.translations[i], std::span(page.text.references).subspan(i, 1)));
  return counts;
}

void add_model(ModelPage& page, const std::string& folder, const ReportRequest& request) {
  Translator translator(folder, static_cast<int>(request.threads));
  ModelFiles files(folder);
  PageModel model;
  model.name = std::filesystem::absolute(folder).lexically_normal().filename().string();
  model.config = read_config(files.config()).config;
  model.parameters = parameter_count(translator.session().module());
  if (std::filesystem::exists(files.log())) model.curves = read_log(files.log());
  Evaluation evaluation = evaluate(translator, request.source, request.reference, request.options);
  model.loss = evaluation.loss;
  model.translations = std::move(evaluation.translations);
  if (page.maps.empty()) page.maps = sample_maps(translator, page.text, model.translations);
  if (page.statistics.counts.lines == 0) {
    EncodedCorpus corpus = encode_corpus(request.source, request.reference, translator.languages().source(),
                                         translator.languages().target());
    page.statistics = statistics_of(corpus, translator.languages());
  }
  page.models.push_back(std::move(model));
}

std::vector<LengthRange> ranges_of(const ModelPage& page) {
  std::vector<LengthRange> ranges = length_ranges(page.text);
  LengthRange beyond = longer_than(page.text, long_sentence);
  if (!beyond.sentences.empty()) ranges.push_back(std::move(beyond));
  return ranges;
}

std::string as_json(const ModelPage& page) {
  std::string models;
  for (const PageModel& model : page.models) {
    std::string lengths;
    for (const LengthRange& range : ranges_of(page))
      lengths += concat_text(lengths.empty() ? "" : ", ", "{\"words\": ", json_string(range.name()),
                             ", \"sentences\": ", range.sentences.size(),
                             ", \"bleu\": ", json_number(bleu_of_range(page.text, model.translations, range)), "}");
    models += concat_text(models.empty() ? "" : ", ", "{\"name\": ", json_string(model.name),
                          ", \"bleu\": ", json_number(corpus_bleu(model.translations, page.text.references).score),
                          ", \"chrf\": ", json_number(corpus_chrf(model.translations, page.text.references)),
                          ", \"loss\": ", json_number(model.loss), ", \"by_length\": [", lengths, "]}");
  }
  std::string p = page.p_value ? ", \"p\": " + json_number(*page.p_value) : "";
  return concat_text("{\"models\": [", models, "]", p, "}\n");
}

std::string as_text(const ModelPage& page) {
  std::string out;
  auto line = [&](const std::string& name, auto&& number) {
    out += name;
    for (const PageModel& model : page.models) out += "\t" + number(model);
    out += "\n";
  };
  line("", [](const PageModel& model) { return model.name; });
  line("BLEU",
       [&](const PageModel& m) { return fixed_text(corpus_bleu(m.translations, page.text.references).score, 2); });
  line("chrF2", [&](const PageModel& m) { return fixed_text(corpus_chrf(m.translations, page.text.references), 2); });
  line("loss", [](const PageModel& model) { return fixed_text(model.loss, 4); });
  for (const LengthRange& range : ranges_of(page))
    line(concat_text(range.name(), " words (", range.sentences.size(), ")"),
         [&](const PageModel& m) { return fixed_text(bleu_of_range(page.text, m.translations, range), 2); });
  if (page.p_value) out += concat_text("p = ", fixed_text(*page.p_value, 4), "\n");
  return out;
}

int report(const ReportRequest& request) {
  if (!request.output.empty()) require_writable(request.output);
  require_rereadable(request.source);
  require_rereadable(request.reference);
  ModelPage page;
  page.text = {lines_of(LineReader(request.source)), lines_of(LineReader(request.reference))};
  require(page.text.sources.size() == page.text.references.size(), Fault::input, request.source, " has ",
          counted(page.text.sources.size(), "line"), " but ", request.reference, " has ", page.text.references.size());
  page.statistics_of = request.source;
  add_model(page, request.model, request);
  page.title = "How " + page.models[0].name + " translates";
  if (!request.against.empty()) {
    add_model(page, request.against, request);
    page.title = concat_text(page.models[0].name, " and ", page.models[1].name);
    page.p_value = paired_bootstrap(counts_of(page, page.models[0]), counts_of(page, page.models[1])).p_value;
  }
  if (!request.output.empty()) write_file(request.output, model_page(page));
  print(request.json ? as_json(page) : as_text(page));
  return 0;
}

}  // namespace

extern const Command report_command;
constinit const Command report_command{
    "report", "scores a model, or two side by side, by the length of sentences, and draws it",
    [](Options& options) -> Run {
      auto request = std::make_shared<ReportRequest>();
      options.text("--model", "DIR", request->model, "the model folder");
      options.required();
      options.text("--against", "DIR", request->against, "another model to hold it against");
      options.text("--source", "FILE", request->source, "sentences, one a line; may be gzip");
      options.required();
      options.text("--reference", "FILE", request->reference, "their translations, line for line");
      options.required();
      options.text("--output", "FILE", request->output, "write a page with the curves, an HTML file of its own");
      options.integer("--beam", "N", request->options.beam, {1, 1000}, "hypotheses kept at each word; 1: greedy");
      options.real("--length-normalisation", "A", request->options.length_normalisation, {0, 10},
                   "compare hypotheses by score / length^A");
      options.integer("--maximum-length", "N", request->options.maximum_length, {1, 1'000'000},
                      "longest sentence, in tokens");
      options.integer("--threads", "N", request->threads, {1, 1024}, "threads");
      options.flag("--json", request->json, "print one JSON object with every digit");
      return [request] { return report(*request); };
    }};

}  // namespace gradloom
