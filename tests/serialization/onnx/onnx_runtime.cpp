// Models, inputs and outputs as files of a folder that run_models.mjs works through.
#include "tests/serialization/onnx/onnx_runtime.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "serialization/file.h"
#include "serialization/safetensors.h"
#include "tests/serialization/scratch_folder.h"

namespace gradloom {

namespace {

const std::string scripts = GRADLOOM_SOURCE_DIR "/tests/onnx";

// A command that runs a script of tests/onnx/ and writes what it says into a file.
int run_script(const std::string& script, const std::string& argument, const std::string& said) {
  std::string command = concat_text("bash ", scripts, "/run_node.sh " GRADLOOM_BINARY_DIR "/onnx/runtime ", script, " ",
                                    argument, " > ", said, " 2>&1");
  return WEXITSTATUS(std::system(command.c_str()));
}

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 31;

std::string prefix_of(std::size_t run) {
  std::string number = std::to_string(run);
  return "/" + std::string(6 - number.size(), '0') + number;
}

Safetensors as_file(const TensorMap& tensors) {
  Safetensors file;
  for (const auto& [name, tensor] : tensors) file.tensors.emplace_back(name, tensor);
  return file;
}

bool has_ended(const std::string& prefix) {
  return std::filesystem::exists(prefix + ".error") || std::filesystem::exists(prefix + ".outputs.safetensors");
}

}  // namespace

bool has_onnx_runtime() {
  constexpr int skipped = 77;
  static const std::string missing = [] {
    ScratchFolder scratch;
    std::string said = scratch.path("said");
    return run_script("--version", "", said) == skipped ? read_file(said, most_bytes) : std::string();
  }();
  if (!missing.empty()) MESSAGE(missing);
  return missing.empty();
}

std::vector<OnnxOutcome> run_in_onnx_runtime(const std::vector<OnnxRun>& runs) {
  ScratchFolder folder;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    write_file(folder.path() + prefix_of(i) + ".onnx", runs[i].model);
    write_safetensors(folder.path() + prefix_of(i) + ".inputs.safetensors", as_file(runs[i].inputs));
  }
  for (std::size_t first = 0; first < runs.size();) {
    int status = run_script(scripts + "/run_models.mjs", folder.path(), folder.path("said"));
    while (first < runs.size() && has_ended(folder.path() + prefix_of(first))) ++first;
    if (first < runs.size())
      write_file(
          folder.path() + prefix_of(first) + ".error",
          concat_text("the process ended with status ", status, ": ", read_file(folder.path("said"), most_bytes)));
  }
  std::vector<OnnxOutcome> outcomes(runs.size());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    std::string prefix = folder.path() + prefix_of(i);
    if (std::filesystem::exists(prefix + ".error")) {
      outcomes[i].error = read_file(prefix + ".error", most_bytes);
      continue;
    }
    for (auto& [name, tensor] : read_safetensors(prefix + ".outputs.safetensors").tensors)
      outcomes[i].outputs.emplace(name, std::move(tensor));
  }
  return outcomes;
}

std::string difference_of(const TensorMap& got, const TensorMap& expected, double relative, double absolute) {
  for (const auto& [name, due] : expected) {
    auto found = got.find(name);
    if (found == got.end()) return "no output " + name;
    const Tensor& tensor = found->second;
    if (tensor.dtype() != due.dtype() || tensor.shape() != due.shape())
      return concat_text(name, " is ", name_of(tensor.dtype()), " ", shape_text(tensor.shape()), " but ",
                         name_of(due.dtype()), " ", shape_text(due.shape()), " is due");
    std::vector<double> x = tensor.cast(DType::float64).to_vector<double>(),
                        y = due.cast(DType::float64).to_vector<double>();
    bool exact = !is_float(due.dtype());
    for (std::size_t i = 0; i < x.size(); ++i) {
      bool same = x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i])) ||
                  (!exact && std::abs(x[i] - y[i]) <= absolute + relative * std::abs(y[i]));
      if (!same) return concat_text(name, ": element ", i, " is ", x[i], " but ", y[i], " is due");
    }
  }
  return "";
}

}  // namespace gradloom
