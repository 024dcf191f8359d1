// ONNX nodes of operations that take or put elements by index.
#include "serialization/onnx/lowering.h"

namespace gradloom {

namespace {

using Axes = std::vector<std::int64_t>;

std::int64_t axis_within(const Lowering& l, std::size_t rank) {
  std::int64_t axis = l.attribute<std::int64_t>("axis");
  return axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis;
}

std::string transposed(const Lowering& l, const std::string& x, const Axes& permutation) {
  return l.add("Transpose", {x}, {{"perm", permutation}});
}

// `count` axes from `from` on moved so that they begin at `to`.
Axes moved_axes(std::int64_t rank, std::int64_t from, std::int64_t count, std::int64_t to) {
  Axes rest, all;
  for (std::int64_t axis = 0; axis < rank; ++axis)
    if (axis < from || axis >= from + count) rest.push_back(axis);
  for (std::int64_t axis = 0; axis < count; ++axis) all.push_back(from + axis);
  rest.insert(rest.begin() + to, all.begin(), all.end());
  return rest;
}

// With shared axes GatherND, which takes the axis behind them: it is moved there, and the indices' axes back.
OnnxNames gather(const Lowering& l) {
  std::int64_t batch_dims = l.attribute<std::int64_t>("batch_dims");
  auto rank = static_cast<std::int64_t>(l.type(0).rank());
  std::int64_t axis = axis_within(l, l.type(0).rank());
  if (batch_dims == 0) return {l.add("Gather", {l.input(0), l.input(1)}, {{"axis", axis}})};
  std::string x = axis == batch_dims ? l.input(0) : transposed(l, l.input(0), moved_axes(rank, axis, 1, batch_dims));
  std::string tuples = l.axis_added(l.cast(l.input(1), DType::int64), -1);
  std::string y = l.add("GatherND", {x, tuples}, {{"batch_dims", batch_dims}});
  auto indexed = static_cast<std::int64_t>(l.type(1).rank()) - batch_dims;
  if (axis == batch_dims || indexed == 0) return {y};
  return {transposed(l, y, moved_axes(rank - 1 + indexed, batch_dims, indexed, axis))};
}

// The indices' own axes are made one, and indices repeated to the shape of the updates. ScatterND would need no
// repeated indices, but ONNX Runtime loses some of its sums when several threads add to one place.
OnnxNames scatter_add(const Lowering& l) {
  const Dims& shape = l.result().shape;
  auto axis = static_cast<std::size_t>(axis_within(l, shape.size()));
  auto batch_dims = static_cast<std::size_t>(l.attribute<std::int64_t>("batch_dims"));
  const Dims& indices = l.type(0).shape;
  Dims own(indices.begin() + static_cast<std::ptrdiff_t>(batch_dims), indices.end()), rows = shape;
  rows[axis] = element_count(own);
  Dims aligned(shape.size(), 1);
  std::copy_n(indices.begin(), batch_dims, aligned.begin());
  aligned[axis] = rows[axis];
  auto reshaped = [&](const std::string& x, const Dims& to) {
    return l.add("Reshape", {x, l.to().sizes(to)}, {{"allowzero", 1}});
  };
  std::string zeros = l.add("Expand", {l.to().scalar(l.result().dtype, 0), l.to().sizes(shape)});
  std::string places = l.add("Expand", {reshaped(l.input(0), aligned), l.to().sizes(rows)});
  return {l.add("ScatterElements", {zeros, places, reshaped(l.input(1), rows)},
                {{"axis", static_cast<std::int64_t>(axis)}, {"reduction", std::string("add")}})};
}

OnnxNames scatter(const Lowering& l) {
  return {
      l.add("ScatterElements", {l.input(0), l.input(1), l.input(2)}, {{"axis", l.attribute<std::int64_t>("axis")}})};
}

OnnxNames one_hot(const Lowering& l) {
  const Dim& depth = l.attribute<Dim>("depth");
  std::string wanted = l.axis_added(l.cast(l.input(0), DType::int64), -1);
  std::string is_negative = l.add("Less", {wanted, l.to().scalar(DType::int64, 0)});
  wanted = l.add("Where", {is_negative, l.add("Add", {wanted, l.to().size(depth)}), wanted});
  std::string hit = l.add("Equal", {l.range(depth), wanted});
  DType dtype = l.result().dtype;
  return {dtype == DType::boolean ? hit : l.cast(hit, dtype)};
}

constexpr LoweringRule rules[] = {
    {"gather", gather}, {"scatter_add", scatter_add}, {"scatter", scatter}, {"one_hot", one_hot}};

}  // namespace

std::span<const LoweringRule> indexing_lowerings() { return rules; }

}  // namespace gradloom
