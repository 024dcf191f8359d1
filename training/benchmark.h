// Measuring the reference workload: losses to hold against another engine, and times beside the machine's own peak.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/profile.h"
#include "training/reference_workload.h"
#include "training/spread.h"

namespace gradloom {

struct BenchmarkOptions {
  Workload workload;
  double clip = 1;
  int threads = 1;
  bool optimize = true;
  bool hand_batched = false;  ///< the declaration with everything batched by hand (training/hand_batched.h)
  std::int64_t batches = 4;   ///< different ones, taken in turn
  std::int64_t steps = 20, warmup = 4;
  Profile* profile = nullptr;  ///< when given, gathers the timed steps, which then take a little longer; decoding too
};

struct LossCurve {
  std::vector<double> losses;          ///< of each step, before its update
  std::vector<double> gradient_norms;  ///< before clipping
};

/// The first `options.steps` training steps.
LossCurve workload_losses(const BenchmarkOptions& options);

/// {"losses": [...], "gradient_norms": [...]}, every number exactly.
std::string losses_json(const LossCurve& curve);

struct BenchmarkResult {
  double compile_ms = 0;  ///< of train_step
  Spread train_step_ms;
  double target_tokens_per_second = 0;         ///< real tokens
  double gemm_peak_gflops = 0;                 ///< best 2048^3 float32 product of another process, meanwhile
  double useful_gflops = 0;                    ///< of the step's matrix products without padding, a second
  Spread greedy_ms_batch1, greedy_ms_batch32;  ///< of a sentence, and of 32 at once
  double output_layer_gbps = 0;                ///< what decoding a sentence reads of its largest matrix, GB/s
  double read_gbps = 0;                        ///< of a loop that only reads as many bytes, meanwhile
  std::string decoding_profiles;               ///< when a profile was asked for
  double peak_rss_mib = 0;
  double loss = 0;  ///< of the last step
  std::string blas_kernel;
};

BenchmarkResult run_benchmark(const BenchmarkOptions& options);

/// One object on one line.
std::string benchmark_json(const BenchmarkResult& result, const BenchmarkOptions& options);
/// Some lines for people.
std::string benchmark_text(const BenchmarkResult& result, const BenchmarkOptions& options);

/// Floating-point operations of the matrix products of one training step, padding not counted, backward twice forward.
double useful_flops(const Workload& workload, const TensorMap& batch);

}  // namespace gradloom
