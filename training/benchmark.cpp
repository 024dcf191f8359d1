// The reference workload, run and timed as bench/bench_torch.py runs and times PyTorch.
#include "training/benchmark.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "models/decoding.h"
#include "serialization/json_writer.h"
#include "tensor/blas.h"
#include "training/hand_batched.h"
#include "training/optimizer.h"
#include "training/product_peak.h"

namespace gradloom {

namespace {

constexpr double learning_rate = 1e-3;
constexpr std::int32_t first_token = 1;  // the reference's begin token
constexpr std::int64_t single_sentences = 8, batched_sentences = 32;
constexpr std::int64_t decoding_rounds = 5;

double now_ms() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// The workload's module in a session with its first parameters, and its batches.
class WorkloadRun {
 public:
  explicit WorkloadRun(const BenchmarkOptions& options) : session_(declare(options), session_options(options)) {
    session_.initialize(0);
    for (auto& [name, value] : workload_parameters(module_, options.workload))
      session_.set_variable(name, std::move(value));
    step_ = session_.prepare("train_step");
    for (std::int64_t i = 0; i < options.batches; ++i) {
      batches_.push_back(workload_batch(options.workload, i));
      batches_.back()["learning_rate"] = Tensor::scalar(options.workload.dtype, learning_rate);
    }
  }

  const TensorMap& batch(std::int64_t step) const { return batches_[static_cast<std::size_t>(step) % batches_.size()]; }
  std::size_t batches() const { return batches_.size(); }
  Session& session() { return session_; }

  void step(std::int64_t index) {
    for (const auto& [name, value] : batch(index)) step_->set_input(step_->input_index(name), value);
    step_->run();
  }
  double output(std::string_view name) const {
    TensorView view = step_->output(step_->output_index(name));
    return view.dtype == DType::float64 ? view.as<double>()[0] : static_cast<double>(view.as<float>()[0]);
  }

 private:
  const Module& declare(const BenchmarkOptions& options) {
    (options.hand_batched ? declare_hand_batched : declare_workload)(module_, options.workload, options.clip);
    return module_;
  }
  static SessionOptions session_options(const BenchmarkOptions& options) {
    SessionOptions session;
    session.compile.optimize = options.optimize;
    session.threads = options.threads;
    return session;
  }

  Module module_;
  Session session_;
  std::shared_ptr<Session::Call> step_;
  std::vector<TensorMap> batches_;
};

double real_tokens(const TensorMap& batch) {
  double tokens = 0;
  for (std::int32_t length : batch.at("target_lengths").values<std::int32_t>()) tokens += length;
  return tokens;
}

Tensor first_rows(const Tensor& tensor, std::int64_t begin, std::int64_t width) {
  auto values = tensor.values<std::int32_t>().subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(width));
  return Tensor::from<std::int32_t>({1, width}, values);
}

DecodeOptions exact_steps(const Workload& workload) {
  DecodeOptions options;
  options.first_token = first_token;
  options.end_token = -1;
  options.forbidden.clear();
  options.steps = workload.size.target_length;
  return options;
}

void measure_decoding(const BenchmarkOptions& options, Session& session, BenchmarkResult& result) {
  Decoder decoder(session);
  DecodeOptions search = exact_steps(options.workload);
  Workload workload = options.workload;
  TensorMap singles = workload_batch(workload, 0);
  auto lengths = singles.at("source_lengths").values<std::int32_t>();
  std::vector<double> times;
  for (std::int64_t round = -1; round < decoding_rounds; ++round)
    for (std::int64_t row = 0; row < std::min(single_sentences, workload.size.batch); ++row) {
      std::int32_t length = lengths[static_cast<std::size_t>(row)];
      Tensor source = first_rows(singles.at("source"), row * workload.size.source_length, length);
      double begin = now_ms();
      decoder.decode(source, Tensor::from<std::int32_t>({1}, {length}), search);
      if (round >= 0) times.push_back(now_ms() - begin);
    }
  result.greedy_ms_batch1 = median(times);

  workload.size.batch = batched_sentences;
  TensorMap many = workload_batch(workload, 0);
  times.clear();
  for (std::int64_t round = -1; round < decoding_rounds; ++round) {
    double begin = now_ms();
    decoder.decode(many.at("source"), many.at("source_lengths"), search);
    if (round >= 0) times.push_back(now_ms() - begin);
  }
  result.greedy_sentences_per_second_batch32 = 1000.0 * batched_sentences / median(times);
}

double peak_rss_mib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void check_options(const BenchmarkOptions& options) {
  require(options.batches >= 1 && options.steps >= 1 && options.warmup >= 0, Fault::usage, "bench: batches ",
          options.batches, ", steps ", options.steps, ", warmup ", options.warmup,
          " given; at least 1, 1 and 0 needed");
}

std::string numbers_json(const std::vector<double>& values) {
  std::string text;
  for (double value : values) text += (text.empty() ? "" : ", ") + json_number(value);
  return "[" + text + "]";
}

}  // namespace

LossCurve workload_losses(const BenchmarkOptions& options) {
  check_options(options);
  WorkloadRun run(options);
  LossCurve curve;
  for (std::int64_t i = 0; i < options.steps; ++i) {
    run.step(i);
    curve.losses.push_back(run.output("loss"));
    curve.gradient_norms.push_back(run.output("gradient_norm"));
  }
  return curve;
}

std::string losses_json(const LossCurve& curve) {
  return concat_text("{\"losses\": ", numbers_json(curve.losses),
                     ", \"gradient_norms\": ", numbers_json(curve.gradient_norms), "}");
}

double useful_flops(const Workload& workload, const TensorMap& batch) {
  auto gates = workload.cell == CellKind::rnn ? 1.0 : workload.cell == CellKind::gru ? 3.0 : 4.0;
  auto e = static_cast<double>(workload.size.embedding), h = static_cast<double>(workload.size.hidden);
  auto words = static_cast<double>(workload.size.vocabulary);
  double sources = 0, targets = 0, pairs = 0;
  auto source_lengths = batch.at("source_lengths").values<std::int32_t>();
  auto target_lengths = batch.at("target_lengths").values<std::int32_t>();
  for (std::size_t i = 0; i < source_lengths.size(); ++i) {
    double s = source_lengths[i], t = target_lengths[i];
    sources += s;
    targets += t;
    pairs += s * t;
  }
  double flops = 2 * (sources + targets) * gates * h * (e + h) + 2 * targets * h * words;
  if (workload.attention != AttentionKind::none) flops += 2 * 2 * pairs * h + 2 * targets * 2 * h * h;
  if (workload.attention == AttentionKind::additive) flops += 2 * (sources + targets) * h * h;
  return 3 * flops;
}

BenchmarkResult run_benchmark(const BenchmarkOptions& options) {
  check_options(options);
  ProductPeak peak(options.threads);
  WorkloadRun run(options);
  for (std::int64_t i = 0; i < options.warmup; ++i) run.step(i);
  run.session().record(options.profile);
  std::vector<double> times;
  std::int64_t between = std::max<std::int64_t>(1, options.steps / 4);
  for (std::int64_t i = 0; i < options.steps; ++i) {
    if (i % between == 0) peak.measure();
    double begin = now_ms();
    run.step(options.warmup + i);
    times.push_back(now_ms() - begin);
  }
  peak.measure();
  run.session().record(nullptr);

  BenchmarkResult result;
  double tokens = 0, flops = 0;
  for (std::size_t i = 0; i < run.batches(); ++i) {
    const TensorMap& batch = run.batch(static_cast<std::int64_t>(i));
    tokens += real_tokens(batch);
    flops += useful_flops(options.workload, batch);
  }
  auto batches = static_cast<double>(run.batches());
  result.loss = run.output("loss");
  result.train_step_ms = median(times);
  result.target_tokens_per_second = 1000 * tokens / batches / result.train_step_ms;
  result.useful_gflops = flops / batches / result.train_step_ms / 1e6;
  measure_decoding(options, run.session(), result);
  result.gemm_peak_gflops = peak.best();
  result.peak_rss_mib = peak_rss_mib();
  result.blas_kernel = blas_kernel();
  return result;
}

std::string benchmark_json(const BenchmarkResult& result, const BenchmarkOptions& options) {
  std::string text = concat_text("{\"cell\": ", json_string(name_of(options.workload.cell)),
                                 ", \"attention\": ", json_string(name_of(options.workload.attention)),
                                 ", \"threads\": ", options.threads);
  auto add = [&](const char* name, double value) { text += concat_text(", \"", name, "\": ", json_number(value)); };
  add("train_step_ms", result.train_step_ms);
  add("target_tokens_per_second", result.target_tokens_per_second);
  add("gemm_peak_gflops", result.gemm_peak_gflops);
  add("useful_gflops", result.useful_gflops);
  add("greedy_ms_batch1", result.greedy_ms_batch1);
  add("greedy_sentences_per_second_batch32", result.greedy_sentences_per_second_batch32);
  add("peak_rss_mib", result.peak_rss_mib);
  add("loss", result.loss);
  return text + concat_text(", \"blas_kernel\": ", json_string(result.blas_kernel), "}");
}

std::string benchmark_text(const BenchmarkResult& result, const BenchmarkOptions& options) {
  const WorkloadSize& size = options.workload.size;
  auto rounded = [](double value) { return static_cast<double>(static_cast<std::int64_t>(value * 10 + 0.5)) / 10; };
  return concat_text(
      name_of(options.workload.cell), ", attention ", name_of(options.workload.attention), ", embedding ",
      size.embedding, ", hidden ", size.hidden, ", vocabulary ", size.vocabulary, ", batch ", size.batch, ", threads ",
      options.threads, ", BLAS kernels ", result.blas_kernel, "\n  training step    ", rounded(result.train_step_ms),
      " ms, ", rounded(result.target_tokens_per_second), " target tokens a second\n  matrix products  ",
      rounded(result.useful_gflops), " of ", rounded(result.gemm_peak_gflops), " GFLOP/s, ",
      rounded(100 * result.useful_gflops / result.gemm_peak_gflops), " %\n  greedy decoding  ",
      rounded(result.greedy_ms_batch1), " ms a sentence alone, ", rounded(result.greedy_sentences_per_second_batch32),
      " sentences a second in batches of 32\n  peak memory      ", rounded(result.peak_rss_mib), " MiB\n");
}

}  // namespace gradloom
