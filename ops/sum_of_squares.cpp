// sum_of_squares: the sum of squares in one pass, as gradient norms need it.
#include "ops/families.h"
#include "ops/ops.h"
#include "ops/reduction.h"
#include "ops/reduction_kernel.h"
#include "tensor/simd.h"

namespace gradloom {

namespace {

template <class T>
struct Squares {
  using Accumulator = double;
  static constexpr double start = 0;
  static double of(T x) { return static_cast<double>(x) * static_cast<double>(x); }
  static double combine(double a, double b) { return a + b; }
  static double run(const T* x, std::int64_t count) { return simd::tiles<T>().sum_of_squares(x, count); }
};

template <class T>
void add_squares(const Kernel& k) {
  ReductionWalk walk(k.input(0).shape, k.attribute<std::vector<std::int64_t>>("axes"));
  auto y = k.output().as<T>();
  auto results = static_cast<std::int64_t>(y.size());
  double* sums = k.scratch<double>(results);
  reduce<Squares<T>>(k, walk, k.input(0).as<T>().data(), sums, results);
  for (std::int64_t i = 0; i < results; ++i) y[static_cast<std::size_t>(i)] = static_cast<T>(sums[i]);
}

constexpr OpDef sum_of_squares_op{
    .name = "sum_of_squares",
    .summary = "the sum of the squares over axes",
    .doc = "Squares of float32 are added up in float64. The sum of nothing is 0. dx = 2 x dy.",
    .inputs = {"x"},
    .attributes = {{"axes", AttributeKind::integers, "[]", "axes to reduce; [] is all of them"},
                   {"keep_dims", AttributeKind::boolean, "false", "keep reduced axes, with size 1"}},
    .shape = [](const Infer& i) -> Types {
      i.require_float(0);
      return {{i.dtype(0), reduced_shape(i)}};
    },
    .kernel = [](const Kernel& k) { visit_float(k.output().dtype, [&]<class T>() { add_squares<T>(k); }); },
    .gradient = [](const Backward& b) -> Values { return {2.0 * b.input(0) * with_reduced_axes(b.out_grad(), b)}; },
    .batching = [](const Batching& b) -> Values {
      // Of scalars there is no axis to reduce, only elements to square.
      if (b.slice_type(0).rank() == 0) return {square(b.input(0))};
      return reduction_batching(b);
    },
    .onnx = "ReduceSumSquare"};

constexpr const OpDef* ops[] = {&sum_of_squares_op};

}  // namespace

OpList square_reduction_ops() { return ops; }

Value sum_of_squares(Value x, Axes axes, bool keep_dims) {
  return apply(sum_of_squares_op, {x}, {{"axes", std::move(axes)}, {"keep_dims", keep_dims}});
}

}  // namespace gradloom
