// The list of families, and references that many samples share.
#include <algorithm>
#include <utility>

#include "tests/op_samples/op_samples.h"

namespace gradloom::op_samples {

const Table& table() {
  static const Table all = [] {
    Table made;
    add_arithmetic_samples(made);
    add_math_samples(made);
    add_inverse_samples(made);
    add_activation_samples(made);
    add_rectifier_samples(made);
    add_comparison_samples(made);
    add_reduction_samples(made);
    add_norm_reduction_samples(made);
    add_logic_reduction_samples(made);
    add_order_samples(made);
    add_softmax_samples(made);
    add_normalisation_samples(made);
    add_loss_samples(made);
    add_product_samples(made);
    add_layout_samples(made);
    add_join_samples(made);
    add_indexing_samples(made);
    add_rearranging_samples(made);
    add_triangle_samples(made);
    add_scattering_samples(made);
    add_einsum_samples(made);
    add_random_samples(made);
    add_control_samples(made);
    add_branch_samples(made);
    add_debug_samples(made);
    add_shape_kind_samples(made);
    return made;
  }();
  return all;
}

Shape broadcast_shape(const Shape& a, const Shape& b) {
  Shape result(std::max(a.size(), b.size()), 1);
  for (std::size_t back = 1; back <= result.size(); ++back) {
    std::int64_t x = back <= a.size() ? a[a.size() - back] : 1, y = back <= b.size() ? b[b.size() - back] : 1;
    result[result.size() - back] = x == 1 ? y : x;
  }
  return result;
}

Array broadcast(const Array& array, const Shape& shape) {
  Array result{shape, std::vector<double>(static_cast<std::size_t>(element_count(shape)))};
  for (std::size_t i = 0; i < result.values.size(); ++i) {
    // The position in `shape`, axis by axis from the last, and the element of `array` that stands there.
    std::size_t rest = i, from = 0, stride = 1;
    for (std::size_t back = 1; back <= shape.size(); ++back) {
      auto size = static_cast<std::size_t>(shape[shape.size() - back]);
      std::size_t index = rest % size;
      rest /= size;
      if (back > array.shape.size()) continue;
      auto own = static_cast<std::size_t>(array.shape[array.shape.size() - back]);
      if (own != 1) from += index * stride;
      stride *= own;
    }
    result.values[i] = array.values[from];
  }
  return result;
}

Reference map(std::function<double(double)> f) {
  return [f = std::move(f)](const Arrays& x) -> Arrays {
    Array y = x.at(0);
    for (double& value : y.values) value = f(value);
    return {y};
  };
}

Reference broadcast_map(std::function<double(double, double)> f) {
  return [f = std::move(f)](const Arrays& x) -> Arrays {
    Shape shape = broadcast_shape(x.at(0).shape, x.at(1).shape);
    Array y = broadcast(x[0], shape), b = broadcast(x[1], shape);
    for (std::size_t i = 0; i < y.values.size(); ++i) y.values[i] = f(y.values[i], b.values[i]);
    return {y};
  };
}

Reference broadcast_map3(std::function<double(double, double, double)> f) {
  return [f = std::move(f)](const Arrays& x) -> Arrays {
    Shape shape = broadcast_shape(broadcast_shape(x.at(0).shape, x.at(1).shape), x.at(2).shape);
    Array y = broadcast(x[0], shape), b = broadcast(x[1], shape), c = broadcast(x[2], shape);
    for (std::size_t i = 0; i < y.values.size(); ++i) y.values[i] = f(y.values[i], b.values[i], c.values[i]);
    return {y};
  };
}

AroundAxis::AroundAxis(const Shape& shape, std::int64_t axis) {
  auto rank = static_cast<std::int64_t>(shape.size());
  if (axis < 0) axis += rank;
  for (std::int64_t i = 0; i < rank; ++i)
    (i < axis ? outer : i == axis ? size : inner) *= shape[static_cast<std::size_t>(i)];
}

void add_unary(Table& table, const UnaryKind& kind) {
  const std::pair<const char*, Dims> shapes[] = {
      {"a scalar", {}},
      {"one element", {1}},
      {"a vector", {"n"}},
      {"more than a vector register, and a rest", {37}},
      {"no element", {0}},
      {"a row", {1, "n"}},
      {"a column", {"n", 1}},
      {"a matrix", {"m", "n"}},
      {"a matrix without columns", {"m", 0}},
      {"three axes", {"k", "m", "n"}},
      {"four axes, two of them equal", {"m", "k", "m", "n"}},
      {"five axes, one of size 1", {"k", "m", 1, "k", "n"}},
  };
  for (const auto& [name, shape] : shapes)
    table.add({.op = kind.op,
               .name = name,
               .inputs = {kind.fill(shape)},
               .build = [build = kind.build](const Values& v) -> Values { return {build(v[0])}; },
               .reference = map(kind.f),
               .tolerance = kind.tolerance,
               .dtypes = kind.dtypes});
}

void add_binary(Table& table, const BinaryKind& kind) {
  struct Pair {
    const char* name;
    Dims a, b;
  };
  const Pair pairs[] = {
      {"two scalars", {}, {}},
      {"two vectors", {"n"}, {"n"}},
      {"two matrices", {"m", "n"}, {"m", "n"}},
      {"a matrix and a scalar", {"m", "n"}, {}},
      {"a scalar and a matrix", {}, {"m", "n"}},
      {"a matrix and a row", {"m", "n"}, {"n"}},
      {"a row and a matrix", {"n"}, {"m", "n"}},
      {"a matrix and a column", {"m", "n"}, {"m", 1}},
      {"a column and a row", {"m", 1}, {1, "n"}},
      {"three axes and a middle one", {"k", "m", "n"}, {"m", 1}},
      {"axes that take turns", {"k", 1, "m", 1}, {"l", 1, "n"}},
      {"a single element and a vector", {1}, {"n"}},
      {"five axes", {"k", "m", 1, "l", "n"}, {"m", "k", 1, "n"}},
  };
  for (const Pair& pair : pairs)
    table.add({.op = kind.op,
               .name = pair.name,
               .inputs = {kind.fill_a(pair.a), kind.fill_b(pair.b)},
               .build = [build = kind.build](const Values& v) -> Values { return {build(v[0], v[1])}; },
               .reference = broadcast_map(kind.f),
               .tolerance = kind.tolerance,
               .dtypes = kind.dtypes});
}

}  // namespace gradloom::op_samples
