// Inputs of samples: a shape and a rule for the elements, drawn from a seed, so that a failure repeats.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "graph/dim.h"

namespace gradloom::op_samples {

/// A tensor in double precision, for plain loops.
struct Array {
  Shape shape;
  std::vector<double> values;
};
using Arrays = std::vector<Array>;

/// Numbers that depend on the seed and on how many were drawn.
class Random {
 public:
  explicit Random(std::uint64_t seed) : seed_(seed) {}
  double uniform();  ///< [0, 1)
  double normal();
  std::int64_t below(std::int64_t bound);

 private:
  std::uint64_t seed_, drawn_ = 0;
};

/// What an input holds: numbers of the dtype under test, indices (int32 or int64), or bools.
enum class Element { number, index, flag };

/// Thrown by a filler when no element can be right (indices below 0): the sizes under test are skipped.
struct NothingToFill {};

struct Filled {
  Dims shape;
  Element element = Element::number;
  /// The next element, for the sizes under test.
  std::function<double(Random&, const Binding&)> draw;
  /// When given: all elements, instead of draw.
  std::function<std::vector<double>(std::size_t count, Random&)> draw_all = {};
};

// ---- numbers
Filled normal(Dims shape);
Filled between(double low, double high, Dims shape);
Filled positive(Dims shape);  ///< in [0.5, 2.5)
/// Normal, at least 0.1 away from the point, so that finite differences meet no kink there.
Filled away_from(double point, Dims shape);
/// Every two elements at least 0.1 apart, in random order, negative ones among them: no ties.
Filled distinct(Dims shape);
/// Whole numbers of [low, high]; as numbers of the dtype under test.
Filled whole(std::int64_t low, std::int64_t high, Dims shape);
/// These values, from the start again when there are more elements.
Filled exactly(std::vector<double> values, Dims shape);

// ---- indices and bools
/// In [0, bound), repeated ones likely.
Filled indices_below(Dim bound, Dims shape);
/// In [-bound, bound): negative ones count from the end.
Filled signed_indices_below(Dim bound, Dims shape);
Filled indices(std::vector<std::int64_t> values, Dims shape);
Filled flags(Dims shape);
Filled exact_flags(std::vector<bool> values, Dims shape);

}  // namespace gradloom::op_samples
