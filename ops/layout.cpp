// Layout: the same elements under another shape, in another order, repeated or with a border; and sizes as values.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <type_traits>

#include "ops/elementwise.h"
#include "ops/families.h"
#include "ops/ops.h"
#include "ops/strided.h"
#include "ops/sugar.h"

namespace gradloom {

namespace {

using Integers = std::vector<std::int64_t>;

Dims with_front(const Dim& size, const Dims& dims) {
  Dims result{size};
  result.insert(result.end(), dims.begin(), dims.end());
  return result;
}

void require_sizes(const Infer& in, const Dims& sizes) {
  for (const Dim& size : sizes)
    in.require(!size.is_constant() || size.constant() >= 0, "size ", size, " of ", dims_text(sizes), " is below 0");
}

// ---- reshape

Types reshape_shape(const Infer& in) {
  Dims shape = in.attribute<Dims>("shape");
  Dim given = element_count(in.shape(0));
  auto open = std::find_if(shape.begin(), shape.end(), [](const Dim& size) { return size.is(-1); });
  if (open == shape.end()) {
    require_sizes(in, shape);
    Dim asked = element_count(shape);
    in.require(given == asked, "x has ", given, " elements but ", dims_text(shape), " has ", asked);
    return {{in.dtype(0), shape}};
  }
  in.require(std::count(open, shape.end(), Dim(-1)) == 1, "more than one size of ", dims_text(shape), " is -1");
  std::string asked = dims_text(shape);
  *open = 1;
  require_sizes(in, shape);
  Dim others = element_count(shape);
  std::optional<Dim> quotient = given.divided_by(others);
  in.require(quotient.has_value(), "x has ", given, " elements, which ", others, ", the other sizes of ", asked,
             ", does not divide");
  *open = *quotient;
  return {{in.dtype(0), shape}};
}

void copy_kernel(const Kernel& k) {
  if (k.output().data != k.input(0).data && k.output().bytes() > 0)
    std::memcpy(k.output().data, k.input(0).data, k.output().bytes());
}

constexpr OpDef reshape_op{
    .name = "reshape",
    .summary = "the same elements, in the same order, under another shape",
    .doc =
        "At most one size may be -1: what the other sizes leave. The numbers of elements must be equal for every "
        "value of the symbols in them.",
    .inputs = {"x"},
    .attributes = {{"shape", AttributeKind::dims, "required", "sizes of the result; at most one of them -1"}},
    .traits = {Trait::view, Trait::linear},
    .shape = reshape_shape,
    .kernel = copy_kernel,
    .gradient = [](const Backward& b) -> Values { return {reshape(b.out_grad(), b.input(0).shape())}; },
    .batching = [](const Batching& b) -> Values {
      return {reshape(b.input(0), with_front(b.size(), b.slice_result().shape))};
    },
    .accumulation = [](const Batching& b) -> Values { return {reshape(sum(b.input(0), {0}), b.slice_result().shape)}; },
};

// ---- transpose

Types transpose_shape(const Infer& in) {
  const auto& permutation = in.attribute<Integers>("permutation");
  Integers identity(in.rank(0));
  std::iota(identity.begin(), identity.end(), 0);
  in.require(permutation.size() == identity.size() &&
                 std::is_permutation(permutation.begin(), permutation.end(), identity.begin()),
             "the permutation ", shape_text(permutation), " does not name each of the ", in.rank(0), " axes once");
  Dims shape;
  for (std::int64_t axis : permutation) shape.push_back(in.shape(0)[static_cast<std::size_t>(axis)]);
  return {{in.dtype(0), shape}};
}

AxisList<std::int64_t> steps_of(const Shape& shape) {
  AxisList<std::int64_t> steps;
  for (std::size_t i = 0; i < shape.size(); ++i) steps.add(1);
  for (std::size_t i = shape.size(); i-- > 1;) steps[i - 1] = steps[i] * shape[i];
  return steps;
}

void transpose_kernel(const Kernel& k) {
  const auto& permutation = k.attribute<Integers>("permutation");
  AxisList<std::int64_t> from = steps_of(k.input(0).shape), to = steps_of(k.output().shape);
  StridedAxes axes;
  for (std::size_t i = 0; i < permutation.size(); ++i)
    axes.add({k.output().shape[i], to[i], from[static_cast<std::size_t>(permutation[i])]});
  copy_strided(k.output().data, k.input(0).data, axes, size_of(k.input(0).dtype));
}

Integers inverse(const Integers& permutation) {
  Integers result(permutation.size());
  for (std::size_t i = 0; i < permutation.size(); ++i)
    result[static_cast<std::size_t>(permutation[i])] = static_cast<std::int64_t>(i);
  return result;
}

constexpr OpDef transpose_op{
    .name = "transpose",
    .summary = "the axes in another order",
    .doc = "Axis i of y is axis permutation[i] of x.",
    .inputs = {"x"},
    .attributes = {{"permutation", AttributeKind::integers, "required", "each axis of x once"}},
    .traits = Trait::linear,
    .shape = transpose_shape,
    .kernel = transpose_kernel,
    .gradient = [](const Backward& b) -> Values {
      return {transpose(b.out_grad(), inverse(b.attribute<Integers>("permutation")))};
    },
    .batching = [](const Batching& b) -> Values {
      Integers permutation{0};
      for (std::int64_t axis : b.attribute<Integers>("permutation")) permutation.push_back(axis + 1);
      return {transpose(b.input(0), permutation)};
    },
    .accumulation = [](const Batching& b) -> Values {
      return {transpose(sum(b.input(0), {0}), b.attribute<Integers>("permutation"))};
    },
};

// ---- broadcast_to

Types broadcast_shape(const Infer& in) {
  const Dims &from = in.shape(0), &to = in.attribute<Dims>("shape");
  require_sizes(in, to);
  in.require(from.size() <= to.size(), "x has more axes than ", dims_text(to));
  for (std::size_t back = 1; back <= from.size(); ++back) {
    const Dim &x = from[from.size() - back], &y = to[to.size() - back];
    in.require(x == y || x.is(1), "axis -", back, " of x is ", x, " but that of ", dims_text(to), " is ", y);
  }
  return {{in.dtype(0), to}};
}

void broadcast_kernel(const Kernel& k) {
  const Shape &from = k.input(0).shape, &to = k.output().shape;
  AxisList<std::int64_t> from_steps = steps_of(from), to_steps = steps_of(to);
  StridedAxes axes;
  for (std::size_t i = 0; i < to.size(); ++i) {
    bool is_new = i + from.size() < to.size();
    std::size_t j = is_new ? 0 : i + from.size() - to.size();
    axes.add({to[i], to_steps[i], is_new || from[j] == 1 ? 0 : from_steps[j]});
  }
  copy_strided(k.output().data, k.input(0).data, axes, size_of(k.input(0).dtype));
}

constexpr OpDef broadcast_to_op{
    .name = "broadcast_to",
    .summary = "x repeated along new axes and along axes of size 1",
    .doc = "Axes are aligned at the last one. An axis of x has the size asked for, or it is the number 1.",
    .inputs = {"x"},
    .attributes = {{"shape", AttributeKind::dims, "required", "sizes of the result"}},
    .traits = Trait::linear,
    .shape = broadcast_shape,
    .kernel = broadcast_kernel,
    .gradient = [](const Backward& b) -> Values { return {b.out_grad()}; },
    .batching = [](const Batching& b) -> Values {
      const Dims& to = b.slice_result().shape;
      return {broadcast_to(align_rank(b.input(0), to.size() + 1), with_front(b.size(), to))};
    },
    .accumulation = [](const Batching& b) -> Values {
      return {broadcast_to(sum(b.input(0), {0}), b.slice_result().shape)};
    },
};

// ---- pad

Types pad_shape(const Infer& in) {
  const auto &before = in.attribute<Dims>("before"), &after = in.attribute<Dims>("after");
  in.require(before.size() == in.rank(0) && after.size() == in.rank(0), "before ", dims_text(before), " and after ",
             dims_text(after), " need one size for each of the ", in.rank(0), " axes");
  require_sizes(in, before);
  require_sizes(in, after);
  Dims shape = in.shape(0);
  for (std::size_t i = 0; i < shape.size(); ++i) shape[i] = before[i] + shape[i] + after[i];
  return {{in.dtype(0), shape}};
}

// As Tensor::scalar converts, without a tensor.
template <class T>
T value_as(double value) {
  if constexpr (std::is_same_v<T, bool>) return value != 0;
  if constexpr (std::is_floating_point_v<T>) return static_cast<T>(value);
  if (std::isnan(value)) return T{0};
  if (value <= static_cast<double>(std::numeric_limits<T>::min())) return std::numeric_limits<T>::min();
  if (value >= static_cast<double>(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
  return static_cast<T>(value);
}

void pad_kernel(const Kernel& k) {
  const auto& before = k.attribute<Dims>("before");
  const TensorView &x = k.input(0), &y = k.output();
  visit(x.dtype,
        [&]<class T>() { std::fill_n(y.as<T>().data(), y.size(), value_as<T>(k.attribute<double>("value"))); });
  AxisList<std::int64_t> from = steps_of(x.shape), to = steps_of(y.shape);
  StridedAxes axes;
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    offset += k.host().evaluate(before[i]) * to[i];
    axes.add({x.shape[i], to[i], from[i]});
  }
  std::size_t bytes = size_of(x.dtype);
  if (x.size() > 0)
    copy_strided(static_cast<std::byte*>(y.data) + static_cast<std::size_t>(offset) * bytes, x.data, axes, bytes);
}

Values pad_gradient(const Backward& b) {
  Value dx = b.out_grad();
  const auto &before = b.attribute<Dims>("before"), &after = b.attribute<Dims>("after");
  for (std::size_t i = 0; i < before.size(); ++i)
    if (!before[i].is(0) || !after[i].is(0))
      dx = slice(dx, static_cast<std::int64_t>(i), before[i], before[i] + b.input(0).shape()[i]);
  return {dx};
}

constexpr OpDef pad_op{
    .name = "pad",
    .summary = "x with a border of one value",
    .doc =
        "Axis i of y has before[i] + size + after[i] elements. The value becomes an "
        "integer by truncation, a bool by being other than 0.",
    .inputs = {"x"},
    .attributes = {{"before", AttributeKind::dims, "required", "elements in front of each axis"},
                   {"after", AttributeKind::dims, "required", "elements behind each axis"},
                   {"value", AttributeKind::real, "0", "what the border holds"}},
    .shape = pad_shape,
    .kernel = pad_kernel,
    .gradient = pad_gradient,
    .batching = [](const Batching& b) -> Values {
      return {pad(b.input(0), with_front(0, b.attribute<Dims>("before")), with_front(0, b.attribute<Dims>("after")),
                  b.attribute<double>("value"))};
    },
};

// ---- sizes as values

const Dim& declared_size(const Infer& in) {
  const Dim& size = in.attribute<Dim>("size");
  in.require(!size.is_constant() || size.constant() >= 0, "the size is ", size, ", below 0");
  return size;
}

constexpr OpDef range_op{
    .name = "range",
    .summary = "0, 1, 2 ... up to, not including, a size, as int64",
    .inputs = {},
    .attributes = {{"size", AttributeKind::dim, "required", "the number of elements"}},
    .shape = [](const Infer& in) -> Types {
      return {{DType::int64, {declared_size(in)}}};
    },
    .kernel =
        [](const Kernel& k) {
          auto y = k.output().as<std::int64_t>();
          std::iota(y.begin(), y.end(), std::int64_t{0});
        },
    .gradient = no_gradient,
    .batching = no_batching,
};

constexpr OpDef dim_op{
    .name = "dim",
    .summary = "a size as an int64 scalar",
    .inputs = {},
    .attributes = {{"size", AttributeKind::dim, "required", "the size, of symbols"}},
    .shape = [](const Infer& in) -> Types {
      declared_size(in);
      return {{DType::int64, {}}};
    },
    .kernel = [](const Kernel& k) { k.output().as<std::int64_t>()[0] = k.host().evaluate(k.attribute<Dim>("size")); },
    .gradient = no_gradient,
    .batching = no_batching,
};

constexpr const OpDef* ops[] = {&reshape_op, &transpose_op, &broadcast_to_op, &pad_op, &range_op, &dim_op};

}  // namespace

OpList layout_ops() { return ops; }

Value reshape(Value x, Dims shape) { return apply(reshape_op, {x}, {{"shape", std::move(shape)}}); }

Value transpose(Value x, Axes permutation) {
  auto rank = static_cast<std::int64_t>(x.rank());
  if (permutation.empty())
    for (std::int64_t axis = rank; axis-- > 0;) permutation.push_back(axis);
  for (std::int64_t& axis : permutation)
    if (axis < 0) axis += rank;
  return apply(transpose_op, {x}, {{"permutation", std::move(permutation)}});
}

Value broadcast_to(Value x, Dims shape) { return apply(broadcast_to_op, {x}, {{"shape", std::move(shape)}}); }

Value expand_dims(Value x, Axes axes) {
  Sugar in("expand_dims", {"x"}, {x});
  std::size_t rank = x.rank() + axes.size();
  Dims shape = x.shape();
  // Sorted, so that each axis finds those before it in place.
  for (std::size_t axis : in->axes(axes, rank)) shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), Dim(1));
  return reshape(x, std::move(shape));
}

Value squeeze(Value x, Axes axes) {
  Sugar in("squeeze", {"x"}, {x});
  std::vector<std::size_t> sorted = in->axes(axes, x.rank());
  Dims shape = x.shape();
  for (std::size_t i = sorted.size(); i-- > 0;) {
    in->require(shape[sorted[i]].is(1), "axis ", sorted[i], " is ", shape[sorted[i]], ", and only a 1 can be left out");
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(sorted[i]));
  }
  return reshape(x, std::move(shape));
}

Value pad(Value x, Dims before, Dims after, double value) {
  return apply(pad_op, {x}, {{"before", std::move(before)}, {"after", std::move(after)}, {"value", value}});
}

Value range(Graph& graph, Dim size) { return graph.apply(range_op, {}, {{"size", std::move(size)}})[0]; }

Value dim(Graph& graph, Dim size) { return graph.apply(dim_op, {}, {{"size", std::move(size)}})[0]; }

}  // namespace gradloom
