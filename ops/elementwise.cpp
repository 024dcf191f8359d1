// Shape and batching rules of element-wise operations, and the walk over operands that broadcast.
#include "ops/elementwise.h"

#include <algorithm>

#include "ops/elementwise_kernel.h"
#include "ops/ops.h"

namespace gradloom {

namespace {

Types broadcast_to_dtype(const Infer& i, DType dtype) { return {{dtype, i.broadcast()}}; }

}  // namespace

void require_number(const Infer& i, std::size_t input) {
  i.require(i.dtype(input) != DType::boolean, i.input_name(input),
            " is bool but float32, float64, int32 or int64 is needed");
}

void require_bool(const Infer& i, std::size_t input) {
  i.require(i.dtype(input) == DType::boolean, i.input_name(input), " is ", name_of(i.dtype(input)),
            " but bool is needed");
}

Types same_as_float(const Infer& i) {
  i.require_float(0);
  return {i.type(0)};
}

Types same_as_number(const Infer& i) {
  require_number(i, 0);
  return {i.type(0)};
}

Types broadcast_numbers(const Infer& i) {
  DType dtype = i.same_dtype();
  require_number(i, 0);
  return broadcast_to_dtype(i, dtype);
}

Types broadcast_ordered(const Infer& i) {
  i.same_dtype();
  require_number(i, 0);
  return broadcast_to_dtype(i, DType::boolean);
}

Types broadcast_equality(const Infer& i) {
  i.same_dtype();
  return broadcast_to_dtype(i, DType::boolean);
}

Types broadcast_logical(const Infer& i) {
  for (std::size_t input = 0; input < i.num_inputs(); ++input) require_bool(i, input);
  return broadcast_to_dtype(i, DType::boolean);
}

Value align_rank(Value value, std::size_t rank) {
  Axes inserted;
  for (std::size_t axis = 1; axis + value.rank() < rank + 1; ++axis)
    inserted.push_back(static_cast<std::int64_t>(axis));
  return inserted.empty() ? value : expand_dims(value, inserted);
}

Values elementwise_batching(const Batching& b) {
  std::size_t rank = b.slice_result().rank() + 1;
  Values inputs;
  for (std::size_t i = 0; i < b.num_inputs(); ++i)
    inputs.push_back(b.batched(i) ? align_rank(b.input(i), rank) : b.input(i));
  return b.graph().apply(b.op(), std::move(inputs), b.node().attributes);
}

bool may_fail(const Node& node) {
  if (!node.op) return false;
  for (const auto& [name, attribute] : node.attributes)
    if (const Body* body = std::get_if<Body>(&attribute); body && *body && node.op->traits.has(Trait::control))
      for (const Node& inner : (*body)->nodes())
        if (may_fail(inner)) return true;
  if (!node.op->traits.has(Trait::can_fail)) return false;
  return !node.op->traits.has(Trait::elementwise) || is_integer(node.types[0].dtype);
}

std::string position_text(const Shape& shape, std::int64_t index) {
  Shape position(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0; index /= shape[axis]) position[axis] = index % shape[axis];
  return shape_text(position);
}

BroadcastWalk::BroadcastWalk(const Shape& result, std::initializer_list<const Shape*> operands)
    : operands_(operands.size()) {
  std::size_t rank = result.size();
  ensure(operands_ <= most_operands, operands_, " operands broadcast, more than ", most_operands);
  require(rank <= most_axes, Fault::input, "a tensor of ", rank, " axes is computed with; ", most_axes,
          " are the most");
  // From the last axis on; an axis joins the one inside it when every operand goes on there without a step.
  std::array<std::int64_t, most_operands> dense{};
  dense.fill(1);
  for (std::size_t back = 1; back <= rank; ++back) {
    std::int64_t size = result[rank - back];
    empty_ = empty_ || size == 0;
    if (size == 1) continue;
    Steps steps{};
    std::size_t o = 0;
    for (const Shape* shape : operands) {
      bool has_axis = back <= shape->size() && (*shape)[shape->size() - back] != 1;
      steps[o] = has_axis ? dense[o] : 0;
      if (has_axis) dense[o] *= size;
      ++o;
    }
    bool joins = axes_ > 0;
    for (o = 0; o < operands_ && joins; ++o) {
      const Axis& inner = axis_[axes_ - 1];
      joins = steps[o] == inner.steps[o] * inner.size;
    }
    if (joins)
      axis_[axes_ - 1].size *= size;
    else
      axis_[axes_++] = {size, steps};
  }
  if (axes_ == 0) axis_[axes_++] = {1, {}};
}

}  // namespace gradloom
