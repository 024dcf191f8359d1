// Comparisons and logic (results are bool), choice by a condition, and conversion of dtypes.
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "ops/elementwise.h"
#include "ops/elementwise_kernel.h"
#include "ops/families.h"
#include "ops/ops.h"
#include "tensor/convert.h"

namespace gradloom {

namespace {

template <class Body>
void compare_numbers(const Kernel& k) {
  visit_number(k.input(0).dtype, [&]<class T>() { binary_loop<T, bool>(k, Body()); });
}

template <class Body>
void compare_any(const Kernel& k) {
  visit(k.input(0).dtype, [&]<class T>() { binary_loop<T, bool>(k, Body()); });
}

template <class Body>
void combine_bools(const Kernel& k) {
  binary_loop<bool, bool>(k, Body());
}

constexpr OpDef equal_op{
    .name = "equal",
    .summary = "whether a and b are equal, element by element",
    .doc = "Of any dtype; NaN equals nothing, 0 equals -0. No gradient flows through a bool.",
    .inputs = {"a", "b"},
    .traits = {Trait::elementwise, Trait::commutative},
    .shape = broadcast_equality,
    .kernel = compare_any<std::equal_to<>>,
    .gradient = no_gradient,
    .batching = elementwise_batching,
    .onnx = "Equal",
};

constexpr OpDef not_equal_op{
    .name = "not_equal",
    .summary = "whether a and b differ, element by element",
    .doc = "Of any dtype; NaN differs from everything. No gradient flows through a bool.",
    .inputs = {"a", "b"},
    .traits = {Trait::elementwise, Trait::commutative},
    .shape = broadcast_equality,
    .kernel = compare_any<std::not_equal_to<>>,
    .gradient = no_gradient,
    .batching = elementwise_batching,
};

constexpr std::string_view order_doc = "False where either is NaN. No gradient flows through a bool.";

constexpr OpDef less_op{
    .name = "less",
    .summary = "whether a < b, element by element",
    .doc = order_doc,
    .inputs = {"a", "b"},
    .traits = Trait::elementwise,
    .shape = broadcast_ordered,
    .kernel = compare_numbers<std::less<>>,
    .gradient = no_gradient,
    .batching = elementwise_batching,
    .onnx = "Less",
};

constexpr OpDef less_equal_op{
    .name = "less_equal",
    .summary = "whether a <= b, element by element",
    .doc = order_doc,
    .inputs = {"a", "b"},
    .traits = Trait::elementwise,
    .shape = broadcast_ordered,
    .kernel = compare_numbers<std::less_equal<>>,
    .gradient = no_gradient,
    .batching = elementwise_batching,
    .onnx = "LessOrEqual",
};

constexpr OpDef greater_op{
    .name = "greater",
    .summary = "whether a > b, element by element",
    .doc = order_doc,
    .inputs = {"a", "b"},
    .traits = Trait::elementwise,
    .shape = broadcast_ordered,
    .kernel = compare_numbers<std::greater<>>,
    .gradient = no_gradient,
    .batching = elementwise_batching,
    .onnx = "Greater",
};

constexpr OpDef greater_equal_op{
    .name = "greater_equal",
    .summary = "whether a >= b, element by element",
    .doc = order_doc,
    .inputs = {"a", "b"},
    .traits = Trait::elementwise,
    .shape = broadcast_ordered,
    .kernel = compare_numbers<std::greater_equal<>>,
    .gradient = no_gradient,
    .batching = elementwise_batching,
    .onnx = "GreaterOrEqual",
};

constexpr OpDef logical_and_op{
    .name = "logical_and",
    .summary = "whether both a and b are true, element by element",
    .inputs = {"a", "b"},
    .traits = {Trait::elementwise, Trait::commutative},
    .shape = broadcast_logical,
    .kernel = combine_bools<std::logical_and<>>,
    .gradient = no_gradient,
    .batching = elementwise_batching,
    .onnx = "And",
};

constexpr OpDef logical_or_op{
    .name = "logical_or",
    .summary = "whether a or b or both are true, element by element",
    .inputs = {"a", "b"},
    .traits = {Trait::elementwise, Trait::commutative},
    .shape = broadcast_logical,
    .kernel = combine_bools<std::logical_or<>>,
    .gradient = no_gradient,
    .batching = elementwise_batching,
    .onnx = "Or",
};

constexpr OpDef logical_xor_op{
    .name = "logical_xor",
    .summary = "whether exactly one of a and b is true, element by element",
    .inputs = {"a", "b"},
    .traits = {Trait::elementwise, Trait::commutative},
    .shape = broadcast_logical,
    .kernel = combine_bools<std::not_equal_to<>>,
    .gradient = no_gradient,
    .batching = elementwise_batching,
    .onnx = "Xor",
};

constexpr OpDef logical_not_op{
    .name = "logical_not",
    .summary = "false where true and true where false",
    .inputs = {"a"},
    .traits = Trait::elementwise,
    .shape = broadcast_logical,
    .kernel = [](const Kernel& k) { unary_loop<bool, bool>(k, std::logical_not<>()); },
    .gradient = no_gradient,
    .batching = elementwise_batching,
    .onnx = "Not",
};

Types float_to_bool(const Infer& i) {
  i.require_float(0);
  return {{DType::boolean, i.shape(0)}};
}

constexpr OpDef is_nan_op{
    .name = "is_nan",
    .summary = "whether each element is NaN",
    .doc = "No gradient flows through a bool.",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = float_to_bool,
    .kernel =
        [](const Kernel& k) {
          visit_float(k.input(0).dtype, [&]<class T>() { unary_loop<T, bool>(k, [](T x) { return x != x; }); });
        },
    .gradient = no_gradient,
    .batching = elementwise_batching,
    .onnx = "IsNaN",
};

constexpr OpDef is_inf_op{
    .name = "is_inf",
    .summary = "whether each element is inf or -inf",
    .doc = "No gradient flows through a bool.",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = float_to_bool,
    .kernel =
        [](const Kernel& k) {
          visit_float(k.input(0).dtype, [&]<class T>() {
            unary_loop<T, bool>(k, [](T x) { return std::abs(x) == std::numeric_limits<T>::infinity(); });
          });
        },
    .gradient = no_gradient,
    .batching = elementwise_batching,
    .onnx = "IsInf",
};

// y = condition ? a : b.
template <class T>
void choose(const Kernel& k) {
  const bool* condition_begin = k.input(0).as<bool>().data();
  const T* a_begin = k.input(1).as<T>().data();
  const T* b_begin = k.input(2).as<T>().data();
  T* y_begin = k.output().as<T>().data();
  BroadcastWalk walk(k.output().shape, {&k.input(0).shape, &k.input(1).shape, &k.input(2).shape});
  std::int64_t length = walk.length();
  bool all_dense = walk.is_dense(0) && walk.is_dense(1) && walk.is_dense(2);
  std::int64_t c_step = walk.is_dense(0), a_step = walk.is_dense(1), b_step = walk.is_dense(2);
  walk.each_run([&](std::int64_t at, const BroadcastWalk::Steps& offsets) {
    const bool* condition = condition_begin + offsets[0];
    const T *a = a_begin + offsets[1], *b = b_begin + offsets[2];
    T* y = y_begin + at;
    if (all_dense) {
      for (std::int64_t i = 0; i < length; ++i) y[i] = condition[i] ? a[i] : b[i];
    } else if (c_step == 1 && a_step == 1) {
      const T other = b[0];
      for (std::int64_t i = 0; i < length; ++i) y[i] = condition[i] ? a[i] : other;
    } else if (c_step == 0) {
      const T* chosen = condition[0] ? a : b;
      std::int64_t step = condition[0] ? a_step : b_step;
      for (std::int64_t i = 0; i < length; ++i) y[i] = chosen[i * step];
    } else {
      for (std::int64_t i = 0; i < length; ++i) y[i] = condition[i] ? a[i * a_step] : b[i * b_step];
    }
  });
}

constexpr OpDef where_op{
    .name = "where",
    .summary = "a where the condition is true, else b, element by element",
    .doc =
        "All three broadcast together; a and b are of one dtype, any. The gradient of the operand that was not taken "
        "is 0, whatever its value is there, NaN included.",
    .inputs = {"condition", "a", "b"},
    .traits = Trait::elementwise,
    .shape = [](const Infer& i) -> Types {
      require_bool(i, 0);
      i.require(i.dtype(1) == i.dtype(2), "a is ", name_of(i.dtype(1)), " but b is ", name_of(i.dtype(2)),
                "; cast one of them");
      return {{i.dtype(1), i.broadcast()}};
    },
    .kernel = [](const Kernel& k) { visit(k.output().dtype, [&]<class T>() { choose<T>(k); }); },
    .gradient = [](const Backward& b) -> Values {
      Value zero = scalar_like(b.out_grad(), 0);
      return {Value(), b.wants(1) ? where(b.input(0), b.out_grad(), zero) : Value(),
              b.wants(2) ? where(b.input(0), zero, b.out_grad()) : Value()};
    },
    .batching = elementwise_batching,
    .onnx = "Where",
};

constexpr OpDef cast_op{
    .name = "cast",
    .summary = "each element converted to another dtype",
    .doc =
        "Float to integer drops the fraction and saturates, NaN becomes 0; integer to a smaller integer keeps the low "
        "bits; anything to bool is x != 0; bool to a number is 0 or 1. Between floats the gradient is cast back; "
        "through integers and bool none flows.",
    .inputs = {"x"},
    .attributes = {{"dtype", AttributeKind::dtype, "required", "the dtype of the result"}},
    .traits = {Trait::elementwise, Trait::linear},
    .shape = [](const Infer& i) -> Types {
      return {{i.attribute<DType>("dtype"), i.shape(0)}};
    },
    .kernel =
        [](const Kernel& k) {
          visit(k.input(0).dtype, [&]<class From>() {
            visit(k.output().dtype,
                  [&]<class To>() { unary_loop<From, To>(k, [](From x) { return convert_element<To>(x); }); });
          });
        },
    .gradient = [](const Backward& b) -> Values {
      DType from = b.input(0).dtype();
      return {is_float(from) && is_float(b.output().dtype()) ? cast(b.out_grad(), from) : Value()};
    },
    .batching = elementwise_batching,
};

constexpr OpDef stop_gradient_op{
    .name = "stop_gradient",
    .summary = "x itself, through which no gradient flows",
    .doc = "Of any dtype; what is in front of it counts as constant when gradients are made.",
    .inputs = {"x"},
    .traits = {Trait::elementwise, Trait::view, Trait::linear},
    .shape = [](const Infer& i) -> Types { return {i.type(0)}; },
    .kernel =
        [](const Kernel& k) {
          if (k.output().size() > 0) std::memmove(k.output().data, k.input(0).data, k.output().bytes());
        },
    .gradient = no_gradient,
    .batching = elementwise_batching,
    .onnx = "Identity",
};

constexpr const OpDef* ops[] = {&equal_op,         &not_equal_op,   &less_op,       &less_equal_op,  &greater_op,
                                &greater_equal_op, &logical_and_op, &logical_or_op, &logical_xor_op, &logical_not_op,
                                &is_nan_op,        &is_inf_op,      &where_op,      &cast_op,        &stop_gradient_op};

}  // namespace

OpList comparison_ops() { return ops; }

Value equal(Value a, Value b) { return apply(equal_op, {a, b}); }
Value not_equal(Value a, Value b) { return apply(not_equal_op, {a, b}); }
Value less(Value a, Value b) { return apply(less_op, {a, b}); }
Value less_equal(Value a, Value b) { return apply(less_equal_op, {a, b}); }
Value greater(Value a, Value b) { return apply(greater_op, {a, b}); }
Value greater_equal(Value a, Value b) { return apply(greater_equal_op, {a, b}); }
Value logical_and(Value a, Value b) { return apply(logical_and_op, {a, b}); }
Value logical_or(Value a, Value b) { return apply(logical_or_op, {a, b}); }
Value logical_xor(Value a, Value b) { return apply(logical_xor_op, {a, b}); }
Value logical_not(Value a) { return apply(logical_not_op, {a}); }
Value is_nan(Value x) { return apply(is_nan_op, {x}); }
Value is_inf(Value x) { return apply(is_inf_op, {x}); }
Value where(Value condition, Value a, Value b) { return apply(where_op, {condition, a, b}); }
Value cast(Value x, DType dtype) { return apply(cast_op, {x}, {{"dtype", dtype}}); }
Value stop_gradient(Value x) { return apply(stop_gradient_op, {x}); }

}  // namespace gradloom
