// Softmax and its logarithm along an axis, stable for large operands; softmax takes its mask as an operand.
#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/elementwise.h"
#include "ops/elementwise_kernel.h"
#include "ops/families.h"
#include "ops/ops.h"
#include "ops/rows.h"
#include "tensor/simd.h"

namespace gradloom {

namespace {

constexpr AttributeDef axis_attribute{"axis", AttributeKind::integer, "-1",
                                      "the axis along which the results sum to 1"};

// An operand seen as [outer, size, inner], where `size` is the attribute's axis.
struct Columns {
  std::int64_t outer = 1, size = 1, inner = 1;

  explicit Columns(const Kernel& k) {
    const Shape& shape = k.input(0).shape;
    auto rank = static_cast<std::int64_t>(shape.size());
    std::int64_t axis = k.attribute<std::int64_t>("axis");
    if (axis < 0) axis += rank;
    for (std::int64_t i = 0; i < rank; ++i)
      (i < axis ? outer : i == axis ? size : inner) *= shape[static_cast<std::size_t>(i)];
  }

  // Calls `row(begin)` for each column when columns are contiguous, else `column(begin, step)`.
  template <class Row, class Column>
  void each(const Kernel& k, const Row& row, const Column& column) const {
    if (inner == 1)
      for_each_row(k, outer, size, [&](std::int64_t o) { row(o * size); });
    else
      for_each_row(k, outer * inner, size,
                   [&](std::int64_t c) { column(c / inner * size * inner + c % inner, inner); });
  }
};

// A mask of x's shape: the given one, or a copy of it that is broadcast; nullptr when there is none.
const bool* dense_mask(const Kernel& k) {
  if (k.num_inputs() < 2) return nullptr;
  const bool* mask = k.input(1).as<bool>().data();
  if (k.input(1).shape == k.input(0).shape) return mask;
  bool* copy = k.scratch<bool>(k.output().size());
  BroadcastWalk walk(k.output().shape, {&k.input(1).shape});
  walk.each_run([&](std::int64_t at, const BroadcastWalk::Steps& offsets) {
    if (walk.is_dense(0))
      std::copy_n(mask + offsets[0], walk.length(), copy + at);
    else
      std::fill_n(copy + at, walk.length(), mask[offsets[0]]);
  });
  return copy;
}

// y = exp(x - max) / sum of exp(x - max), over what the mask lets through.
template <class T>
void softmax_column(const T* x, const bool* mask, T* y, std::int64_t size, std::int64_t step) {
  constexpr T nothing = -std::numeric_limits<T>::infinity();
  T largest = nothing;
  for (std::int64_t i = 0; i < size; ++i)
    if (!mask || mask[i * step]) largest = std::max(largest, x[i * step]);
  // Nothing has a probability: a column masked whole, or of -inf only.
  if (largest == nothing) largest = 0;
  double total = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    T power = mask && !mask[i * step] ? T{0} : std::exp(x[i * step] - largest);
    y[i * step] = power;
    total += static_cast<double>(power);
  }
  if (total == 0) return;
  const T scale = static_cast<T>(1 / total);
  for (std::int64_t i = 0; i < size; ++i) y[i * step] *= scale;
}

template <class T>
void log_softmax_column(const T* x, T* y, std::int64_t size, std::int64_t step) {
  constexpr T nothing = -std::numeric_limits<T>::infinity();
  T largest = nothing;
  for (std::int64_t i = 0; i < size; ++i) largest = std::max(largest, x[i * step]);
  if (largest == nothing) {
    for (std::int64_t i = 0; i < size; ++i) y[i * step] = x[i * step];
    return;
  }
  double total = 0;
  for (std::int64_t i = 0; i < size; ++i) total += static_cast<double>(std::exp(x[i * step] - largest));
  const T rest = static_cast<T>(std::log(total));
  for (std::int64_t i = 0; i < size; ++i) y[i * step] = (x[i * step] - largest) - rest;
}

// The attribute's axis behind a new leading one.
std::int64_t shifted_axis(const Batching& b) {
  std::int64_t axis = b.attribute<std::int64_t>("axis");
  return axis < 0 ? axis : axis + 1;
}

// x with the new axis, also when only the mask has it.
Value batched_operand(const Batching& b) {
  if (b.batched(0)) return b.input(0);
  Dims shape = b.slice_type(0).shape;
  shape.insert(shape.begin(), b.size());
  return broadcast_to(b.input(0), shape);
}

constexpr OpDef softmax_op{
    .name = "softmax",
    .summary = "exp(x) divided by its sum along an axis",
    .doc =
        "The largest element is subtracted first, so nothing overflows. Where the mask (bool, broadcast to x) is false "
        "the result is 0, whatever x is there; where it is false along the whole axis all results are 0, and so is "
        "the gradient. An element of -inf counts as masked, inf makes NaN. dx = y * (dy - sum(dy * y)).",
    .inputs = {"x", "mask?"},
    .attributes = {axis_attribute},
    .shape = [](const Infer& i) -> Types {
      i.require_float(0);
      i.axis(i.attribute<std::int64_t>("axis"), i.rank(0));
      if (i.num_inputs() > 1) {
        require_bool(i, 1);
        i.require(i.broadcast() == i.shape(0), "mask ", dims_text(i.shape(1)), " does not broadcast to x ",
                  dims_text(i.shape(0)));
      }
      return {i.type(0)};
    },
    .kernel =
        [](const Kernel& k) {
          if (k.output().size() == 0) return;
          const bool* mask = dense_mask(k);
          Columns columns(k);
          visit_float(k.output().dtype, [&]<class T>() {
            const T* x = k.input(0).as<T>().data();
            T* y = k.output().as<T>().data();
            columns.each(
                k,
                [&](std::int64_t at) {
                  if (mask)
                    simd::tiles<T>().masked_softmax(x + at, mask + at, y + at, columns.size);
                  else
                    simd::tiles<T>().softmax(x + at, y + at, columns.size);
                },
                [&](std::int64_t at, std::int64_t step) {
                  softmax_column(x + at, mask ? mask + at : nullptr, y + at, columns.size, step);
                });
          });
        },
    .gradient = [](const Backward& b) -> Values {
      Value y = b.output(), dy = b.out_grad();
      // A masked y is 0, but 0 times an infinite dy would not be.
      if (b.num_inputs() > 1) dy = where(b.input(1), dy, scalar_like(dy, 0));
      Value dx = y * (dy - sum(dy * y, {b.attribute<std::int64_t>("axis")}, true));
      Values result(b.num_inputs());
      result[0] = dx;
      return result;
    },
    .batching = [](const Batching& b) -> Values {
      Value mask = b.num_inputs() > 1 ? b.input(1) : Value();
      if (mask && b.batched(1)) mask = align_rank(mask, b.slice_type(0).rank() + 1);
      return {softmax(batched_operand(b), shifted_axis(b), mask)};
    },
};

constexpr OpDef log_softmax_op{
    .name = "log_softmax",
    .summary = "log(softmax(x)) along an axis, exact also where softmax is 0",
    .doc = "x - max - log(sum(exp(x - max))); along an axis of -inf only it is -inf. dx = dy - exp(y) * sum(dy).",
    .inputs = {"x"},
    .attributes = {axis_attribute},
    .shape = [](const Infer& i) -> Types {
      i.require_float(0);
      i.axis(i.attribute<std::int64_t>("axis"), i.rank(0));
      return {i.type(0)};
    },
    .kernel =
        [](const Kernel& k) {
          if (k.output().size() == 0) return;
          Columns columns(k);
          visit_float(k.output().dtype, [&]<class T>() {
            const T* x = k.input(0).as<T>().data();
            T* y = k.output().as<T>().data();
            columns.each(
                k, [&](std::int64_t at) { simd::tiles<T>().log_softmax(x + at, y + at, columns.size); },
                [&](std::int64_t at, std::int64_t step) { log_softmax_column(x + at, y + at, columns.size, step); });
          });
        },
    .gradient = [](const Backward& b) -> Values {
      Value total = sum(b.out_grad(), {b.attribute<std::int64_t>("axis")}, true);
      return {b.out_grad() - exp(b.output()) * total};
    },
    .batching = [](const Batching& b) -> Values { return {log_softmax(b.input(0), shifted_axis(b))}; },
    .onnx = "LogSoftmax",
};

constexpr const OpDef* ops[] = {&softmax_op, &log_softmax_op};

}  // namespace

OpList softmax_ops() { return ops; }

Value softmax(Value x, std::int64_t axis, Value mask) {
  return apply(softmax_op, mask ? Values{x, mask} : Values{x}, {{"axis", axis}});
}
Value log_softmax(Value x, std::int64_t axis) { return apply(log_softmax_op, {x}, {{"axis", axis}}); }

}  // namespace gradloom
