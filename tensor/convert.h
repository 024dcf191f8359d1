// One element converted from one dtype to another: the single rule of casts, constants and limits.
#pragma once

#include <cmath>
#include <limits>
#include <type_traits>

namespace gradloom {

/// Float to integer drops the fraction and saturates (NaN becomes 0); to bool it is `value != 0`.
template <class To, class From>
To convert_element(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value != From{0};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    if (std::isnan(value)) return 0;
    // The largest To may round up when made a float, so the comparison is with the power of two above it.
    constexpr From bound = -static_cast<From>(std::numeric_limits<To>::min());
    if (value >= bound) return std::numeric_limits<To>::max();
    if (value <= -bound) return std::numeric_limits<To>::min();
    return static_cast<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

}  // namespace gradloom
