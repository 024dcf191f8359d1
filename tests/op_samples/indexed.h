// References that say which element goes where, index by index.
#pragma once

#include "tests/op_samples/op_samples.h"

namespace gradloom::op_samples {

/// An array of this shape whose element at each index is f(index).
Array array_of(Shape shape, const std::function<double(const Shape&)>& f);
double at(const Array& array, const Shape& index);
double& at(Array& array, const Shape& index);
/// Calls f for each index of the shape, the last axis fastest.
void each_index(const Shape& shape, const std::function<void(const Shape&)>& f);

/// The sum of products over the letters that are in no result, `einsum("bik,bkj", "bij")`: a letter an axis.
Reference einsum(std::string inputs, std::string result);

}  // namespace gradloom::op_samples
