// The files of a model folder by name, and reading the model back from them.
#pragma once

#include <memory>
#include <string>

#include "runtime/session.h"
#include "training/config.h"

namespace gradloom {

class ModelFiles {
 public:
  explicit ModelFiles(std::string folder) : folder_(std::move(folder)) {}

  const std::string& folder() const { return folder_; }
  std::string module() const { return folder_ + "/module.json"; }
  std::string weights() const { return folder_ + "/weights.safetensors"; }
  std::string config() const { return folder_ + "/config.json"; }
  std::string source_vocabulary() const { return folder_ + "/source.vocab"; }
  std::string target_vocabulary() const { return folder_ + "/target.vocab"; }
  std::string source_subwords() const { return folder_ + "/source.model"; }
  std::string target_subwords() const { return folder_ + "/target.model"; }
  std::string training() const { return folder_ + "/training"; }
  std::string state() const { return training() + "/state.safetensors"; }
  std::string position() const { return training() + "/position.json"; }
  std::string log() const { return training() + "/log.jsonl"; }
  std::string report() const { return folder_ + "/report.html"; }
  std::string timing() const { return training() + "/timing.jsonl"; }

 private:
  std::string folder_;
};

/// The module of a folder with a session that has its parameters: what translates.
struct LoadedModel {
  std::unique_ptr<Module> module;
  std::unique_ptr<Session> session;
};
LoadedModel load_model(const ModelFiles& files, const SessionOptions& options);

/// The module's function train_step. A UserError (Fault::input) that names module.json when there is none, or when it
/// lacks an input that training gives or an output that it reads.
const Graph& training_function(const ModelFiles& files, const Module& module);

/// Replaces weights.safetensors by the session's parameters, or by their averages where the module keeps them.
void save_weights(const ModelFiles& files, const Session& session);

}  // namespace gradloom
