// What samples of reductions share: patterns of axes, plain loops over the elements that become one, and errors.
#pragma once

#include "ops/ops.h"
#include "tests/op_samples/op_samples.h"

namespace gradloom::op_samples {

struct Axed {
  const char* name;
  Dims shape;
  Axes axes;
  bool keep_dims = false;
};
/// Every kind of shape and of axes: all, some, none kept, negative, size 1, five axes.
extern const std::vector<Axed> axes_patterns;

/// f of each group of elements that become one.
Reference reduced(const Axed& pattern, std::function<double(const std::vector<double>&)> f);

struct Reduction {
  const char* op;
  Value (*build)(Value, Axes, bool);
  double (*f)(const std::vector<double>&);
  Filled (*fill)(Dims);
  /// What a message says is needed.
  const char* wanted = "float32, float64, int32 or int64";
};

/// The reduction of the input over the pattern's axes. What remains of a sum whose terms cancel is small beside their
/// rounding, so its tolerance is looser.
OpSample reduction_sample(const Reduction& reduction, const Axed& pattern, Filled input);

/// Axes that are out of range or named twice, and a dtype that it does not take.
void add_reduction_errors(Table& table, const Reduction& reduction, DType refused = DType::boolean);

}  // namespace gradloom::op_samples
