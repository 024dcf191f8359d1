// Tensors of one number: a scalar constant that is broadcast, never stored.
#include "base/error.h"
#include "ops/ops.h"

namespace gradloom {

Value fill(Graph& graph, DType dtype, Dims shape, double value) {
  Value scalar = graph.constant(dtype, value);
  return shape.empty() ? scalar : broadcast_to(scalar, std::move(shape));
}

Value scalar_like(Value x, double value) {
  Tensor scalar = Tensor::scalar(x.dtype(), value);
  require(is_float(x.dtype()) || scalar.item() == value, Fault::usage, "the number ", value, " beside \"", x.name(),
          "\" is no ", name_of(x.dtype()), "; cast \"", x.name(), "\" to a float first");
  return x.graph().constant(std::move(scalar));
}

}  // namespace gradloom
