// Elements written at indices, or combined with what is there. Ours writes; sums are scattered and added, and for
// products and extremes each update is laid over all elements, with what changes nothing everywhere else.
#include "serialization/onnx_import/operators.h"

namespace gradloom {

namespace {

enum class Combination { replace, add, multiply, largest, smallest };

Combination combination_of(const ImportNode& node) {
  std::string name = node.text("reduction", "none");
  if (name == "none") return Combination::replace;
  if (name == "add") return Combination::add;
  if (name == "mul") return Combination::multiply;
  if (name == "max") return Combination::largest;
  node.require(name == "min", "the reduction \"", name, "\" is none of none, add, mul, max and min");
  return Combination::smallest;
}

// int64, counted from the front. Taken out of all places there are, so that one outside is an error as everywhere, and
// no place of another row.
Value from_front(const ImportNode& node, Value indices, const Dim& size) {
  return gather(range(node.graph(), size), indices);
}

Value times_size(Value x, const Dim& size) {
  return x * (size.is_constant() ? scalar_like(x, static_cast<double>(size.constant())) : dim(x.graph(), size));
}

// Rows of x [rows, rest] combined with updates [n, rest] at places [n].
Value combine_rows(Value x, Value places, Value updates, Combination how) {
  const Dim rows = x.dim(0), count = places.dim(0), rest = x.dim(1);
  if (how == Combination::add) return x + scatter_add(places, updates, rows);
  // [n, rows, 1]: which update meets which row.
  Value numbers = reshape(range(x.graph(), rows), {1, rows, 1});
  Value meets = equal(reshape(places, {count, 1, 1}), numbers);
  Value spread = expand_dims(updates, {1});
  if (how == Combination::multiply) return x * prod(where(meets, spread, scalar_like(x, 1)), {0});
  Value own = expand_dims(x, {0});
  Value all = concat({own, where(meets, spread, own)}, 0);
  return how == Combination::largest ? max(all, {0}) : min(all, {0});
}

Values scattered_elements(const ImportNode& node) {
  Value x = node.input(0), indices = node.input(1), updates = node.input(2);
  std::size_t axis = node.axis(node.integer("axis", 0), x.rank());
  Combination how = combination_of(node);
  node.require(indices.rank() == x.rank(), "the indices are ", indices.type().text(), ", but the operand is ",
               x.type().text());
  // Ours writes at every place of the other axes; ONNX may leave out those behind.
  bool are_whole = true;
  for (std::size_t i = 0; i < x.rank(); ++i) are_whole = are_whole && (i == axis || indices.shape()[i] == x.shape()[i]);
  if (how == Combination::replace && are_whole) return {scatter(x, indices, updates, static_cast<std::int64_t>(axis))};
  // The flat place of each element that is written.
  Value places;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    Dims along(x.rank(), Dim(1));
    along[i] = indices.shape()[i];
    Value at = indices;
    if (i != axis) at = broadcast_to(reshape(range(node.graph(), along[i]), along), indices.shape());
    if (i == axis || along[i] != x.shape()[i]) at = from_front(node, at, x.shape()[i]);
    places = places ? times_size(places, x.shape()[i]) + at : at;
  }
  const Dim total = element_count(x.shape());
  if (how == Combination::replace)
    return {reshape(scatter(reshape(x, {total}), reshape(places, {-1}), reshape(updates, {-1}), 0), x.shape())};
  Value y = combine_rows(reshape(x, {total, 1}), reshape(places, {-1}), reshape(updates, {-1, 1}), how);
  return {reshape(y, x.shape())};
}

Values scattered_tuples(const ImportNode& node) {
  Value x = node.input(0), indices = node.input(1), updates = node.input(2);
  Combination how = combination_of(node);
  if (how == Combination::replace) return {scatter_nd(x, indices, updates)};
  const Dim width = indices.dim(-1);
  node.require(width.is_constant() && width.constant() >= 1 && width.constant() <= static_cast<std::int64_t>(x.rank()),
               "the indices are ", indices.type().text(), ", whose last axis must be from 1 to the ", x.rank(),
               " axes");
  auto depth = static_cast<std::size_t>(width.constant());
  Value places;
  for (std::size_t i = 0; i < depth; ++i) {
    auto at = static_cast<std::int64_t>(i);
    Value one = from_front(node, slice(indices, -1, at, at + 1), x.shape()[i]);
    places = places ? times_size(places, x.shape()[i]) + one : one;
  }
  auto middle = x.shape().begin() + width.constant();
  const Dim rows = element_count(Dims(x.shape().begin(), middle)), rest = element_count(Dims(middle, x.shape().end()));
  const Dim count = element_count(places.shape());
  Value y = combine_rows(reshape(x, {rows, rest}), reshape(places, {count}), reshape(updates, {count, rest}), how);
  return {reshape(y, x.shape())};
}

// Each element back where a pool's window had it, zeros elsewhere. Places count in the pool's operand, whose shape the
// kernel tells; a larger result has zeros behind.
Values unpooled(const ImportNode& node) {
  Value x = node.input(0), places = node.input(1);
  std::vector<std::int64_t> kernel = node.integers("kernel_shape");
  std::size_t axes = kernel.size();
  node.require(x.rank() == axes + 2, "the operand is ", x.type().text(), ", but kernel_shape has ", axes, " numbers");
  std::vector<std::int64_t> strides = node.integers("strides", std::vector<std::int64_t>(axes, 1));
  std::vector<std::int64_t> pads = node.integers("pads", std::vector<std::int64_t>(2 * axes, 0));
  node.require(strides.size() == axes && pads.size() == 2 * axes, "strides and pads are ", strides.size(), " and ",
               pads.size(), " numbers, but ", axes, " and ", 2 * axes, " are needed");
  Dims shape{x.dim(0), x.dim(1)};
  for (std::size_t i = 0; i < axes; ++i)
    shape.push_back((x.shape()[i + 2] - 1) * strides[i] + kernel[i] - pads[i] - pads[axes + i]);
  Value y = reshape(scatter_add(reshape(places, {-1}), reshape(x, {-1}), element_count(shape)), shape);
  if (!node.has_input(2)) return {y};
  Dims wanted = node.known_sizes(2, "output_shape"), none(shape.size(), Dim(0)), behind;
  node.require(wanted.size() == shape.size(), "output_shape is ", dims_text(wanted));
  for (std::size_t i = 0; i < shape.size(); ++i) behind.push_back(wanted[i] - shape[i]);
  return {pad(y, none, behind)};
}

constexpr ImportRule rules[] = {
    {"MaxUnpool", unpooled},
    {"Scatter", scattered_elements},
    {"ScatterElements", scattered_elements},
    {"ScatterND", scattered_tuples},
};

}  // namespace

ImportRules scattering_imports() { return rules; }

}  // namespace gradloom
