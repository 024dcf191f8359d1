// A function of its own for a test: named tensors in, any value of it computed by the plain interpreter.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
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
/// Fixed numbers between -1 and 1, all different, as float64.
Tensor mixed(Shape shape, int seed = 0);

/// What is built of the inputs; integer inputs are not differentiated.
using Build = std::function<Value(const Values&)>;

/// First and second derivatives of `build` at the inputs, along one direction, against finite differences in float64.
/// The text of what differs, or "".
std::string gradient_faults(const Build& build, const std::vector<Tensor>& inputs);

/// The batching and accumulation rules of the node that `build` ends with, for each choice of inputs that get the new
/// axis, against a loop over its slices, floats to 1e-13, sums to 1e-12. `inputs` are the slices' types; what is in
/// them is varied from slice to slice by `vary(input, tensor, slice)`.
std::string batching_faults(const Build& build, const std::vector<Tensor>& inputs,
                            const std::function<Tensor(std::size_t, const Tensor&, int)>& vary);

}  // namespace gradloom
