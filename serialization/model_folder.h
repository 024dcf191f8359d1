// A model folder: module.json, weights.safetensors (the parameters, and the module's large constants) and
// training/state.safetensors (every variable). Enough to run a model and to train it on, without the code that built
// it.
#pragma once

#include <memory>
#include <string>

#include "serialization/module_json.h"

namespace gradloom {

/// The files of a model folder by name, below the folder.
inline constexpr const char* module_file = "module.json";
inline constexpr const char* weights_file = "weights.safetensors";
inline constexpr const char* state_file = "training/state.safetensors";

struct ModelFolder {
  std::string path;  ///< of the folder
  std::unique_ptr<Module> module;
  TensorMap weights;  ///< every parameter; empty when there is no weights.safetensors
  TensorMap state;    ///< every variable; empty when there is no training/state.safetensors
};

/// Reads a model folder, or the one that a module.json stands in when `path` is that file. What the files hold is held
/// against the module: whatever does not fit is a UserError (Fault::input) that names file and tensor.
ModelFolder read_model_folder(const std::string& path, const ModuleLimits& limits = {});

/// The values that a function is to be run with: when it updates variables those of the state, else those of the
/// weights, and then what only the other file has. Variables that are in no file are absent.
TensorMap variables_for(const ModelFolder& model, const Graph& function);

/// Replaces module.json. Large constants are in weights.safetensors, which write_weights writes.
void write_module(const std::string& folder, const Module& module);

/// Replaces weights.safetensors by the parameters among `values` and the module's large constants. An InternalError
/// when a parameter is missing.
void write_weights(const std::string& folder, const Module& module, const TensorMap& values);

/// Replaces training/state.safetensors by every variable. An InternalError when one is missing.
void write_state(const std::string& folder, const Module& module, const TensorMap& values);

/// Makes the folder where it is missing and writes the three files, module.json last: a folder with a module.json is
/// whole.
void write_model_folder(const std::string& folder, const Module& module, const TensorMap& values);

}  // namespace gradloom
