// A new model folder from a config: everything is read and checked first, then the folder appears whole.
#pragma once

#include <string>

#include "training/languages.h"

namespace gradloom {

/// Makes the folder with the module, its first parameters and a checkpoint before the first update, and returns the
/// corpora, which it had to read. A folder that holds a model is refused (Fault::usage) unless `overwrite`; one that
/// holds something else always is. Paths become absolute in the folder's config.json.
TrainingData create_model(const TrainingConfig& config, const std::string& folder, bool overwrite);

/// Refuses a folder as create_model does, and whatever check_config refuses.
void check_new_model(const TrainingConfig& config, const std::string& folder, bool overwrite);

}  // namespace gradloom
