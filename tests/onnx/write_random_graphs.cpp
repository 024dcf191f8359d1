// Writes random functions as ONNX files, with inputs and what Gradloom computes of them: FOLDER/SEED.onnx,
// SEED.inputs.safetensors and SEED.outputs.safetensors, for other runtimes to be held to.
#include <filesystem>
#include <iostream>

#include "base/text.h"
#include "serialization/onnx/model_file.h"
#include "serialization/onnx/onnx_export.h"
#include "serialization/safetensors.h"
#include "tests/runtime/random_graph.h"

namespace {

using namespace gradloom;

void write_graph(const std::string& folder, std::uint64_t seed) {
  testing::RandomGraph made = testing::random_graph(seed, {.with_gradients = seed % 2 == 1});
  const Graph& function = made.module->function("f");
  std::string path = concat_text(folder, "/", seed);
  write_onnx(path + ".onnx", export_onnx(*made.module, function, made.variables));
  // Round 0 has two steps of time: ONNX Runtime runs no loop of none.
  TensorMap inputs = made.inputs(0);
  InterpreterResult result = interpret(function, inputs, made.variables);
  Safetensors given, expected;
  for (const auto& [name, tensor] : inputs) given.tensors.emplace_back(name, tensor);
  if (!function.updates().empty())
    for (const auto& [name, tensor] : made.variables) given.tensors.emplace_back(name, tensor);
  for (const auto& [name, tensor] : result.outputs) expected.tensors.emplace_back(name, tensor);
  for (const auto& [name, tensor] : result.updates) expected.tensors.emplace_back("next_" + name, tensor);
  write_safetensors(path + ".inputs.safetensors", given);
  write_safetensors(path + ".outputs.safetensors", expected);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    std::cerr << "usage: write_random_graphs FOLDER [COUNT]\n";
    return 2;
  }
  std::uint64_t graphs = count > 2 && *arguments[2] != '\0' ? std::stoull(arguments[2]) : 20;
  int status = 0;
  std::filesystem::create_directories(arguments[1]);
  for (std::uint64_t seed = 0; seed < graphs; ++seed) {
    try {
      write_graph(arguments[1], seed);
    } catch (const std::exception& error) {
      std::cerr << "graph " << seed << ": " << error.what() << "\n";
      status = 1;
    }
  }
  return status;
}
