// Rules of operators that are one of our operations on one or two operands, for every family of them.
#pragma once

#include "serialization/onnx_import/operators.h"

namespace gradloom {

struct Operands {
  Value a, b;
};

/// Both inputs, the second with the axes that it broadcasts along: before opset 7 `axis` says where they begin.
Operands two_operands(const ImportNode& node);

template <Value (*operation)(Value)>
Values of_one(const ImportNode& node) {
  return {operation(node.input(0))};
}

template <Value (*operation)(Value, Value)>
Values of_two(const ImportNode& node) {
  auto [a, b] = two_operands(node);
  return {operation(a, b)};
}

}  // namespace gradloom
