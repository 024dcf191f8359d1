// A model folder's files as a module and a session.
#include "training/model_files.h"

#include "serialization/model_folder.h"

namespace gradloom {

LoadedModel load_model(const ModelFiles& files, const SessionOptions& options) {
  ModelFolder folder = read_model_folder(files.folder());
  require(!folder.weights.empty(), Fault::input, "no parameters in ", files.folder(), ": it has no ", weights_file);
  LoadedModel model{std::move(folder.module), nullptr};
  model.session = std::make_unique<Session>(*model.module, options);
  for (auto& [name, value] : folder.weights) model.session->set_variable(name, std::move(value));
  return model;
}

void save_weights(const ModelFiles& files, const Session& session) {
  write_weights(files.folder(), session.module(), session.variables());
}

}  // namespace gradloom
