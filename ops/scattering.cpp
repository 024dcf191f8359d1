// Reading and writing at indices of several axes: scatter, and what gather and scatter make of index tuples.
#include <algorithm>
#include <cstring>

#include "ops/families.h"
#include "ops/indices.h"
#include "ops/sugar.h"

namespace gradloom {

namespace {

std::size_t axis_of(const Node& node, std::size_t rank) {
  std::int64_t axis = node.attributes.get<std::int64_t>("axis");
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
}

// Both have the same axes but for the one along which is indexed.
void require_alike(const Infer& in, std::size_t axis) {
  const Dims &x = in.shape(0), &indices = in.shape(1);
  in.require(indices.size() == x.size(), "x has ", x.size(), " axes but indices has ", indices.size());
  for (std::size_t i = 0; i < x.size(); ++i)
    in.require(i == axis || x[i] == indices[i], "axis ", i, " of x is ", x[i], " but that of indices is ", indices[i]);
}

// ---- scatter

Types scatter_shape(const Infer& in) {
  in.require_index(1);
  in.require(in.rank(0) > 0, "x is a scalar but an axis is needed");
  std::size_t axis = in.axis(in.attribute<std::int64_t>("axis"), in.rank(0));
  require_alike(in, axis);
  in.require(in.shape(2) == in.shape(1), "updates is ", dims_text(in.shape(2)), " but indices is ",
             dims_text(in.shape(1)));
  in.require(in.dtype(2) == in.dtype(0), "updates is ", name_of(in.dtype(2)), " but x is ", name_of(in.dtype(0)));
  return {in.type(0)};
}

void scatter_kernel(const Kernel& k) {
  const TensorView &x = k.input(0), &indices = k.input(1), &y = k.output();
  std::size_t axis = axis_of(k.node(), x.shape.size()), bytes = size_of(x.dtype);
  std::int64_t outer = 1, inner = 1, size = x.shape[axis];
  for (std::size_t i = 0; i < axis; ++i) outer *= x.shape[i];
  for (std::size_t i = axis + 1; i < x.shape.size(); ++i) inner *= x.shape[i];
  std::int64_t count = indices.shape[axis];
  if (y.size() > 0) std::memcpy(y.data, x.data, static_cast<std::size_t>(y.size()) * bytes);
  const auto* from = static_cast<const std::byte*>(k.input(2).data);
  auto* to = static_cast<std::byte*>(y.data);
  visit_indices(indices, [&](auto ids) {
    std::int64_t place = 0;
    for (std::int64_t o = 0; o < outer; ++o)
      for (std::int64_t i = 0; i < count; ++i)
        for (std::int64_t j = 0; j < inner; ++j, ++place) {
          std::int64_t index =
              resolve(k, indices, place, ids[static_cast<std::size_t>(place)], size, "axis ", axis, " of x has size");
          std::memcpy(to + static_cast<std::size_t>((o * size + index) * inner + j) * bytes,
                      from + static_cast<std::size_t>(place) * bytes, bytes);
        }
  });
}

// Of updates at one index only the last reaches y. Each update writes its number along the axis; the one whose number
// is read back is the last.
Values scatter_gradient(const Backward& b) {
  auto axis = static_cast<std::int64_t>(axis_of(b.node(), b.input(0).rank()));
  Value indices = b.input(1), dy = b.out_grad();
  Value dx, dupdates, zeros = broadcast_to(scalar_like(dy, 0), indices.shape());
  if (b.wants(0)) dx = scatter(dy, indices, zeros, axis);
  if (b.wants(2)) {
    Axes others;
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(indices.rank()); ++i)
      if (i != axis) others.push_back(i);
    Value number = range(b.graph(), indices.dim(axis));
    if (!others.empty()) number = expand_dims(number, others);
    number = broadcast_to(number, indices.shape());
    Value none = broadcast_to(scalar_like(number, -1), b.input(0).shape());
    Value last = gather_along_axis(scatter(none, indices, number, axis), indices, axis);
    dupdates = where(equal(last, number), gather_along_axis(dy, indices, axis), zeros);
  }
  return {dx, Value(), dupdates};
}

constexpr OpDef scatter_op{
    .name = "scatter",
    .summary = "x with updates written at indices along an axis",
    .doc =
        "y is x but for y[i][indices[i][j]] = updates[i][j], where i stands for the other axes, which all three share. "
        "Of equal indices the last counts, and only it has a gradient. Negative indices count from the end; one "
        "outside "
        "of [-size, size) is an error. ONNX calls it ScatterElements.",
    .inputs = {"x", "indices", "updates"},
    .attributes = {{"axis", AttributeKind::integer, "0", "the axis of x that is indexed"}},
    .traits = Trait::can_fail,
    .shape = scatter_shape,
    .kernel = scatter_kernel,
    .gradient = scatter_gradient,
    .batching = [](const Batching& b) -> Values {
      auto axis = static_cast<std::int64_t>(axis_of(b.node(), b.slice_type(0).rank()));
      return {scatter(with_axis(b, 0), with_axis(b, 1), with_axis(b, 2), axis + 1)};
    },
    .onnx = "ScatterElements",
};

constexpr const OpDef* ops[] = {&scatter_op};

// Index tuples of the last axis as numbers of a row-major walk over the axes that they index, and how many those are.
// A tuple with an index outside becomes `total`, which no axis of that size has.
struct FlatIndices {
  Value value;
  Dim total = 1;
};

FlatIndices flattened(Value indices, const Dims& sizes) {
  Graph& graph = open_graph({indices});
  Value whole = cast(indices, DType::int64), flat, is_inside;
  auto last = static_cast<std::int64_t>(indices.rank()) - 1;
  FlatIndices result;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    auto at = static_cast<std::int64_t>(i);
    Value index = squeeze(slice(whole, last, at, at + 1), {last}), size = dim(graph, sizes[i]);
    Value from_front = where(less(index, scalar_like(index, 0)), index + size, index);
    Value fits = logical_and(greater_equal(from_front, scalar_like(index, 0)), less(from_front, size));
    flat = flat ? flat * size + from_front : from_front;
    is_inside = is_inside ? logical_and(is_inside, fits) : fits;
    result.total = result.total * sizes[i];
  }
  result.value = where(is_inside, flat, dim(graph, result.total));
  return result;
}

Dim product_of(const Dims& dims, std::size_t begin, std::size_t end) {
  Dim product = 1;
  for (std::size_t i = begin; i < end; ++i) product = product * dims[i];
  return product;
}

// How many axes the tuples in indices' last axis index; it must be a number.
std::size_t tuple_size(const Infer& in, std::size_t available) {
  in.require_index(1);
  in.require(in.rank(1) > 0, "indices is a scalar but its last axis must hold the tuples");
  const Dim& last = in.shape(1).back();
  in.require(last.is_constant(), "the last axis of indices is ", last,
             " but must be a number: the length of the tuples");
  in.require(last.constant() >= 1 && last.constant() <= static_cast<std::int64_t>(available), "the tuples have ", last,
             " indices but x has ", available, " axes for them");
  return static_cast<std::size_t>(last.constant());
}

}  // namespace

OpList scattering_ops() { return ops; }

Value scatter(Value x, Value indices, Value updates, std::int64_t axis) {
  auto rank = static_cast<std::int64_t>(x.rank());
  return apply(scatter_op, {x, indices, updates}, {{"axis", axis < 0 && axis >= -rank ? axis + rank : axis}});
}

Value gather_along_axis(Value x, Value indices, std::int64_t axis) {
  Sugar in("gather_along_axis", {"x", "indices"}, {x, indices});
  in->require_index(1);
  in->require(x.rank() > 0, "x is a scalar but an axis is needed");
  std::size_t place = in->axis(axis, x.rank()), last = x.rank() - 1;
  require_alike(*in, place);
  auto batch_dims = static_cast<std::int64_t>(last);
  return move_axis(gather(move_axis(x, place, last), move_axis(indices, place, last), batch_dims, batch_dims), last,
                   place);
}

Value gather_nd(Value x, Value indices, std::int64_t batch_dims) {
  Sugar in("gather_nd", {"x", "indices"}, {x, indices});
  auto most = static_cast<std::int64_t>(std::min(x.rank(), std::max<std::size_t>(indices.rank(), 1) - 1));
  in->require(batch_dims >= 0 && batch_dims <= most, "batch_dims is ", batch_dims, " but must lie in [0, ", most, "]");
  auto batch = static_cast<std::size_t>(batch_dims);
  std::size_t indexed = tuple_size(*in, x.rank() - batch);
  const Dims shape = x.shape();
  for (std::size_t i = 0; i < batch; ++i)
    in->require(shape[i] == indices.shape()[i], "axis ", i, " of x is ", shape[i], " but that of indices is ",
                indices.shape()[i]);
  auto begin = shape.begin() + batch_dims, end = begin + static_cast<std::ptrdiff_t>(indexed);
  FlatIndices flat = flattened(indices, Dims(begin, end));
  Dims rows(shape.begin(), begin);
  rows.push_back(flat.total);
  rows.insert(rows.end(), end, shape.end());
  return gather(reshape(x, rows), flat.value, batch_dims, batch_dims);
}

Value scatter_nd(Value x, Value indices, Value updates) {
  Sugar in("scatter_nd", {"x", "indices", "updates"}, {x, indices, updates});
  std::size_t indexed = tuple_size(*in, x.rank());
  const Dims shape = x.shape();
  Dims wanted(indices.shape().begin(), indices.shape().end() - 1);
  wanted.insert(wanted.end(), shape.begin() + static_cast<std::ptrdiff_t>(indexed), shape.end());
  in->require(updates.shape() == wanted, "updates is ", dims_text(updates.shape()), " but ", dims_text(wanted),
              " is needed: the axes of indices before the tuples, then those of x behind the indexed ones");
  in->require(updates.dtype() == x.dtype(), "updates is ", name_of(updates.dtype()), " but x is ", name_of(x.dtype()));
  FlatIndices flat = flattened(indices, Dims(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(indexed)));
  Dim count = product_of(indices.shape(), 0, indices.rank() - 1), row = product_of(shape, indexed, shape.size());
  Value rows = broadcast_to(reshape(flat.value, {count, 1}), {count, row});
  return reshape(scatter(reshape(x, {flat.total, row}), rows, reshape(updates, {count, row}), 0), shape);
}

}  // namespace gradloom
