// Functions of a translator exported as ONNX and imported again: the same names, and the same numbers.
#include <doctest/doctest.h>

#include <cmath>

#include "models/sequence_to_sequence.h"
#include "runtime/session.h"
#include "serialization/onnx/model_file.h"
#include "serialization/onnx/onnx_export.h"
#include "serialization/onnx_import/onnx_import.h"
#include "training/reference_workload.h"

using namespace gradloom;

namespace {

// The largest |a - b| / (1 + |b|) of floats; everything else must be the same.
double difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.dtype() == b.dtype());
  REQUIRE(a.shape() == b.shape());
  if (!is_float(a.dtype())) return a.identical(b) ? 0 : INFINITY;
  double largest = 0;
  std::vector<double> x = a.cast(DType::float64).to_vector<double>(), y = b.cast(DType::float64).to_vector<double>();
  for (std::size_t i = 0; i < x.size(); ++i) largest = std::max(largest, std::abs(x[i] - y[i]) / (1 + std::abs(y[i])));
  return largest;
}

// Through the bytes of a file, as another program would get it.
OnnxImport travelled(const Module& module, const Graph& function, const TensorMap& variables) {
  std::string bytes = onnx_bytes(export_onnx(module, function, variables));
  return import_onnx(parse_onnx(std::as_bytes(std::span(bytes.data(), bytes.size())), "m.onnx"), {.name = "m.onnx"});
}

// Outputs and new values of variables, these as `next_NAME`.
TensorMap results_of(const Module& module, const Graph& function, const TensorMap& inputs, const TensorMap& variables) {
  InterpreterResult made = interpret(module.function(function.name()), inputs, variables);
  for (const auto& [name, value] : made.updates) made.outputs["next_" + name] = value;
  return made.outputs;
}

void check_round_trip(const Module& module, const std::string& name, TensorMap inputs, const TensorMap& variables) {
  CAPTURE(name);
  const Graph& function = module.function(name);
  TensorMap wanted = results_of(module, function, inputs, variables);
  OnnxImport imported = travelled(module, function, variables);
  CHECK(imported.renamed.empty());
  // Variables of a function that updates them are inputs of its export.
  if (!function.updates().empty()) inputs.insert(variables.begin(), variables.end());
  for (bool optimize : {false, true}) {
    CAPTURE(optimize);
    Session session(*imported.module, {.compile = {.optimize = optimize}});
    for (const auto& [variable, value] : imported.weights) session.set_variable(variable, value);
    TensorMap given;
    for (const Value& input : imported.module->function("main").inputs())
      given[input.node().name] = inputs.at(input.node().name);
    TensorMap made = session.run("main", given);
    CHECK(made.size() == wanted.size());
    for (const auto& [output, value] : wanted) {
      CAPTURE(output);
      CHECK(difference(made.at(output), value) < 1e-5);
    }
  }
}

}  // namespace

TEST_CASE("onnx_import/round_trip: loss and train_step of the reference workload") {
  for (CellKind cell : {CellKind::gru, CellKind::lstm})
    for (AttentionKind attention : {AttentionKind::dot, AttentionKind::additive, AttentionKind::none}) {
      CAPTURE(name_of(cell));
      CAPTURE(name_of(attention));
      Workload workload;
      workload.cell = cell;
      workload.attention = attention;
      workload.size = {4, 6, 11, 2, 5, 4};
      Module module;
      declare_workload(module, workload, 1);
      TensorMap variables = workload_parameters(module, workload);
      for (const Variable& variable : module.variables())
        if (!variables.contains(variable.name)) variables[variable.name] = Tensor(variable.dtype, variable.shape);
      TensorMap batch = workload_batch(workload, 0);
      batch["learning_rate"] = Tensor::scalar(1e-3f);
      check_round_trip(module, "train_step", batch, variables);
    }
}

TEST_CASE("onnx_import/round_trip: encode, decode_step and loss of a translator") {
  Module module;
  SequenceToSequenceConfig config;
  config.cell = CellKind::gru;
  config.attention = AttentionKind::general;
  config.embedding = 4;
  config.hidden = 6;
  config.layers = 2;
  config.source_vocabulary = config.target_vocabulary = 11;
  config.bidirectional = true;
  SequenceToSequence model(module, config);
  model.declare_loss();
  model.declare_decoding();
  Session session(module);
  session.initialize(1);
  TensorMap variables = session.variables();
  auto ids = [](Shape shape, std::vector<std::int32_t> values) { return Tensor::from(std::move(shape), values); };
  TensorMap source{{"source", ids({2, 3}, {3, 4, 5, 6, 7, 0})}, {"source_lengths", ids({2}, {3, 2})}};
  check_round_trip(module, "encode", source, variables);

  TensorMap step = session.run("encode", source);
  step.insert(source.begin(), source.end());
  step["previous"] = ids({2}, {0, 4});
  TensorMap given;
  for (const Value& input : module.function("decode_step").inputs())
    given[input.node().name] = step.at(input.node().name);
  check_round_trip(module, "decode_step", given, variables);

  TensorMap batch = source;
  batch["target_in"] = ids({2, 4}, {0, 3, 4, 5, 0, 6, 7, 0});
  batch["target_out"] = ids({2, 4}, {3, 4, 5, 1, 6, 7, 1, 0});
  batch["target_lengths"] = ids({2}, {4, 3});
  check_round_trip(module, "loss", batch, variables);
}
