// Reductions that count and combine truth: all, any, how many elements are not 0.
#include "ops/elementwise.h"
#include "ops/families.h"
#include "ops/ops.h"
#include "ops/reduction.h"
#include "ops/reduction_kernel.h"

namespace gradloom {

namespace {

constexpr AttributeDef axes_attribute{"axes", AttributeKind::integers, "[]", "the axes to reduce; [] is all of them"};
constexpr AttributeDef keep_dims_attribute{"keep_dims", AttributeKind::boolean, "false",
                                           "whether the reduced axes stay, with size 1"};

Types reduce_bools(const Infer& i) {
  require_bool(i, 0);
  return {{DType::boolean, reduced_shape(i)}};
}

template <bool all>
struct Combined {
  using Accumulator = bool;
  static constexpr bool start = all;
  static bool of(bool x) { return x; }
  static bool combine(bool a, bool b) { return all ? a && b : a || b; }
  static bool run(const bool* x, std::int64_t count) { return reduce_run<Combined>(x, count); }
};

template <class T>
struct NonZeros {
  using Accumulator = std::int64_t;
  static constexpr std::int64_t start = 0;
  static std::int64_t of(T x) { return x != 0; }
  static std::int64_t combine(std::int64_t a, std::int64_t b) { return a + b; }
  static std::int64_t run(const T* x, std::int64_t count) { return reduce_run<NonZeros>(x, count); }
};

template <class Body, class T>
void reduce_into_result(const Kernel& k) {
  ReductionWalk walk(k.input(0).shape, k.attribute<std::vector<std::int64_t>>("axes"));
  auto y = k.output().as<typename Body::Accumulator>();
  reduce<Body>(k, walk, k.input(0).as<T>().data(), y.data(), static_cast<std::int64_t>(y.size()));
}

constexpr OpDef all_op{
    .name = "all",
    .summary = "whether all elements over axes are true",
    .doc = "bool from bool. All of nothing is true. No gradient flows through a bool.",
    .inputs = {"x"},
    .attributes = {axes_attribute, keep_dims_attribute},
    .shape = reduce_bools,
    .kernel = reduce_into_result<Combined<true>, bool>,
    .gradient = no_gradient,
    .batching = reduction_batching,
};

constexpr OpDef any_op{
    .name = "any",
    .summary = "whether an element over axes is true",
    .doc = "bool from bool. Of nothing, none is true. No gradient flows through a bool.",
    .inputs = {"x"},
    .attributes = {axes_attribute, keep_dims_attribute},
    .shape = reduce_bools,
    .kernel = reduce_into_result<Combined<false>, bool>,
    .gradient = no_gradient,
    .batching = reduction_batching,
};

constexpr OpDef count_nonzero_op{
    .name = "count_nonzero",
    .summary = "the number of elements over axes that are not 0",
    .doc = "int64 from any dtype: of bool, how many are true. NaN is not 0. It is made of steps, so its gradient is 0.",
    .inputs = {"x"},
    .attributes = {axes_attribute, keep_dims_attribute},
    .shape = [](const Infer& i) -> Types {
      return {{DType::int64, reduced_shape(i)}};
    },
    .kernel =
        [](const Kernel& k) { visit(k.input(0).dtype, [&]<class T>() { reduce_into_result<NonZeros<T>, T>(k); }); },
    .gradient = no_gradient,
    .batching = [](const Batching& b) -> Values {
      // Of scalars there is no axis to reduce, only elements to look at.
      if (b.slice_type(0).rank() == 0) return {cast(cast(b.input(0), DType::boolean), DType::int64)};
      return reduction_batching(b);
    },
};

constexpr const OpDef* ops[] = {&all_op, &any_op, &count_nonzero_op};

Value reduction(const OpDef& op, Value x, Axes axes, bool keep_dims) {
  return apply(op, {x}, {{"axes", std::move(axes)}, {"keep_dims", keep_dims}});
}

}  // namespace

OpList logic_reduction_ops() { return ops; }

Value all(Value x, Axes axes, bool keep_dims) { return reduction(all_op, x, std::move(axes), keep_dims); }
Value any(Value x, Axes axes, bool keep_dims) { return reduction(any_op, x, std::move(axes), keep_dims); }
Value count_nonzero(Value x, Axes axes, bool keep_dims) {
  return reduction(count_nonzero_op, x, std::move(axes), keep_dims);
}

}  // namespace gradloom
