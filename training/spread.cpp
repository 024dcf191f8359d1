// Quantiles between the sorted measurements beside them.
#include "training/spread.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace gradloom {

Spread spread_of(std::vector<double> values) {
  ensure(!values.empty(), "a spread of no measurements");
  std::ranges::sort(values);
  auto quantile = [&](double share) {
    double place = share * static_cast<double>(values.size() - 1), below = std::floor(place);
    auto index = static_cast<std::size_t>(below);
    double above = index + 1 < values.size() ? values[index + 1] : values[index];
    return values[index] + (place - below) * (above - values[index]);
  };
  return {quantile(0.5), quantile(0.25), quantile(0.75)};
}

}  // namespace gradloom
