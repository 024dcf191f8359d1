// A sample made into a function of a module, its inputs filled, and results held against references.
#pragma once

#include <memory>
#include <string>

#include "graph/module.h"
#include "runtime/interpreter.h"
#include "tests/op_samples/op_samples.h"

namespace gradloom::op_samples {

/// The dtype of an input when numbers are of this one.
DType dtype_of_input(const Filled& input, DType numbers);

/// k, l, m and n with the sample's own sizes.
Binding sizes_of(const OpSample& sample);
/// These sizes, then each symbol 0, 1 and large (21) in turn, then all 1; none below the sample's smallest.
std::vector<Binding> sizes_to_try(const OpSample& sample);
/// `k=2, m=3`.
std::string sizes_text(const Binding& sizes);

/// Sizes replaced by their numbers.
Dims literal_shape(const Dims& shape, const Binding& sizes);

struct Declared {
  Module module;
  Graph* graph = nullptr;
  Values inputs, outputs;
};
/// A function `sample` with inputs x0, x1, ... and outputs y0, y1, ...; `literal`: sizes are numbers.
std::unique_ptr<Declared> declare(const OpSample& sample, DType numbers, const Binding& sizes, bool literal);

/// Tensors x0, x1, ...
TensorMap fill_inputs(const OpSample& sample, DType numbers, const Binding& sizes, std::uint64_t seed);
Arrays inputs_as_arrays(const OpSample& sample, const TensorMap& tensors);

Array to_array(const Tensor& tensor);
Tensor to_tensor(const Array& array, DType dtype);

/// Throws a Mismatch unless shape and elements agree; NaN agrees with NaN. The tolerance is a share of the largest
/// finite magnitude expected.
struct Mismatch {
  std::string text;
};
void expect_equal(const std::string& what, const Tensor& got, const Array& expected, double tolerance);

}  // namespace gradloom::op_samples
