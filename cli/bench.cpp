// gradloom bench: the reference workload, timed, or its losses to hold against another engine.
#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/output.h"
#include "serialization/file.h"
#include "serialization/trace.h"
#include "training/benchmark.h"

namespace gradloom {

namespace {

struct BenchRequest {
  std::string cell = "gru", attention = "dot", size = "S", dtype = "float32";
  WorkloadSize sizes{0, 0, 0, 0, 0, 0};
  BenchmarkOptions options;
  std::int64_t threads = 1, losses = 0;
  bool json = false, no_optimize = false, profile = false;
  std::string trace;
};

BenchmarkOptions options_of(const BenchRequest& request) {
  BenchmarkOptions options = request.options;
  options.threads = static_cast<int>(request.threads);
  options.optimize = !request.no_optimize;
  Workload& workload = options.workload;
  workload.cell = cell_named(request.cell);
  workload.attention = attention_named(request.attention);
  workload.size = workload_size(request.size);
  workload.dtype = request.dtype == "float64" ? DType::float64 : DType::float32;
  for (auto member : {&WorkloadSize::embedding, &WorkloadSize::hidden, &WorkloadSize::vocabulary, &WorkloadSize::batch,
                      &WorkloadSize::source_length, &WorkloadSize::target_length})
    if (request.sizes.*member > 0) workload.size.*member = request.sizes.*member;
  return options;
}

// Padding, the unknown word, the end and one word: the data of the workload names them.
constexpr std::int64_t least_words = 4;

int run_bench(const BenchRequest& request) {
  require(request.sizes.vocabulary == 0 || request.sizes.vocabulary >= least_words, Fault::usage, "--vocabulary ",
          request.sizes.vocabulary, ": at least ", least_words, " is needed, or 0 for the size's");
  BenchmarkOptions options = options_of(request);
  if (request.losses > 0) {
    options.steps = request.losses;
    LossCurve curve = workload_losses(options);
    if (request.json) return print(losses_json(curve) + "\n"), 0;
    for (std::size_t i = 0; i < curve.losses.size(); ++i)
      print(concat_text("step ", i, ": loss ", curve.losses[i], ", gradient norm ", curve.gradient_norms[i], "\n"));
    return 0;
  }
  if (!request.trace.empty()) require_writable(request.trace);
  Profile profile(request.trace.empty() ? 0 : most_trace_events);
  if (request.profile || !request.trace.empty()) options.profile = &profile;
  BenchmarkResult result = run_benchmark(options);
  if (!request.trace.empty()) write_file(request.trace, trace_json(profile));
  print(request.json ? benchmark_json(result, options) + "\n" : benchmark_text(result, options));
  if (request.profile) {
    std::string text = profile.text(result.gemm_peak_gflops) + "\n" + result.decoding_profiles;
    request.json ? say(text) : print("\n" + text);
  }
  return 0;
}

}  // namespace

extern const Command bench_command;
constinit const Command bench_command{
    "bench", "runs the reference workload: times of training and decoding beside the machine's peak, or losses",
    [](Options& options) -> Run {
      auto request = std::make_shared<BenchRequest>();
      constexpr IntegerRange sizes{0, 1'000'000};
      options.choice("--cell", {"gru", "lstm", "rnn"}, request->cell, "recurrent cell");
      options.choice("--attention", {"dot", "additive", "none"}, request->attention, "score of the attention");
      options.choice("--size", {"S", "M", "L"}, request->size, "sizes of the model and its batches");
      options.integer("--embedding", "N", request->sizes.embedding, sizes, "instead of the size's; 0: the size's");
      options.integer("--hidden", "N", request->sizes.hidden, sizes, "the same");
      options.integer("--vocabulary", "N", request->sizes.vocabulary, sizes, "the same");
      options.integer("--batch", "N", request->sizes.batch, sizes, "the same");
      options.integer("--source-length", "N", request->sizes.source_length, sizes, "the same");
      options.integer("--target-length", "N", request->sizes.target_length, sizes, "the same");
      options.flag("--full-length", request->options.workload.full_length, "no padding: all sentences are full");
      options.flag("--input-feeding", request->options.workload.input_feeding,
                   "the last attentional vector joins the decoder's next input");
      options.choice("--dtype", {"float32", "float64"}, request->dtype, "dtype of the model");
      options.real("--clip", "R", request->options.clip, {0, 1e9}, "largest global norm of the gradients; 0: any");
      options.integer("--threads", "N", request->threads, {1, 1024}, "threads");
      options.integer("--batches", "N", request->options.batches, {1, 1'000'000}, "different batches, taken in turn");
      options.integer("--steps", "N", request->options.steps, {1, 1'000'000}, "training steps that are timed");
      options.integer("--warmup", "N", request->options.warmup, {0, 1'000'000}, "training steps before them");
      options.integer("--losses", "N", request->losses, {0, 1'000'000},
                      "instead of times, losses and gradient norms of the first N steps");
      options.flag("--hand-batched", request->options.hand_batched,
                   "the model with only the recurrences in loops, written so by hand");
      options.flag("--no-optimize", request->no_optimize, "run the graph as it was declared");
      options.flag("--profile", request->profile, "also where the time of the timed training steps goes");
      options.text("--trace", "FILE", request->trace, "write their calls as a trace for chrome://tracing or Perfetto");
      options.flag("--json", request->json, "print one JSON object");
      return [request] { return run_bench(*request); };
    }};

}  // namespace gradloom
