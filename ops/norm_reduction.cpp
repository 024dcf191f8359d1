// Norms and log-sum-exp over axes: reductions whose results are not proportional to a sum.
#include <cmath>
#include <limits>

#include "ops/elementwise.h"
#include "ops/elementwise_kernel.h"
#include "ops/families.h"
#include "ops/ops.h"
#include "ops/product_of_others.h"
#include "ops/reduction.h"
#include "ops/reduction_kernel.h"
#include "tensor/simd.h"

namespace gradloom {

namespace {

constexpr AttributeDef axes_attribute{"axes", AttributeKind::integers, "[]", "the axes to reduce; [] is all of them"};
constexpr AttributeDef keep_dims_attribute{"keep_dims", AttributeKind::boolean, "false",
                                           "whether the reduced axes stay, with size 1"};

Types reduce_numbers(const Infer& i) {
  require_number(i, 0);
  return {{i.dtype(0), reduced_shape(i)}};
}

Types reduce_floats(const Infer& i) {
  i.require_float(0);
  return {{i.dtype(0), reduced_shape(i)}};
}

// Reduces by the body into scratch memory, then `finish(accumulator)` into the result.
template <class Body, class T, class Finish>
void reduce_and_finish(const Kernel& k, const Finish& finish) {
  ReductionWalk walk(k.input(0).shape, k.attribute<std::vector<std::int64_t>>("axes"));
  auto y = k.output().as<T>();
  auto results = static_cast<std::int64_t>(y.size());
  auto* accumulators = k.scratch<typename Body::Accumulator>(results);
  reduce<Body>(k, walk, k.input(0).as<T>().data(), accumulators, results);
  for (std::int64_t i = 0; i < results; ++i) y[static_cast<std::size_t>(i)] = static_cast<T>(finish(accumulators[i]));
}

// Float32 is accumulated in float64; integers without a sign, so that they wrap around.
template <class T>
using Wide = std::conditional_t<std::is_floating_point_v<T>, double, std::uint64_t>;

// ---- prod

template <class T>
struct Product {
  using Accumulator = Wide<T>;
  static constexpr Accumulator start = 1;
  static Accumulator of(T x) { return static_cast<Accumulator>(x); }
  static Accumulator combine(Accumulator a, Accumulator b) { return a * b; }
  static Accumulator run(const T* x, std::int64_t count) { return reduce_run<Product>(x, count); }
};

constexpr OpDef prod_op{
    .name = "prod",
    .summary = "the product over axes",
    .doc =
        "float32 is multiplied in float64; integers wrap around. The product of nothing is 1. dx is dy times the "
        "product of the other elements, never a quotient: with one 0 only that element has a gradient, with several "
        "none has, and gradients of every order are right there too.",
    .inputs = {"x"},
    .attributes = {axes_attribute, keep_dims_attribute},
    .shape = reduce_numbers,
    .kernel =
        [](const Kernel& k) {
          visit_number(k.output().dtype,
                       [&]<class T>() { reduce_and_finish<Product<T>, T>(k, [](Wide<T> all) { return all; }); });
        },
    .gradient = [](const Backward& b) -> Values {
      auto axes = reduced_axes(b.attribute<std::vector<std::int64_t>>("axes"), b.input(0).rank());
      return {with_reduced_axes(b.out_grad(), b) * product_of_others(b.input(0), axes)};
    },
    .batching = reduction_batching,
    .onnx = "ReduceProd",
};

// ---- norms

template <class T>
struct Magnitudes {
  using Accumulator = Wide<T>;
  static constexpr Accumulator start = 0;
  static Accumulator of(T x) {
    if constexpr (std::is_floating_point_v<T>) return std::abs(static_cast<double>(x));
    return x < 0 ? -static_cast<Accumulator>(x) : static_cast<Accumulator>(x);
  }
  static Accumulator combine(Accumulator a, Accumulator b) { return a + b; }
  static Accumulator run(const T* x, std::int64_t count) { return reduce_run<Magnitudes>(x, count); }
};

// A norm of slices that are scalars is their magnitude: [] would name the new axis.
Values norm_batching(const Batching& b) {
  if (b.slice_type(0).rank() == 0) return {abs(b.input(0))};
  return reduction_batching(b);
}

constexpr OpDef l1_norm_op{
    .name = "l1_norm",
    .summary = "the sum of the magnitudes over axes",
    .doc =
        "float32 is added up in float64; integers wrap around. The norm of nothing is 0. dx = dy * sign(x): the "
        "gradient at 0 is 0.",
    .inputs = {"x"},
    .attributes = {axes_attribute, keep_dims_attribute},
    .shape = reduce_numbers,
    .kernel =
        [](const Kernel& k) {
          visit_number(k.output().dtype,
                       [&]<class T>() { reduce_and_finish<Magnitudes<T>, T>(k, [](Wide<T> all) { return all; }); });
        },
    .gradient = [](const Backward& b) -> Values { return {with_reduced_axes(b.out_grad(), b) * sign(b.input(0))}; },
    .batching = norm_batching,
    .onnx = "ReduceL1",
};

template <class T>
struct Squares {
  using Accumulator = double;
  static constexpr double start = 0;
  static double of(T x) { return static_cast<double>(x) * static_cast<double>(x); }
  static double combine(double a, double b) { return a + b; }
  static double run(const T* x, std::int64_t count) { return reduce_run<Squares>(x, count); }
};

constexpr OpDef l2_norm_op{
    .name = "l2_norm",
    .summary = "the square root of the sum of squares over axes",
    .doc =
        "Squares are added up in float64, so float32 does not overflow; magnitudes above 1e154 do. The norm of nothing "
        "is 0. dx = dy * x / y; where all of x is 0 the gradient is 0.",
    .inputs = {"x"},
    .attributes = {axes_attribute, keep_dims_attribute},
    .shape = reduce_floats,
    .kernel =
        [](const Kernel& k) {
          visit_float(k.output().dtype, [&]<class T>() {
            reduce_and_finish<Squares<T>, T>(k, [](double total) { return std::sqrt(total); });
          });
        },
    .gradient = [](const Backward& b) -> Values {
      Value y = with_reduced_axes(b.output(), b), dy = with_reduced_axes(b.out_grad(), b);
      Value is_zero = equal(y, scalar_like(y, 0));
      Value scale = dy / where(is_zero, scalar_like(y, 1), y);
      return {where(is_zero, scalar_like(y, 0), b.input(0) * scale)};
    },
    .batching = norm_batching,
    .onnx = "ReduceL2",
};

// ---- logsumexp

// total * exp(most): the exponentials so far, none of which overflowed.
struct Powers {
  double most = -std::numeric_limits<double>::infinity(), total = 0;
};

template <class T>
struct SumOfPowers {
  using Accumulator = Powers;
  static constexpr Powers start = {};
  static Powers of(T x) { return {static_cast<double>(x), 1}; }
  static Powers combine(Powers a, Powers b) {
    if (a.most == b.most) return {a.most, a.total + b.total};  // both may be infinite
    if (b.most > a.most) return {b.most, a.total * std::exp(a.most - b.most) + b.total};
    return {a.most, a.total + b.total * std::exp(b.most - a.most)};
  }
  static Powers run(const T* x, std::int64_t count) {
    constexpr T infinity = std::numeric_limits<T>::infinity();
    const simd::Tiles<T>& tiles = simd::tiles<T>();
    if (tiles.max(x, count) == infinity) return of(infinity);
    return of(tiles.log_sum_exp(x, count));
  }
};

constexpr OpDef logsumexp_op{
    .name = "logsumexp",
    .summary = "log(sum(exp(x))) over axes, without overflow",
    .doc =
        "The largest element is taken out first. Elements of -inf add nothing; of nothing else, or of nothing, the "
        "result is -inf, and the gradient 0. inf gives inf, with the gradient NaN. dx = dy * exp(x - y).",
    .inputs = {"x"},
    .attributes = {axes_attribute, keep_dims_attribute},
    .shape = reduce_floats,
    .kernel =
        [](const Kernel& k) {
          visit_float(k.output().dtype, [&]<class T>() {
            reduce_and_finish<SumOfPowers<T>, T>(k, [](Powers all) { return all.most + std::log(all.total); });
          });
        },
    .gradient = [](const Backward& b) -> Values {
      Value y = with_reduced_axes(b.output(), b), zero = scalar_like(y, 0);
      // exp(-inf - 0) is the 0 that is meant, -inf - -inf would be NaN.
      Value normaliser = where(equal(y, scalar_like(y, -std::numeric_limits<double>::infinity())), zero, y);
      return {with_reduced_axes(b.out_grad(), b) * exp(b.input(0) - normaliser)};
    },
    .batching = reduction_batching,
    .onnx = "ReduceLogSumExp",
};

constexpr const OpDef* ops[] = {&prod_op, &l1_norm_op, &l2_norm_op, &logsumexp_op, &product_of_others_op};

Value reduction(const OpDef& op, Value x, Axes axes, bool keep_dims) {
  return apply(op, {x}, {{"axes", std::move(axes)}, {"keep_dims", keep_dims}});
}

}  // namespace

OpList norm_reduction_ops() { return ops; }

Value prod(Value x, Axes axes, bool keep_dims) { return reduction(prod_op, x, std::move(axes), keep_dims); }
Value l1_norm(Value x, Axes axes, bool keep_dims) { return reduction(l1_norm_op, x, std::move(axes), keep_dims); }
Value l2_norm(Value x, Axes axes, bool keep_dims) { return reduction(l2_norm_op, x, std::move(axes), keep_dims); }
Value logsumexp(Value x, Axes axes, bool keep_dims) { return reduction(logsumexp_op, x, std::move(axes), keep_dims); }

}  // namespace gradloom
