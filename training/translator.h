// The module of a translator, whole: what translates and what trains.
#pragma once

#include "training/config.h"

namespace gradloom {

/// Declares the functions loss, train_step, encode and decode_step and their variables.
void declare_translator(Module& module, const TrainingConfig& config, std::int64_t source_vocabulary,
                        std::int64_t target_vocabulary);

}  // namespace gradloom
