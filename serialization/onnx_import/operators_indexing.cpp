// Elements taken out by index, and indices found: gathers, the largest elements, one-hot rows, and what lies where a
// known tensor is not zero.
#include <algorithm>
#include <cmath>
#include <map>
#include <type_traits>

#include "serialization/onnx_import/operators.h"

namespace gradloom {

namespace {

Values gathered(const ImportNode& node) { return {gather(node.input(0), node.input(1), node.integer("axis", 0))}; }

// Indices may leave out what is behind on the other axes.
Values gathered_elements(const ImportNode& node) {
  Value x = node.input(0), indices = node.input(1);
  std::size_t axis = node.axis(node.integer("axis", 0), x.rank());
  for (std::size_t i = 0; i < std::min(x.rank(), indices.rank()); ++i)
    if (i != axis && indices.shape()[i] != x.shape()[i])
      x = slice(x, static_cast<std::int64_t>(i), 0, indices.shape()[i]);
  return {gather_along_axis(x, indices, static_cast<std::int64_t>(axis))};
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
  double number = std::floor(node.known_number(1, "depth"));
  constexpr double most_depth = 1e15;  // NaN is not below it
  node.require(number >= 0 && number < most_depth, "depth is ", number, ", but a number from 0 to ", most_depth,
               " is needed");
  auto depth = static_cast<std::int64_t>(number);
  node.require(values.rank() == 1 && (!values.dim(0).is_constant() || values.dim(0).is(2)), "values are ",
               values.type().text(), ", but two are needed");
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
  const Tensor x = node.known(0, "X");
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

// ---- Unique, of a known tensor

template <class T>
bool is_not_a_number(T x) {
  if constexpr (std::is_floating_point_v<T>) return std::isnan(x);
  return false;
}

// NaN is equal to itself and behind all other numbers.
struct Before {
  template <class T>
  bool operator()(const std::vector<T>& a, const std::vector<T>& b) const {
    return std::ranges::lexicographical_compare(
        a, b, [](T x, T y) { return x < y || (!is_not_a_number(x) && is_not_a_number(y)); });
  }
};

// For each slice that differs, in order, the indices of the axis where it is. A slice is one index of the axis.
template <class T>
std::vector<std::vector<std::int64_t>> equal_slices(const Tensor& x, std::size_t axis) {
  auto values = x.values<T>();
  Shape strides = row_major_strides(x.shape());
  std::map<std::vector<T>, std::vector<std::int64_t>, Before> places;
  std::vector<std::vector<T>> slices(static_cast<std::size_t>(x.shape()[axis]));
  for (std::size_t i = 0; i < values.size(); ++i)
    slices[static_cast<std::size_t>(static_cast<std::int64_t>(i) / strides[axis] % x.shape()[axis])].push_back(
        values[i]);
  for (std::size_t i = 0; i < slices.size(); ++i) places[slices[i]].push_back(static_cast<std::int64_t>(i));
  std::vector<std::vector<std::int64_t>> found;
  for (auto& [slice, at] : places) found.push_back(std::move(at));
  return found;
}

// The slices that differ, in order or as they first come, where they first are, which one each is, how often each is.
Values different(const ImportNode& node) {
  Tensor known = node.known(0, "X");
  Value x = node.input(0);
  std::size_t axis = 0;
  if (node.has("axis")) {
    axis = node.axis(node.integer("axis"), x.rank());
  } else {
    x = reshape(x, {-1});
    known = known.reshaped({known.size()});
  }
  const std::int64_t size = known.shape()[axis];
  // Without elements the axis may have any size, all of it the same.
  node.require(known.size() > 0 || size == 0, "X is ", name_of(known.dtype()), " ", shape_text(known.shape()),
               ", which has no elements to tell apart");
  auto found = visit(known.dtype(), [&]<class T>() { return equal_slices<T>(known, axis); });
  if (!node.flag("sorted", true)) std::ranges::sort(found, {}, [](const auto& at) { return at.front(); });
  std::vector<std::int64_t> first, inverse(static_cast<std::size_t>(size)), counts;
  for (std::size_t i = 0; i < found.size(); ++i) {
    first.push_back(found[i].front());
    counts.push_back(static_cast<std::int64_t>(found[i].size()));
    for (std::int64_t at : found[i]) inverse[static_cast<std::size_t>(at)] = static_cast<std::int64_t>(i);
  }
  auto list = [&](const std::vector<std::int64_t>& values) {
    return node.graph().constant(Tensor::from({static_cast<std::int64_t>(values.size())}, values));
  };
  Value places_of_first = list(first);
  return {gather(x, places_of_first, static_cast<std::int64_t>(axis)), places_of_first, list(inverse), list(counts)};
}

constexpr ImportRule rules[] = {
    {"Unique", different},         {"Gather", gathered},        {"GatherElements", gathered_elements},
    {"GatherND", gathered_tuples}, {"TopK", largest},           {"OneHot", one_hot_rows},
    {"Compress", compressed},      {"NonZero", nonzero_places},
};

}  // namespace

ImportRules indexing_imports() { return rules; }

}  // namespace gradloom
