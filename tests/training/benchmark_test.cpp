// The reference workload in sessions, optimised, against what PyTorch computed in float64; and what bench counts.
#include "training/benchmark.h"

#include <doctest/doctest.h>

#include <cmath>

#include "base/error.h"
#include "runtime/session.h"
#include "serialization/file.h"
#include "serialization/json_reader.h"

using namespace gradloom;

namespace {

void compare(const std::string& where, const std::vector<double>& ours, const JsonValue& theirs, double tolerance) {
  auto wanted = theirs.elements();
  REQUIRE(ours.size() == wanted.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    double difference = std::abs(ours[i] / wanted[i].as_number() - 1);
    CHECK_MESSAGE(difference < tolerance, where, ", step ", i, ": ", difference);
  }
}

void compare_with_pytorch(DType dtype, int threads, double loss_tolerance, double norm_tolerance) {
  std::string path = GRADLOOM_SOURCE_DIR "/tests/golden/golden_losses.json";
  JsonDocument golden = JsonDocument::parse(read_file(path, 1 << 20), path);
  auto cases = golden.root().at("cases").elements();
  CHECK(cases.size() == 12);
  for (const JsonValue& c : cases) {
    BenchmarkOptions options;
    std::string cell(c.at("cell").as_string());
    options.workload.cell = cell_named(cell == "rnn_tanh" ? "rnn" : cell);
    options.workload.attention = attention_named(c.at("attention").as_string());
    auto size = [&](const char* key) { return c.at(key).as_int64(); };
    options.workload.size = {size("embedding"), size("hidden"),        size("vocabulary"),
                             size("batch"),     size("source_length"), size("target_length")};
    options.workload.dtype = dtype;
    options.clip = c.at("clip").as_number();
    options.threads = threads;
    options.steps = 8;
    LossCurve curve = workload_losses(options);
    std::string where = concat_text(cell, ", ", name_of(options.workload.attention), ", clip ", options.clip);
    compare(where + ", loss", curve.losses, c.at("losses"), loss_tolerance);
    compare(where + ", norm", curve.gradient_norms, c.at("gradient_norms"), norm_tolerance);
  }
}

}  // namespace

TEST_CASE("training/benchmark: eight optimised steps equal PyTorch's in float64") {
  compare_with_pytorch(DType::float64, 1, 1e-9, 1e-8);
}

TEST_CASE("training/benchmark: eight optimised steps equal PyTorch's in float32") {
  compare_with_pytorch(DType::float32, 2, 2e-6, 2e-4);
}

TEST_CASE("training/benchmark: useful operations of size M are those that PEERS counted") {
  Workload workload;
  workload.size = workload_size("M");
  double flops = 0;
  for (std::int64_t i = 0; i < 4; ++i) flops += useful_flops(workload, workload_batch(workload, i)) / 4;
  CHECK(flops / 1e9 == doctest::Approx(17.3).epsilon(0.01));
}

TEST_CASE("training/benchmark: one to four threads train and decode to the same bits") {
  Workload workload;
  workload.size = {48, 64, 700, 24, 9, 11};
  Module module;
  declare_workload(module, workload, 1.0);
  TensorMap inputs = workload_batch(workload, 0), first, first_outputs;
  inputs["learning_rate"] = Tensor::scalar<float>(1e-3F);
  for (int threads : {1, 2, 3, 4}) {
    Session session(module, {.threads = threads});
    session.initialize(1);
    for (auto& [name, value] : workload_parameters(module, workload)) session.set_variable(name, std::move(value));
    for (int step = 0; step < 2; ++step) session.run("train_step", inputs);
    TensorMap encoded =
        session.run("encode", {{"source", inputs.at("source")}, {"source_lengths", inputs.at("source_lengths")}});
    encoded["source_lengths"] = inputs.at("source_lengths");
    encoded["previous"] = Tensor(DType::int32, {24});
    TensorMap outputs = session.run("decode_step", encoded), variables = session.variables();
    if (threads == 1) first = variables, first_outputs = outputs;
    for (const auto& [name, value] : variables) CHECK_MESSAGE(value.identical(first.at(name)), name, ", ", threads);
    for (const auto& [name, value] : outputs) CHECK_MESSAGE(value.identical(first_outputs.at(name)), name);
  }
}

TEST_CASE("training/spread: median and quartiles lie between the measurements beside them") {
  Spread spread = spread_of({4, 1, 3, 2, 10});
  CHECK(spread.median == 3);
  CHECK(spread.low == 2);
  CHECK(spread.high == 4);
  CHECK(spread_of({1, 2}).median == 1.5);
  CHECK(spread_of({7}).high == 7);
}

TEST_CASE("training/benchmark: input feeding is trained, decoded and counted") {
  BenchmarkOptions options;
  options.workload.size = {4, 6, 8, 3, 4, 4};
  options.workload.dtype = DType::float64;
  options.steps = 3;
  TensorMap batch = workload_batch(options.workload, 0);
  double flops = useful_flops(options.workload, batch);
  options.workload.input_feeding = true;
  double tokens = 0;
  for (std::int32_t length : batch.at("target_lengths").values<std::int32_t>()) tokens += length;
  CHECK(useful_flops(options.workload, batch) - flops == 3 * 2 * tokens * 3 * 6 * 6);
  LossCurve optimised = workload_losses(options);
  options.optimize = false;
  LossCurve declared = workload_losses(options);
  for (std::size_t i = 0; i < optimised.losses.size(); ++i)
    CHECK(optimised.losses[i] == doctest::Approx(declared.losses[i]).epsilon(1e-12));
  Profile profile;
  options.optimize = true;
  options.profile = &profile;
  BenchmarkResult result = run_benchmark(options);
  CHECK(result.decoding_profiles.find("decode_step") != std::string::npos);
}

TEST_CASE("training/benchmark: one object with every figure") {
  BenchmarkOptions options;
  options.workload.size = {4, 4, 8, 3, 4, 4};
  options.steps = 2;
  options.warmup = 1;
  BenchmarkResult result = run_benchmark(options);
  std::string text = benchmark_json(result, options);
  JsonDocument document = JsonDocument::parse(text, "json");
  for (const char* key : {"compile_ms", "train_step_ms", "target_tokens_per_second", "gemm_peak_gflops",
                          "useful_gflops", "greedy_ms_batch1", "greedy_sentences_per_second_batch32",
                          "output_layer_gb_per_second", "read_gb_per_second", "peak_rss_mib"})
    CHECK_MESSAGE(document.root().at(key).as_number() > 0, key);
  for (std::string key : {"train_step_ms", "greedy_ms_batch1"}) {
    auto quartiles = document.root().at(key + "_quartiles").elements();
    REQUIRE(quartiles.size() == 2);
    CHECK(quartiles[0].as_number() <= document.root().at(key).as_number());
    CHECK(document.root().at(key).as_number() <= quartiles[1].as_number());
  }
  CHECK(result.decoding_profiles.empty());
  CHECK(document.root().at("blas_kernel").as_string() == result.blas_kernel);
  options.steps = 0;
  CHECK_THROWS_WITH_AS(run_benchmark(options), "bench: batches 4, steps 0, warmup 1 given; at least 1, 1 and 0 needed",
                       UserError);
}
