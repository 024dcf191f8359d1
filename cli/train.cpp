// gradloom train: a new model from two files, or going on with one from its folder alone.
#include <algorithm>
#include <cmath>
#include <memory>
#include <thread>

#include "base/error.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "serialization/file.h"
#include "serialization/trace.h"
#include "tensor/blas.h"
#include "training/model_creation.h"
#include "training/trainer.h"

namespace gradloom {

namespace {

struct TrainRequest {
  TrainingConfig config;
  std::string model, config_file;
  bool resume = false, overwrite = false, quiet = false, check_finite = false, profile = false;
  std::string trace;
  std::int64_t threads = std::max(1u, std::thread::hardware_concurrency());
};

// A line now and then, and the updates between them.
class ProgressLines : public TrainingObserver {
 public:
  ProgressLines(bool quiet, int threads) : line_(quiet), threads_(threads) {}

  void started(const TrainingConfig& config, const CorpusCounts& counts, const TrainingPosition& position,
               double padding) override {
    line(concat_text(counts.text({.maximum_length = config.maximum_length}), "; padding ", fixed_text(100 * padding, 1),
                     " %; ", counted(static_cast<std::uint64_t>(threads_), "thread"), ", BLAS kernels ",
                     blas_kernel()));
    if (position.update > 0) line(concat_text("going on after update ", position.update));
  }
  void updated(const TrainingProgress& progress) override {
    line_.show(static_cast<double>(progress.batch) / static_cast<double>(progress.batches),
               concat_text(place(progress), ", loss ", fixed_text(progress.loss, 3), ", ",
                           fixed_text(progress.tokens_per_second, 0), " tokens/s"));
  }
  void logged(const TrainingProgress& progress) override {
    line(concat_text(place(progress), ": loss ", fixed_text(progress.loss, 4), ", gradient norm ",
                     fixed_text(progress.gradient_norm, 3), ", ", fixed_text(progress.tokens_per_second, 0),
                     " tokens/s"));
  }
  void validated(const ValidationProgress& progress) override {
    line(concat_text(
        "update ", progress.update, ": validation loss ", fixed_text(progress.loss, 4), ", perplexity ",
        fixed_text(std::exp(progress.loss), 2), progress.bleu ? ", BLEU " + fixed_text(*progress.bleu, 2) : "",
        progress.is_best ? ", the best so far" : concat_text(", ", progress.since_best, " since the best")));
  }
  void saved(const TrainingPosition& position) override { line(concat_text("checkpoint at update ", position.update)); }

  void line(const std::string& text) { line_.keep(text); }

 private:
  static std::string place(const TrainingProgress& progress) {
    return concat_text("epoch ", progress.epoch + 1, ", update ", progress.update, " (",
                       100 * progress.batch / progress.batches, " %)");
  }

  ProgressLine line_;
  int threads_;
};

// The file's values, and over them those of the options that were given.
TrainingConfig merged_config(const TrainRequest& request, const Options& options) {
  TrainingConfig config = request.config;
  if (request.config_file.empty()) return config;
  config = read_config(request.config_file).config;
  for (const ConfigField& field : config_fields())
    if (options.given("--" + option_name(field.name)))
      std::visit([&](auto member) { config.*member = request.config.*member; }, field.member);
  return config;
}

// The limits of the run may change when it goes on, nothing that shapes the numbers.
void check_resume_options(const Options& options) {
  require(!options.given("--overwrite"), Fault::usage, "--resume and --overwrite exclude each other");
  std::vector<std::string> refused{"--config"};
  for (const ConfigField& field : config_fields())
    if (field.name != "epochs" && field.name != "max_updates" && field.name != "max_minutes")
      refused.push_back("--" + option_name(field.name));
  for (const std::string& name : refused)
    require(!options.given(name), Fault::usage, name, " cannot be given with --resume: the model's own config.json ",
            "says it");
}

int train_model(const TrainRequest& request, const Options& options) {
  if (!request.trace.empty()) require_writable(request.trace);
  RunOptions run;
  run.threads = static_cast<int>(request.threads);
  run.check_finite = request.check_finite;
  Profile profile(request.trace.empty() ? 0 : most_trace_events);
  if (request.profile || !request.trace.empty()) run.profile = &profile;
  ProgressLines progress(request.quiet, run.threads);
  std::optional<TrainingData> data;
  if (request.resume) {
    check_resume_options(options);
    if (options.given("--epochs")) run.epochs = request.config.epochs;
    if (options.given("--max-updates")) run.max_updates = request.config.max_updates;
    if (options.given("--max-minutes")) run.max_minutes = request.config.max_minutes;
  } else {
    data = create_model(merged_config(request, options), request.model, request.overwrite);
  }
  // Before there is something to be saved, a signal ends the process at once.
  InterruptFlag interrupt;
  run.stop = [&] { return interrupt.is_set(); };
  TrainingResult result = train(request.model, run, progress, std::move(data));
  if (result.ending == Ending::diverged) {
    say("gradloom train: " + result.text);
    return 1;
  }
  if (!request.trace.empty()) write_file(request.trace, trace_json(profile));
  if (request.profile) say(profile.text());
  progress.line(result.text);
  if (result.ending == Ending::stopped) throw Interrupted{};
  return 0;
}

void declare_field(Options& options, const ConfigField& field, TrainingConfig& config) {
  std::string name = "--" + option_name(field.name);
  if (auto* text = std::get_if<std::string TrainingConfig::*>(&field.member))
    options.text(name, field.choices.empty() ? field.value : join(field.choices, "|"), config.**text, field.text);
  auto low = static_cast<std::int64_t>(field.low), high = static_cast<std::int64_t>(field.high);
  if (auto* count = std::get_if<std::int64_t TrainingConfig::*>(&field.member))
    options.integer(name, field.value, config.**count, {low, high}, field.text);
  if (auto* real = std::get_if<double TrainingConfig::*>(&field.member))
    options.real(name, field.value, config.**real, {field.low, field.high}, field.text);
  if (auto* flag = std::get_if<bool TrainingConfig::*>(&field.member)) options.flag(name, config.**flag, field.text);
}

}  // namespace

extern const Command train_command;
constinit const Command train_command{
    "train", "trains a translator on two files that translate each other line by line", [](Options& options) -> Run {
      auto request = std::make_shared<TrainRequest>();
      options.text("--model", "DIR", request->model, "the model folder, which must be new");
      options.required();
      options.flag("--resume", request->resume, "go on with the model in DIR");
      options.flag("--overwrite", request->overwrite, "replace the model in DIR");
      options.text("--config", "FILE", request->config_file, "read the options below from JSON, a config.json say");
      options.integer("--threads", "N", request->threads, {1, 1024}, "threads; the numbers do not depend on them");
      options.flag("--quiet", request->quiet, "say nothing but errors");
      options.flag("--check-finite", request->check_finite, "stop at the first NaN and name its operation; slower");
      options.flag("--profile", request->profile, "say at the end where the time of the updates went");
      options.text("--trace", "FILE", request->trace,
                   "write the first updates' calls as a trace for chrome://tracing or Perfetto");
      for (const ConfigField& field : config_fields()) declare_field(options, field, request->config);
      return [request, &options] { return train_model(*request, options); };
    }};

}  // namespace gradloom
