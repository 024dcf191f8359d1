// A benchmark's figures as one JSON object and as lines for people.
#include "base/error.h"
#include "serialization/json_writer.h"
#include "training/benchmark.h"

namespace gradloom {

namespace {

constexpr double batched_sentences = 32;

double rounded(double value) { return static_cast<double>(static_cast<std::int64_t>(value * 10 + 0.5)) / 10; }

// Short times need more digits than long ones.
double rounded_ms(double value) {
  return value < 10 ? static_cast<double>(static_cast<std::int64_t>(value * 1000 + 0.5)) / 1000 : rounded(value);
}

std::string spread_text(const Spread& spread) {
  return concat_text(rounded_ms(spread.median), " ms (", rounded_ms(spread.low), " to ", rounded_ms(spread.high), ")");
}

double percent(double part, double whole) { return whole > 0 ? rounded(100 * part / whole) : 0; }

double sentences_per_second(const BenchmarkResult& result) {
  return 1000 * batched_sentences / result.greedy_ms_batch32.median;
}

}  // namespace

std::string benchmark_json(const BenchmarkResult& result, const BenchmarkOptions& options) {
  std::string text = concat_text("{\"cell\": ", json_string(name_of(options.workload.cell)),
                                 ", \"attention\": ", json_string(name_of(options.workload.attention)),
                                 ", \"threads\": ", options.threads);
  auto add = [&](const char* name, double value) { text += concat_text(", \"", name, "\": ", json_number(value)); };
  auto add_quartiles = [&](const char* name, const Spread& spread) {
    text += concat_text(", \"", name, "\": [", json_number(spread.low), ", ", json_number(spread.high), "]");
  };
  add("compile_ms", result.compile_ms);
  add("train_step_ms", result.train_step_ms.median);
  add_quartiles("train_step_ms_quartiles", result.train_step_ms);
  add("target_tokens_per_second", result.target_tokens_per_second);
  add("gemm_peak_gflops", result.gemm_peak_gflops);
  add("useful_gflops", result.useful_gflops);
  add("greedy_ms_batch1", result.greedy_ms_batch1.median);
  add_quartiles("greedy_ms_batch1_quartiles", result.greedy_ms_batch1);
  add("greedy_sentences_per_second_batch32", sentences_per_second(result));
  add_quartiles("greedy_ms_batch32_quartiles", result.greedy_ms_batch32);
  add("output_layer_gb_per_second", result.output_layer_gbps);
  add("read_gb_per_second", result.read_gbps);
  add("peak_rss_mib", result.peak_rss_mib);
  add("loss", result.loss);
  return text + concat_text(", \"blas_kernel\": ", json_string(result.blas_kernel), "}");
}

std::string benchmark_text(const BenchmarkResult& result, const BenchmarkOptions& options) {
  const WorkloadSize& size = options.workload.size;
  return concat_text(
      name_of(options.workload.cell), ", attention ", name_of(options.workload.attention),
      options.workload.input_feeding ? ", input feeding" : "", ", embedding ", size.embedding, ", hidden ", size.hidden,
      ", vocabulary ", size.vocabulary, ", batch ", size.batch, ", threads ", options.threads, ", BLAS kernels ",
      result.blas_kernel, "\nMedians, and in brackets what half of the measurements lie between.\n  compiling        ",
      rounded(result.compile_ms), " ms\n  training step    ", spread_text(result.train_step_ms), ", ",
      rounded(result.target_tokens_per_second), " target tokens a second\n  matrix products  ",
      rounded(result.useful_gflops), " of ", rounded(result.gemm_peak_gflops), " GFLOP/s, ",
      percent(result.useful_gflops, result.gemm_peak_gflops), " %\n  greedy decoding  ",
      spread_text(result.greedy_ms_batch1), " a sentence alone, ", spread_text(result.greedy_ms_batch32),
      " for 32 at once, ", rounded(sentences_per_second(result)), " sentences a second\n  output layer     ",
      rounded(result.output_layer_gbps), " of ", rounded(result.read_gbps), " GB/s that a loop of loads reads, ",
      percent(result.output_layer_gbps, result.read_gbps), " %, for a sentence alone\n  peak memory      ",
      rounded(result.peak_rss_mib), " MiB\n");
}

}  // namespace gradloom
