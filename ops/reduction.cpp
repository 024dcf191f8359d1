// Reductions over axes: sum, mean, largest, smallest; and what all reductions share.
#include "ops/reduction.h"

#include <limits>

#include "ops/elementwise.h"
#include "ops/elementwise_kernel.h"
#include "ops/families.h"
#include "ops/ops.h"
#include "ops/reduction_kernel.h"
#include "tensor/simd.h"

namespace gradloom {

namespace {

constexpr AttributeDef axes_attribute{"axes", AttributeKind::integers, "[]", "the axes to reduce; [] is all of them"};
constexpr AttributeDef keep_dims_attribute{"keep_dims", AttributeKind::boolean, "false",
                                           "whether the reduced axes stay, with size 1"};

// float32 is summed in float64, so that the rounding of millions of terms does not add up.
template <class T>
struct Sum {
  using Accumulator = std::conditional_t<std::is_floating_point_v<T>, double, std::uint64_t>;
  static constexpr Accumulator start = 0;
  static Accumulator of(T x) { return static_cast<Accumulator>(x); }
  static Accumulator combine(Accumulator a, Accumulator b) { return a + b; }
  static Accumulator run(const T* x, std::int64_t count) { return reduce_run<Sum>(x, count); }
  static void add_rows(const T* x, std::int64_t row, std::int64_t rows, Accumulator* sums,
                       std::int64_t count) requires std::is_floating_point_v<T> {
    simd::tiles<T>().add_rows(x, row, rows, sums, count);
  }
};

// The larger or the smaller; NaN when either is.
template <class T, bool largest>
struct Extreme {
  using Accumulator = T;
  static constexpr T infinity = std::numeric_limits<T>::infinity();
  static constexpr T start = std::numeric_limits<T>::has_infinity ? (largest ? -infinity : infinity)
                             : largest                            ? std::numeric_limits<T>::lowest()
                                                                  : std::numeric_limits<T>::max();
  static T of(T x) { return x; }
  static T combine(T a, T b) { return (largest ? b > a : b < a) || is_nan_element(b) ? b : a; }
  static T run(const T* x, std::int64_t count) {
    if constexpr (largest && std::is_floating_point_v<T>) return simd::tiles<T>().max(x, count);
    return reduce_run<Extreme>(x, count);
  }
};

template <class T>
using Largest = Extreme<T, true>;
template <class T>
using Smallest = Extreme<T, false>;

// Sums into scratch memory of the accumulator's type, then `finish(sum, count)` into the result.
template <class T, class Finish>
void sum_kernel(const Kernel& k, const Finish& finish) {
  using Accumulator = typename Sum<T>::Accumulator;
  ReductionWalk walk(k.input(0).shape, k.attribute<std::vector<std::int64_t>>("axes"));
  auto y = k.output().as<T>();
  auto results = static_cast<std::int64_t>(y.size());
  Accumulator* sums = k.scratch<Accumulator>(results);
  reduce<Sum<T>>(k, walk, k.input(0).as<T>().data(), sums, results);
  for (std::int64_t i = 0; i < results; ++i) y[static_cast<std::size_t>(i)] = finish(sums[i], walk.count());
}

Types reduce_numbers(const Infer& i) {
  require_number(i, 0);
  return {{i.dtype(0), reduced_shape(i)}};
}

Value spread(Value gradient, const Backward& b) {
  Value aligned = with_reduced_axes(gradient, b);
  return broadcast_to(aligned, b.input(0).shape());
}

// [size, slices...] -> the sum over the new axis and the reduced ones at once.
Values sum_accumulation(const Batching& b) {
  const Type& slice = b.slice_type(0);
  Axes axes{0};
  for (std::size_t axis : reduced_axes(b.attribute<std::vector<std::int64_t>>("axes"), slice.rank()))
    axes.push_back(static_cast<std::int64_t>(axis) + 1);
  Value total = sum(b.input(0), axes);
  return {total.rank() == b.slice_result().rank() ? total : reshape(total, b.slice_result().shape)};
}

constexpr OpDef sum_op{
    .name = "sum",
    .summary = "the sum over axes",
    .doc = "float32 is added up in float64; integers wrap around. The sum of nothing is 0.",
    .inputs = {"x"},
    .attributes = {axes_attribute, keep_dims_attribute},
    .traits = Trait::linear,
    .shape = reduce_numbers,
    .kernel =
        [](const Kernel& k) {
          visit_number(k.output().dtype, [&]<class T>() {
            sum_kernel<T>(k, [](auto total, std::int64_t) { return static_cast<T>(total); });
          });
        },
    .gradient = [](const Backward& b) -> Values { return {spread(b.out_grad(), b)}; },
    .batching = reduction_batching,
    .accumulation = sum_accumulation,
};

constexpr OpDef mean_op{
    .name = "mean",
    .summary = "the mean over axes",
    .doc = "float32 is added up in float64. The mean of nothing is NaN.",
    .inputs = {"x"},
    .attributes = {axes_attribute, keep_dims_attribute},
    .traits = Trait::linear,
    .shape = [](const Infer& i) -> Types {
      i.require_float(0);
      return reduce_numbers(i);
    },
    .kernel =
        [](const Kernel& k) {
          visit_float(k.output().dtype, [&]<class T>() {
            sum_kernel<T>(
                k, [](double total, std::int64_t count) { return static_cast<T>(total / static_cast<double>(count)); });
          });
        },
    .gradient = [](const Backward& b) -> Values {
      auto axes = reduced_axes(b.attribute<std::vector<std::int64_t>>("axes"), b.input(0).rank());
      return {spread(b.out_grad() / reduced_count(b.input(0), axes), b)};
    },
    .batching = reduction_batching,
};

template <template <class> class Body>
void extreme_kernel(const Kernel& k) {
  visit_number(k.output().dtype, [&]<class T>() {
    ReductionWalk walk(k.input(0).shape, k.attribute<std::vector<std::int64_t>>("axes"));
    auto y = k.output().as<T>();
    reduce<Body<T>>(k, walk, k.input(0).as<T>().data(), y.data(), static_cast<std::int64_t>(y.size()));
  });
}

// dx = dy / (number of equal extremes) where x is the extreme, else 0.
Values extreme_gradient(const Backward& b) {
  Value x = b.input(0);
  auto axes = reduced_axes(b.attribute<std::vector<std::int64_t>>("axes"), x.rank());
  Value chosen = equal(x, with_reduced_axes(b.output(), b));
  Value ties = sum(cast(chosen, x.dtype()), Axes(axes.begin(), axes.end()), true);
  Value share = with_reduced_axes(b.out_grad(), b) / ties;
  return {where(chosen, share, scalar_like(share, 0))};
}

constexpr OpDef max_op{
    .name = "max",
    .summary = "the largest element over axes",
    .doc =
        "NaN if one is NaN (gradient 0). Of nothing: -inf, or the lowest integer. Elements that are equally large "
        "share the gradient equally.",
    .inputs = {"x"},
    .attributes = {axes_attribute, keep_dims_attribute},
    .shape = reduce_numbers,
    .kernel = extreme_kernel<Largest>,
    .gradient = extreme_gradient,
    .batching = reduction_batching,
};

constexpr OpDef min_op{
    .name = "min",
    .summary = "the smallest element over axes",
    .doc =
        "NaN if one is NaN (gradient 0). Of nothing: inf, or the greatest integer. Elements that are equally small "
        "share the gradient equally.",
    .inputs = {"x"},
    .attributes = {axes_attribute, keep_dims_attribute},
    .shape = reduce_numbers,
    .kernel = extreme_kernel<Smallest>,
    .gradient = extreme_gradient,
    .batching = reduction_batching,
};

constexpr const OpDef* ops[] = {&sum_op, &mean_op, &max_op, &min_op};

Value reduction(const OpDef& op, Value x, Axes axes, bool keep_dims) {
  return apply(op, {x}, {{"axes", std::move(axes)}, {"keep_dims", keep_dims}});
}

}  // namespace

std::vector<std::size_t> reduced_axes(const std::vector<std::int64_t>& axes, std::size_t rank) {
  std::vector<std::size_t> result;
  if (axes.empty()) {
    for (std::size_t axis = 0; axis < rank; ++axis) result.push_back(axis);
  } else {
    for (std::int64_t axis : axes)
      result.push_back(static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis));
    std::sort(result.begin(), result.end());
  }
  return result;
}

Dims reduced_shape(const Infer& i) {
  const auto& given = i.attribute<std::vector<std::int64_t>>("axes");
  i.axes(given, i.rank(0));  // checks them
  bool keep_dims = i.attribute<bool>("keep_dims");
  Dims shape = i.shape(0);
  std::vector<std::size_t> axes = reduced_axes(given, i.rank(0));
  for (std::size_t n = axes.size(); n-- > 0;) {
    if (keep_dims)
      shape[axes[n]] = 1;
    else
      shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axes[n]));
  }
  return shape;
}

Value with_reduced_axes(Value reduced, const Backward& b) {
  if (b.attribute<bool>("keep_dims")) return reduced;
  auto axes = reduced_axes(b.attribute<std::vector<std::int64_t>>("axes"), b.input(0).rank());
  return axes.empty() ? reduced : expand_dims(reduced, Axes(axes.begin(), axes.end()));
}

Value reduced_count(Value x, const std::vector<std::size_t>& axes) {
  Dim count = 1;
  for (std::size_t axis : axes) count = count * x.shape()[axis];
  if (count.is_constant()) return scalar_like(x, static_cast<double>(count.constant()));
  return cast(dim(x.graph(), count), x.dtype());
}

Values reduction_batching(const Batching& b) {
  std::size_t rank = b.slice_type(0).rank();
  if (rank == 0) return {b.input(0)};  // the reduction of one number is that number; [] would name the new axis
  Axes axes;
  for (std::size_t axis : reduced_axes(b.attribute<std::vector<std::int64_t>>("axes"), rank))
    axes.push_back(static_cast<std::int64_t>(axis) + 1);
  return {reduction(b.op(), b.input(0), axes, b.attribute<bool>("keep_dims"))};
}

ReductionWalk::ReductionWalk(const Shape& shape, const std::vector<std::int64_t>& axes) {
  auto rank = static_cast<std::int64_t>(shape.size());
  require(shape.size() <= most_axes, Fault::input, "a tensor of ", rank, " axes is reduced; ", most_axes,
          " are the most");
  std::array<bool, most_axes> reduced{};
  for (std::int64_t axis : axes) reduced[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)] = true;
  std::int64_t dense = 1;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    std::int64_t size = shape[axis];
    empty_ = empty_ || size == 0;
    bool is_reduced = axes.empty() || reduced[axis];
    if (is_reduced) count_ *= size;
    if (size == 1) continue;
    std::int64_t step = is_reduced ? 0 : dense;
    if (!is_reduced) dense *= size;
    if (axes_ > 0 && (axis_[axes_ - 1].step == 0) == is_reduced)
      axis_[axes_ - 1].size *= size;
    else
      axis_[axes_++] = {size, step};
  }
  if (axes_ == 0) axis_[axes_++] = {1, 0};
}

OpList reduction_ops() { return ops; }

Value sum(Value x, Axes axes, bool keep_dims) { return reduction(sum_op, x, std::move(axes), keep_dims); }
Value mean(Value x, Axes axes, bool keep_dims) { return reduction(mean_op, x, std::move(axes), keep_dims); }
Value max(Value x, Axes axes, bool keep_dims) { return reduction(max_op, x, std::move(axes), keep_dims); }
Value min(Value x, Axes axes, bool keep_dims) { return reduction(min_op, x, std::move(axes), keep_dims); }

}  // namespace gradloom
