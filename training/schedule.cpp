// Warm-up and decay, as declared in schedule.h.
#include "training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gradloom {

double learning_rate_at(const TrainingConfig& config, std::int64_t update, double scale) {
  auto u = static_cast<double>(update), warmup = static_cast<double>(config.warmup);
  double rate = config.learning_rate * scale;
  if (u < warmup) return rate * u / warmup;
  if (config.schedule == "inverse-sqrt") return rate * std::sqrt(std::max(warmup, 1.0) / u);
  if (config.schedule == "cosine") {
    double passed = std::min(1.0, (u - warmup) / (static_cast<double>(config.decay) - warmup));
    return rate * 0.5 * (1 + std::cos(std::numbers::pi * passed));
  }
  return rate;
}

}  // namespace gradloom
