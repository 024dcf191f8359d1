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
#include "training/read_rate.h"

namespace gradloom {

namespace {

constexpr double learning_rate = 1e-3;
constexpr std::int32_t first_token = 1;  // the reference's begin token
constexpr std::int64_t single_sentences = 8, batched_sentences = 32;
constexpr std::int64_t decoding_rounds = 5;

double now_ms() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The workload's module in a session with its first parameters, and its batches.
class WorkloadRun {
 public:
  explicit WorkloadRun(const BenchmarkOptions& options) : session_(declare(options), session_options(options)) {
    session_.initialize(0);
    for (auto& [name, value] : workload_parameters(module_, options.workload))
      session_.set_variable(name, std::move(value));
    double begin = now_ms();
    step_ = session_.prepare("train_step");
    compile_ms_ = now_ms() - begin;
    for (std::int64_t i = 0; i < options.batches; ++i) {
      batches_.push_back(workload_batch(options.workload, i));
      batches_.back()["learning_rate"] = Tensor::scalar(options.workload.dtype, learning_rate);
    }
  }

  const TensorMap& batch(std::int64_t step) const { return batches_[static_cast<std::size_t>(step) % batches_.size()]; }
  std::size_t batches() const { return batches_.size(); }
  Session& session() { return session_; }
  double compile_ms() const { return compile_ms_; }

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
  double compile_ms_ = 0;
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

// What a decoding step reads of the largest matrix that it multiplies with, in GB/s: the output layer.
double output_layer_rate(const Profile& profile) {
  const Profile::Row* largest = nullptr;
  auto bytes_of_call = [](const Profile::Row& row) { return row.bytes / static_cast<double>(row.calls); };
  for (const Profile::Row& row : profile.rows())
    if (row.operations > 0 && row.function == "decode_step" &&
        (largest == nullptr || bytes_of_call(row) > bytes_of_call(*largest)))
      largest = &row;
  return largest == nullptr ? 0 : largest->bytes / largest->seconds / 1e9;
}

// Sentences one by one, their padding cut off.
class SingleSentences {
 public:
  explicit SingleSentences(const Workload& workload) : batch_(workload_batch(workload, 0)), size_(workload.size) {}

  std::int64_t count() const { return std::min(single_sentences, size_.batch); }
  double decode(Decoder& decoder, const DecodeOptions& search, std::int64_t row) const {
    std::int32_t length = batch_.at("source_lengths").values<std::int32_t>()[static_cast<std::size_t>(row)];
    Tensor source = first_rows(batch_.at("source"), row * size_.source_length, length);
    double begin = now_ms();
    decoder.decode(source, Tensor::from<std::int32_t>({1}, {length}), search);
    return now_ms() - begin;
  }

 private:
  TensorMap batch_;
  WorkloadSize size_;
};

void measure_decoding(const BenchmarkOptions& options, Session& session, BenchmarkResult& result) {
  Decoder decoder(session);
  DecodeOptions search = exact_steps(options.workload);
  SingleSentences singles(options.workload);
  Workload workload = options.workload;
  workload.size.batch = batched_sentences;
  TensorMap many = workload_batch(workload, 0);
  auto decode_many = [&] {
    double begin = now_ms();
    decoder.decode(many.at("source"), many.at("source_lengths"), search);
    return now_ms() - begin;
  };
  std::vector<double> alone, together;
  for (std::int64_t round = -1; round < decoding_rounds; ++round)
    for (std::int64_t row = 0; row < singles.count(); ++row) {
      double time = singles.decode(decoder, search, row);
      if (round >= 0) alone.push_back(time);
    }
  for (std::int64_t round = -1; round < decoding_rounds; ++round) {
    double time = decode_many();
    if (round >= 0) together.push_back(time);
  }
  result.greedy_ms_batch1 = spread_of(alone);
  result.greedy_ms_batch32 = spread_of(together);
  if (options.profile == nullptr) return;
  Profile of_one, of_many;
  session.record(&of_one);
  for (std::int64_t row = 0; row < singles.count(); ++row) singles.decode(decoder, search, row);
  session.record(&of_many);
  for (std::int64_t round = 0; round < decoding_rounds; ++round) decode_many();
  session.record(nullptr);
  result.decoding_profiles =
      concat_text("decoding one sentence: ", of_one.text(result.gemm_peak_gflops), "\ndecoding ", batched_sentences,
                  " sentences at once: ", of_many.text(result.gemm_peak_gflops));
}

// The output layer of a sentence decoded alone, and a loop of loads, by turns.
void measure_reading(const BenchmarkOptions& options, Session& session, BenchmarkResult& result) {
  Decoder decoder(session);
  const WorkloadSize& size = options.workload.size;
  ReadRate reading(static_cast<std::size_t>(size.vocabulary * size.hidden) * size_of(options.workload.dtype));
  std::vector<double> rates;
  for (std::int64_t round = 0; round < decoding_rounds; ++round) {
    Profile profile;
    session.record(&profile);
    SingleSentences(options.workload).decode(decoder, exact_steps(options.workload), 0);
    session.record(nullptr);
    rates.push_back(output_layer_rate(profile));
    reading.measure();
  }
  result.output_layer_gbps = spread_of(rates).median;
  result.read_gbps = reading.median();
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
  if (workload.input_feeding) flops += 2 * targets * gates * h * h;
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
  result.compile_ms = run.compile_ms();
  result.train_step_ms = spread_of(times);
  result.target_tokens_per_second = 1000 * tokens / batches / result.train_step_ms.median;
  result.useful_gflops = flops / batches / result.train_step_ms.median / 1e6;
  result.gemm_peak_gflops = peak.best();
  measure_decoding(options, run.session(), result);
  result.peak_rss_mib = peak_rss_mib();
  measure_reading(options, run.session(), result);
  result.blas_kernel = blas_kernel();
  return result;
}

}  // namespace gradloom
