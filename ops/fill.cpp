// Tensors of one number: a scalar constant that is broadcast, never stored.
#include "ops/ops.h"

namespace gradloom {

Value fill(Graph& graph, DType dtype, Dims shape, double value) {
  Value scalar = graph.constant(dtype, value);
  return shape.empty() ? scalar : broadcast_to(scalar, std::move(shape));
}

Value scalar_like(Value x, double value) { return x.graph().constant(x.dtype(), value); }

}  // namespace gradloom
