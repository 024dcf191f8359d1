// Parameters and batches of the reference workload, from splitmix64.
#include "training/reference_workload.h"

#include <cmath>

#include "base/error.h"
#include "tensor/random.h"
#include "training/optimizer.h"

namespace gradloom {

namespace {

// The number of each parameter, as bench_torch.py counts them; a number is kept when its parameter is absent.
struct NumberedParameter {
  std::string_view name;
  std::uint64_t number;
};
constexpr NumberedParameter numbered[] = {{"source_embedding/table", 0},
                                          {"target_embedding/table", 1},
                                          {"encoder/layer_0/forward/input_weight", 2},
                                          {"encoder/layer_0/forward/state_weight", 3},
                                          {"encoder/layer_0/forward/input_bias", 4},
                                          {"encoder/layer_0/forward/state_bias", 5},
                                          {"decoder/layer_0/input_weight", 6},
                                          {"decoder/layer_0/state_weight", 7},
                                          {"decoder/layer_0/input_bias", 8},
                                          {"decoder/layer_0/state_bias", 9},
                                          {"attention/query_weight", 10},
                                          {"attention/key_weight", 11},
                                          {"attention/score_weight", 12},
                                          {"combine/weight", 13},
                                          {"combine/bias", 14},
                                          {"output/weight", 15},
                                          {"output/bias", 16}};

constexpr std::int32_t first_token = 1;  // the reference feeds its own begin token, not the end token
constexpr std::int32_t end_token = 2;

std::int64_t below(std::uint64_t seed, std::int64_t index, std::int64_t bound) {
  double u = splitmix_uniform(seed, static_cast<std::uint64_t>(index));
  return static_cast<std::int64_t>(std::floor(u * static_cast<double>(bound)));
}

}  // namespace

WorkloadSize workload_size(std::string_view name) {
  if (name == "S") return {64, 128, 2000, 32, 12, 12};
  if (name == "M") return {256, 256, 8000, 64, 20, 20};
  if (name == "L") return {512, 512, 16000, 64, 30, 30};
  throw UserError(concat_text("no size \"", name, "\"; there are S, M and L"));
}

SequenceToSequence declare_model(Module& module, const Workload& workload) {
  require(workload.attention == AttentionKind::dot || workload.attention == AttentionKind::additive ||
              workload.attention == AttentionKind::none,
          Fault::usage, "the reference workload has attention dot, additive or none, not ",
          name_of(workload.attention));
  SequenceToSequenceConfig config;
  config.attention = workload.attention;
  config.cell = workload.cell;
  config.embedding = workload.size.embedding;
  config.hidden = workload.size.hidden;
  config.source_vocabulary = config.target_vocabulary = workload.size.vocabulary;
  config.input_feeding = workload.input_feeding;
  config.dtype = workload.dtype;
  SequenceToSequence model(module, config);
  model.declare_loss();
  model.declare_decoding();
  return model;
}

void declare_workload(Module& module, const Workload& workload, double clip) {
  SequenceToSequence model = declare_model(module, workload);
  Graph& graph = module.add_function("train_step");
  auto losses = model.declare_losses(graph);
  Value norm = minimize(graph, losses.loss, graph.input("learning_rate", workload.dtype, {}), Adam{}, clip);
  SequenceToSequence::declare_outputs(graph, losses);
  graph.output("gradient_norm", norm);
}

TensorMap workload_parameters(const Module& module, const Workload& workload) {
  TensorMap parameters;
  for (const auto& [name, number] : numbered) {
    const Variable* variable = module.find_variable(name);
    if (!variable) continue;
    Tensor tensor(DType::float32, variable->shape);
    auto values = tensor.mutable_values<float>();
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>((2 * splitmix_uniform(1000 + number, i) - 1) * 0.08);
    parameters[std::string(name)] = tensor.cast(workload.dtype);
  }
  return parameters;
}

TensorMap workload_batch(const Workload& workload, std::int64_t index) {
  const WorkloadSize& size = workload.size;
  auto seed = [&](std::uint64_t family) { return family + static_cast<std::uint64_t>(index); };
  Tensor source(DType::int32, {size.batch, size.source_length}),
      target_in(DType::int32, {size.batch, size.target_length}),
      target_out = target_in, source_lengths(DType::int32, {size.batch}), target_lengths = source_lengths;
  auto length = [&](std::int64_t draw, std::int64_t full) {
    std::int64_t shortest = full / 2;
    return workload.full_length ? full : shortest + below(seed(2000), draw, full - shortest + 1);
  };
  for (std::int64_t row = 0; row < size.batch; ++row) {
    auto at = [&](Tensor& tensor, std::int64_t column) -> std::int32_t& {
      std::int64_t width = tensor.rank() == 2 ? tensor.shape()[1] : 1;
      return tensor.mutable_values<std::int32_t>()[static_cast<std::size_t>(row * width + column)];
    };
    auto word = [&](std::uint64_t family, std::int64_t i) {
      return static_cast<std::int32_t>(3 + below(seed(family), i, size.vocabulary - 3));
    };
    std::int64_t source_length = length(2 * row, size.source_length);
    std::int64_t target_length = length(2 * row + 1, size.target_length);
    at(source_lengths, 0) = static_cast<std::int32_t>(source_length);
    at(target_lengths, 0) = static_cast<std::int32_t>(target_length);
    for (std::int64_t s = 0; s < source_length; ++s) at(source, s) = word(3000, row * size.source_length + s);
    for (std::int64_t t = 0; t < target_length; ++t) {
      at(target_out, t) = t + 1 == target_length ? end_token : word(4000, row * size.target_length + t);
      at(target_in, t) = t == 0 ? first_token : at(target_out, t - 1);
    }
  }
  return {{"source", source},
          {"source_lengths", source_lengths},
          {"target_in", target_in},
          {"target_out", target_out},
          {"target_lengths", target_lengths}};
}

}  // namespace gradloom
