// A model folder's files as a module and a session.
#include "training/model_files.h"

#include <algorithm>

#include "serialization/model_folder.h"
#include "training/averaged_parameters.h"

namespace gradloom {

LoadedModel load_model(const ModelFiles& files, const SessionOptions& options) {
  ModelFolder folder = read_model_folder(files.folder());
  require(!folder.weights.empty(), Fault::input, "no parameters in ", files.folder(), ": it has no ", weights_file);
  LoadedModel model{std::move(folder.module), nullptr};
  model.session = std::make_unique<Session>(*model.module, options);
  for (auto& [name, value] : folder.weights) model.session->set_variable(name, std::move(value));
  return model;
}

const Graph& training_function(const ModelFiles& files, const Module& module) {
  constexpr const char* name = "train_step";
  const Graph* function = module.find_function(name);
  require(function != nullptr, Fault::input, files.module(), ": it has no function \"", name, "\" to train with");
  for (const char* wanted :
       {"source", "source_lengths", "target_in", "target_out", "target_lengths", "learning_rate"}) {
    auto is_wanted = [&](const Value& input) { return input.node().name == wanted; };
    require(std::any_of(function->inputs().begin(), function->inputs().end(), is_wanted), Fault::input, files.module(),
            ": ", name, " has no input \"", wanted, "\"");
  }
  for (const char* wanted : {"loss", "gradient_norm"}) {
    auto is_wanted = [&](const NamedValue& output) { return output.name == wanted; };
    require(std::any_of(function->outputs().begin(), function->outputs().end(), is_wanted), Fault::input,
            files.module(), ": ", name, " has no output \"", wanted, "\"");
  }
  return *function;
}

void save_weights(const ModelFiles& files, const Session& session) {
  write_weights(files.folder(), session.module(), translating_variables(session));
}

}  // namespace gradloom
