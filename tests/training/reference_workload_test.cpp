// The reference workload against losses and gradient norms that PyTorch computed in float64.
#include "training/reference_workload.h"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "runtime/interpreter.h"

using namespace gradloom;

namespace {

double relative(double a, double b) { return std::abs(a - b) / std::abs(b); }

}  // namespace

TEST_CASE("training/reference_workload: losses and gradient norms equal PyTorch's") {
  std::ifstream file(GRADLOOM_SOURCE_DIR "/tests/golden/golden_losses.json");
  auto golden = nlohmann::json::parse(file);
  for (const auto& c : golden["cases"]) {
    if (c["clip"] != 0.05) continue;  // one case a cell; training/benchmark runs all of them, in sessions
    Workload workload;
    std::string cell = c["cell"];
    workload.cell = cell_named(cell == "rnn_tanh" ? "rnn" : cell);
    workload.attention = attention_named(c["attention"].get<std::string>());
    workload.size = {c["embedding"], c["hidden"], c["vocabulary"], c["batch"], c["source_length"], c["target_length"]};
    workload.dtype = DType::float64;
    Module module;
    declare_workload(module, workload, c["clip"]);
    TensorMap variables = workload_parameters(module, workload);
    for (const Variable& variable : module.variables())
      if (!variables.contains(variable.name)) variables[variable.name] = Tensor(variable.dtype, variable.shape);
    for (std::int64_t step = 0; step < 2; ++step) {
      TensorMap inputs = workload_batch(workload, step % 4);
      inputs["learning_rate"] = Tensor::scalar(1e-3);
      InterpreterResult result = interpret(module.function("train_step"), inputs, variables);
      for (auto& [name, value] : result.updates) variables[name] = value;
      auto i = static_cast<std::size_t>(step);
      CHECK_MESSAGE(relative(result.outputs.at("loss").item(), c["losses"][i]) < 1e-9, cell, " ", c["attention"], " ",
                    step);
      CHECK_MESSAGE(relative(result.outputs.at("gradient_norm").item(), c["gradient_norms"][i]) < 1e-8, cell, " ",
                    c["attention"], " ", step);
    }
  }
}
