// Elements taken out by index, and indices found: gathers, the largest elements, one-hot rows, and what lies where a
// known tensor is not zero.
#include "serialization/onnx_import/operators.h"

namespace gradloom {

namespace {

Values gathered(const ImportNode& node) { return {gather(node.input(0), node.input(1), node.integer("axis", 0))}; }

Values gathered_elements(const ImportNode& node) {
  return {gather_along_axis(node.input(0), node.input(1), node.integer("axis", 0))};
}

Values gathered_tuples(const ImportNode& node) {
  return {gather_nd(node.input(0), node.input(1), node.integer("batch_dims", 0))};
}

// What is not in order may be in any order.
Values largest(const ImportNode& node) {
  Value x = node.input(0);
  Dim count;
  if (node.has("k")) {
    count = node.integer("k");
  } else {
    Dims sizes = node.known_sizes(1, "K");
    node.require(sizes.size() == 1, "K holds ", sizes.size(), " numbers, but one is needed");
    count = sizes[0];
  }
  TopK found = top_k(x, count, node.integer("axis", -1), node.flag("largest", true));
  return {found.values, found.indices};
}

// An index outside of [-depth, depth) makes a row of zeros; ours would refuse it.
Values one_hot_rows(const ImportNode& node) {
  Value indices = node.input(0), values = node.input(2);
  auto depth =
      Tensor::scalar(DType::float64, node.known_number(1, "depth")).cast(DType::int64).values<std::int64_t>()[0];
  node.require(depth >= 0, "depth is ", depth);
  std::int64_t axis = node.integer("axis", -1);
  std::size_t at = node.axis(axis, indices.rank() + 1);
  if (!is_integer(indices.dtype())) indices = cast(indices, DType::int64);
  Value size = scalar_like(indices, static_cast<double>(depth));
  Value places = where(less(indices, scalar_like(indices, 0)), indices + size, indices);
  Dims along(indices.rank() + 1, Dim(1));
  along[at] = depth;
  Value numbers = cast(range(node.graph(), depth), indices.dtype());
  Value hit = equal(expand_dims(places, {static_cast<std::int64_t>(at)}), reshape(numbers, along));
  Value off = reshape(slice(values, 0, 0, 1), {}), on = reshape(slice(values, 0, 1, 2), {});
  return {where(hit, on, off)};
}

// The places along an axis, or in all elements in order, where a known condition is true.
Values compressed(const ImportNode& node) {
  Value x = node.input(0);
  const Tensor condition = node.known(1, "condition");
  node.require(condition.dtype() == DType::boolean && condition.rank() == 1, "condition is ",
               name_of(condition.dtype()), " ", shape_text(condition.shape()), ", but bool [size] is needed");
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < condition.size(); ++i)
    if (condition.values<bool>()[static_cast<std::size_t>(i)]) places.push_back(i);
  Value indices = node.graph().constant(Tensor::from({static_cast<std::int64_t>(places.size())}, places));
  if (node.has("axis")) return {gather(x, indices, node.integer("axis"))};
  return {gather(reshape(x, {-1}), indices)};
}

// int64 [rank, number of elements that are not 0], of a known tensor.
Values nonzero_places(const ImportNode& node) {
  const Tensor& x = node.known(0, "X");
  const Tensor found = x.cast(DType::boolean);
  Shape strides = row_major_strides(x.shape());
  std::vector<std::int64_t> flat;
  for (std::int64_t i = 0; i < found.size(); ++i)
    if (found.values<bool>()[static_cast<std::size_t>(i)]) flat.push_back(i);
  std::vector<std::int64_t> places;
  for (std::size_t axis = 0; axis < strides.size(); ++axis)
    for (std::int64_t i : flat) places.push_back(i / strides[axis] % x.shape()[axis]);
  Shape shape{x.rank(), static_cast<std::int64_t>(flat.size())};
  return {node.graph().constant(Tensor::from(std::move(shape), places))};
}

constexpr ImportRule rules[] = {
    {"Gather", gathered},          {"GatherElements", gathered_elements},
    {"GatherND", gathered_tuples}, {"TopK", largest},
    {"OneHot", one_hot_rows},      {"Compress", compressed},
    {"NonZero", nonzero_places},
};

}  // namespace

ImportRules indexing_imports() { return rules; }

}  // namespace gradloom
