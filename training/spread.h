// The middle of measurements and how far they scatter.
#pragma once

#include <vector>

namespace gradloom {

struct Spread {
  double median = 0;
  double low = 0, high = 0;  ///< quartiles: half of the measurements lie between them
};

/// Of at least one measurement.
Spread spread_of(std::vector<double> values);

}  // namespace gradloom
