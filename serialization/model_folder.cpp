// Reading and writing of model folders, as declared in model_folder.h.
#include "serialization/model_folder.h"

#include <filesystem>

#include "base/error.h"
#include "serialization/file.h"
#include "serialization/safetensors.h"
#include "serialization/utf8.h"

namespace gradloom {

namespace {

namespace fs = std::filesystem;

std::string below(const std::string& folder, const char* name) { return (fs::path(folder) / name).string(); }

bool is_there(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

void make_folder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  require(!error, Fault::system, "cannot make the folder ", folder, ": ", error.message());
}

// The names of variables and of stored constants differ by the colon.
bool is_constant_name(std::string_view name) { return name.find(':') != std::string_view::npos; }

using Chooses = bool (*)(const Variable&);
bool is_parameter(const Variable& variable) { return variable.role == Role::parameter; }
bool is_any(const Variable&) { return true; }

NamedTensors read_tensors(const std::string& path, const ModuleLimits& limits) {
  std::uint64_t most_bytes = static_cast<std::uint64_t>(limits.elements) * 8;
  return read_safetensors(path, most_bytes).tensors;
}

// The tensors that hold variables, each held against its declaration; none that is chosen may be missing.
TensorMap variables_of(const NamedTensors& tensors, const Module& module, const std::string& path, Chooses chooses,
                       std::string_view what) {
  std::vector<std::string> known;
  for (const Variable& variable : module.variables())
    if (chooses(variable)) known.push_back(variable.name);
  TensorMap values;
  for (const auto& [name, tensor] : tensors) {
    const Variable* variable = module.find_variable(name);
    require(variable && chooses(*variable), Fault::input, path, ": the tensor \"", shown_text(name), "\" is no ", what,
            " of the module", name.size() > 80 ? "" : did_you_mean(name, known));
    require(tensor.dtype() == variable->dtype && tensor.shape() == variable->shape, Fault::input, path,
            ": the tensor \"", name, "\" is ", name_of(tensor.dtype()), " ", shape_text(tensor.shape()), " but the ",
            what, " is ", variable->type().text());
    values.insert_or_assign(name, tensor);
  }
  for (const std::string& name : known)
    require(values.contains(name), Fault::input, path, ": no tensor for the ", what, " \"", name, "\"");
  return values;
}

NamedTensors chosen(const Module& module, const TensorMap& values, Chooses chooses) {
  NamedTensors tensors;
  for (const Variable& variable : module.variables()) {
    if (!chooses(variable)) continue;
    auto found = values.find(variable.name);
    ensure(found != values.end(), "the variable ", variable.name, " has no value to be saved");
    tensors.emplace_back(variable.name, found->second);
  }
  return tensors;
}

}  // namespace

ModelFolder read_model_folder(const std::string& path, const ModuleLimits& limits) {
  ModelFolder model;
  std::error_code ignored;
  bool is_folder = fs::is_directory(path, ignored);
  require(is_folder || is_there(path), Fault::input, "no model at ", path, ": there is no such file or folder");
  model.path = is_folder ? path : fs::path(path).parent_path().string();
  std::string module_path = is_folder ? below(path, module_file) : path;
  require(is_there(module_path), Fault::input, "no model in ", path, ": it has no ", module_file);

  std::string weights_path = below(model.path, weights_file), state_path = below(model.path, state_file);
  bool has_weights = is_there(weights_path);
  TensorMap constants;
  NamedTensors weights;
  if (has_weights) {
    for (auto& [name, tensor] : read_tensors(weights_path, limits)) {
      if (is_constant_name(name))
        constants.insert_or_assign(std::move(name), std::move(tensor));
      else
        weights.emplace_back(std::move(name), std::move(tensor));
    }
  }
  model.module = read_module_json(read_file(module_path, limits.json.input_bytes), module_path, constants, limits);
  if (has_weights) model.weights = variables_of(weights, *model.module, weights_path, is_parameter, "parameter");
  if (is_there(state_path))
    model.state = variables_of(read_tensors(state_path, limits), *model.module, state_path, is_any, "variable");
  return model;
}

TensorMap variables_for(const ModelFolder& model, const Graph& function) {
  bool trains = !function.updates().empty();
  TensorMap values = trains ? model.state : model.weights;
  const TensorMap& other = trains ? model.weights : model.state;
  values.insert(other.begin(), other.end());
  return values;
}

void write_module(const std::string& folder, const Module& module) {
  write_file(below(folder, module_file), write_module_json(module).text);
}

void write_weights(const std::string& folder, const Module& module, const TensorMap& values) {
  NamedTensors tensors = chosen(module, values, is_parameter);
  for (const auto& [name, tensor] : write_module_json(module).constants) tensors.emplace_back(name, tensor);
  write_safetensors(below(folder, weights_file), {tensors, {}});
}

void write_state(const std::string& folder, const Module& module, const TensorMap& values) {
  std::string path = below(folder, state_file);
  make_folder(fs::path(path).parent_path().string());
  write_safetensors(path, {chosen(module, values, is_any), {}});
}

void write_model_folder(const std::string& folder, const Module& module, const TensorMap& values) {
  make_folder(folder);
  write_state(folder, module, values);
  write_weights(folder, module, values);
  write_module(folder, module);
}

}  // namespace gradloom
