// Whole translators through module.json: the same bytes after loading, and the same bits when they are trained.
#include <doctest/doctest.h>

#include <chrono>

#include "serialization/module_json.h"
#include "training/optimizer.h"
#include "training/reference_workload.h"

using namespace gradloom;

namespace {

Workload small_workload(CellKind cell, AttentionKind attention) {
  Workload workload;
  workload.cell = cell;
  workload.attention = attention;
  workload.size = {4, 6, 11, 2, 5, 4};
  return workload;
}

}  // namespace

TEST_CASE("serialization/model_round_trip: every cell and score is saved to the same bytes again") {
  for (CellKind cell : {CellKind::rnn, CellKind::gru, CellKind::lstm})
    for (AttentionKind attention : {AttentionKind::none, AttentionKind::dot, AttentionKind::general,
                                    AttentionKind::additive, AttentionKind::scaled}) {
      CAPTURE(name_of(cell));
      CAPTURE(name_of(attention));
      Module module;
      SequenceToSequenceConfig config;
      config.cell = cell;
      config.attention = attention;
      config.embedding = 4;
      config.hidden = 6;
      config.layers = 2;
      config.heads = attention == AttentionKind::scaled ? 2 : 1;
      config.source_vocabulary = config.target_vocabulary = 11;
      config.bidirectional = true;
      config.input_feeding = attention == AttentionKind::dot;
      SequenceToSequence model(module, config);
      model.declare_loss();
      model.declare_decoding();
      declare_counters(module);
      Graph& step = module.add_function("train_step");
      Regularization regularization;
      Dropout dropout{0.2, {step.variable(key_variable), step.variable(step_variable)}};
      regularization.embedding = regularization.layers = regularization.output = dropout;
      regularization.label_smoothing = 0.1;
      Value loss = model.declare_losses(step, regularization).loss;
      step.output("norm", minimize(step, loss, step.input("learning_rate", DType::float32, {}), Adam{}, 1));
      ModuleJson json = write_module_json(module);
      auto loaded = read_module_json(json.text, "module.json", json.constants);
      CHECK(write_module_json(*loaded).text == json.text);
    }
}

TEST_CASE("serialization/model_round_trip: a loaded train_step computes the same bits") {
  for (AttentionKind attention : {AttentionKind::none, AttentionKind::dot, AttentionKind::additive}) {
    Workload workload = small_workload(CellKind::gru, attention);
    Module module;
    declare_workload(module, workload, 1);
    ModuleJson json = write_module_json(module);
    auto loaded = read_module_json(json.text, "module.json", json.constants);
    TensorMap variables = workload_parameters(module, workload);
    for (const Variable& variable : module.variables())
      if (!variables.contains(variable.name)) variables[variable.name] = Tensor(variable.dtype, variable.shape);
    TensorMap inputs = workload_batch(workload, 0);
    inputs["learning_rate"] = Tensor::scalar(1e-3f);
    InterpreterResult before = interpret(module.function("train_step"), inputs, variables);
    InterpreterResult after = interpret(loaded->function("train_step"), inputs, variables);
    REQUIRE(before.updates.size() == after.updates.size());
    REQUIRE(!before.updates.empty());
    for (const auto& [name, tensor] : before.outputs) CHECK(tensor.identical(after.outputs.at(name)));
    for (const auto& [name, tensor] : before.updates) CHECK(tensor.identical(after.updates.at(name)));
  }
}

TEST_CASE("serialization/model_round_trip: a training module of size M is read within 100 ms") {
  Workload workload;
  workload.size = workload_size("M");
  Module module;
  declare_workload(module, workload, 1);
  ModuleJson json = write_module_json(module);
  CHECK(json.text.size() < 1'000'000);
  auto begin = std::chrono::steady_clock::now();
  read_module_json(json.text, "module.json", json.constants);
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  MESSAGE("read ", json.text.size(), " bytes in ", seconds.count(), " s");
  // Ten times the promise, because other processes share the processor.
  CHECK(seconds.count() < 1);
}
