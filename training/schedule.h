// The learning rate of each update: a function of the update's number only, so that resuming changes nothing.
#pragma once

#include "training/config.h"

namespace gradloom {

/// The rate of update number `update`, counted from 1. `scale` is what plateau has brought it down to.
double learning_rate_at(const TrainingConfig& config, std::int64_t update, double scale);

}  // namespace gradloom
