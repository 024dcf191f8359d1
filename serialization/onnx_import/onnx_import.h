// ONNX models as modules: the graph becomes the function `main`, whose operations are our own, so that it can be run,
// differentiated, trained, saved and exported again.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "graph/module.h"
#include "runtime/interpreter.h"
#include "serialization/onnx/model.h"

namespace gradloom {

/// What an import takes at most; beyond any of them the model is refused (Fault::input).
struct OnnxImportLimits {
  std::size_t nodes = 100'000;                    ///< of the file, each as often as a body or function is written out
  std::size_t depth = 16;                         ///< bodies inside bodies, functions inside functions
  std::int64_t elements = std::int64_t{1} << 29;  ///< of the constants that nodes become, each as often as it stands
};

struct OnnxImportOptions {
  std::string name = "model";  ///< what errors call the file
  /// The values of inputs that decide shapes, by the name in the file; they become constants.
  TensorMap static_inputs = {};
  OnnxImportLimits limits = {};
};

struct OnnxImport {
  std::unique_ptr<Module> module;
  TensorMap weights;  ///< the values of the module's variables
  /// Names of inputs, outputs and variables that ours may not have: as in the file, and as they are now.
  std::vector<std::pair<std::string, std::string>> renamed;
  /// Operators and attributes of theirs that have no part in the module: misspelt ones, and what changes nothing here.
  std::set<std::pair<std::string, std::string>> passed_over;
};

/// A model that cannot be imported, and where; Fault::input. `is_sound`: what it says has a meaning, but an operator,
/// element type or shape that we have not.
class OnnxImportError : public UserError {
 public:
  OnnxImportError(const std::string& message, bool is_sound) : UserError(message, Fault::input), is_sound_(is_sound) {}
  bool is_sound() const { return is_sound_; }

 private:
  bool is_sound_;
};

/// An input of a node decides a shape, but its value is computed from inputs of the model: give them as static ones.
class StaticInputNeeded : public OnnxImportError {
 public:
  StaticInputNeeded(const std::string& message, std::vector<std::string> inputs)
      : OnnxImportError(message, true), inputs_(std::move(inputs)) {}
  /// Names of inputs of the model.
  const std::vector<std::string>& inputs() const { return inputs_; }

 private:
  std::vector<std::string> inputs_;
};

/// The model as a module with the function `main`. Names of inputs and outputs are kept as far as ours may hold their
/// letters (others become `_`), dim_params become symbols. Float initializers of rank 1 and more become variables of
/// the role parameter; other initializers constants. An OnnxImportError says which node cannot be imported, and why.
OnnxImport import_onnx(const onnx::Model& model, const OnnxImportOptions& options = {});

}  // namespace gradloom
