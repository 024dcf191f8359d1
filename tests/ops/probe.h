// A function of its own for a test: named tensors in, any value of it computed by the plain interpreter.
#pragma once

#include <vector>

#include "ops/ops.h"
#include "runtime/interpreter.h"

namespace gradloom {

class Probe {
 public:
  Graph& graph() { return graph_; }
  /// An input that holds this tensor; of symbolic shape when `shape` is given.
  Value input(Tensor tensor, Dims shape = {});
  Tensor run(Value value);

 private:
  Module module_;
  Graph& graph_ = module_.add_function("probe");
  TensorMap inputs_;
  int outputs_ = 0;
};

/// 0, 1, 2 ... as T.
template <class T>
Tensor counted(Shape shape) {
  std::vector<T> values(static_cast<std::size_t>(element_count(shape)));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(i);
  return Tensor::from<T>(std::move(shape), values);
}

}  // namespace gradloom
