// A size taken apart, for what computes it elsewhere than Dim does: a polynomial's terms and their factors.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "graph/dim.h"

namespace gradloom {

/// A symbol, or a function of two sizes: floordiv, ceildiv, max or min.
struct DimFactor {
  std::string symbol;         ///< empty when it is a function
  std::string_view function;  ///< empty when it is a symbol
  Dim a, b;
};

struct DimTerm {
  std::int64_t coefficient = 0;
  std::vector<DimFactor> factors;
};

/// The terms whose sum is the size; none when it is 0.
std::vector<DimTerm> terms_of(const Dim& dim);

}  // namespace gradloom
