// Products of all elements but one, and their derivatives, as polynomials in tangents whose squares are 0.
#include "ops/product_of_others.h"

#include <algorithm>

#include "ops/ops.h"

namespace gradloom {

namespace {

constexpr std::size_t most_tangents = 8;

// Multiplies a polynomial, one coefficient for each set of tangents (a bit each), by element i: x + the sum of its
// tangents. Larger sets first: they are made of smaller ones.
template <class T>
void multiply(double* product, std::size_t sets, const Kernel& k, std::int64_t i) {
  auto x = static_cast<double>(k.input(0).as<T>()[static_cast<std::size_t>(i)]);
  for (std::size_t set = sets; set-- > 0;) {
    double value = product[set] * x;
    for (std::size_t t = 0; t + 1 < k.num_inputs(); ++t)
      if ((set >> t & 1) != 0)
        value += product[set ^ (std::size_t{1} << t)] *
                 static_cast<double>(k.input(t + 1).as<T>()[static_cast<std::size_t>(i)]);
    product[set] = value;
  }
}

// Of each element: the product of those before it times the product of those behind it.
template <class T>
void multiply_others(const Kernel& k) {
  const Shape& shape = k.output().shape;
  std::int64_t size = shape.back(), count = k.output().size();
  if (count == 0) return;
  std::size_t sets = std::size_t{1} << (k.num_inputs() - 1);
  auto stride = static_cast<std::int64_t>(sets);
  double* before = k.scratch<double>((size + 1) * stride);  // then of all behind
  double* behind = before + size * stride;
  auto y = k.output().as<T>();
  auto start = [&](double* product) {
    std::fill(product, product + sets, 0.0);
    product[0] = 1;
  };
  for (std::int64_t row = 0; row < count; row += size) {
    start(before);
    for (std::int64_t i = 0; i + 1 < size; ++i) {
      std::copy_n(before + i * stride, sets, before + (i + 1) * stride);
      multiply<T>(before + (i + 1) * stride, sets, k, row + i);
    }
    start(behind);
    for (std::int64_t i = size; i-- > 0;) {
      double total = 0;
      for (std::size_t set = 0; set < sets; ++set)
        total += before[i * stride + static_cast<std::int64_t>(set)] * behind[sets - 1 - set];
      y[static_cast<std::size_t>(row + i)] = static_cast<T>(total);
      multiply<T>(behind, sets, k, row + i);
    }
  }
}

// With the gradient h as one more tangent: that of x is the same with h, that of a tangent the same with h in its
// place.
Values others_gradient(const Backward& b) {
  Values result;
  for (std::size_t i = 0; i < b.num_inputs(); ++i) {
    if (!b.wants(i)) {
      result.emplace_back();
      continue;
    }
    Values inputs;
    for (std::size_t other = 0; other < b.num_inputs(); ++other)
      if (other == 0 || other != i) inputs.push_back(b.input(other));
    inputs.push_back(b.out_grad());
    result.push_back(apply(product_of_others_op, inputs));
  }
  return result;
}

}  // namespace

const OpDef product_of_others_op{
    .name = "product_of_others",
    .summary = "of each element along the last axis the product of the others: the gradient of prod",
    .doc =
        "With tangents t1 ... tm, of x's type, it is the derivative of that product in all their directions: the sum, "
        "over all ways to choose a different element for each tangent, of the product of the tangents there and of x "
        "at the rest. Nothing is divided, so zeros do no harm. Its gradients are such sums with one tangent more, of "
        "which there are at most 8.",
    .inputs = {"x", "tangents..."},
    .shape = [](const Infer& i) -> Types {
      i.require_float(0);
      i.require(i.rank(0) > 0, "x is a scalar but an axis is needed");
      i.require(i.num_inputs() <= most_tangents + 1, i.num_inputs() - 1, " tangents were given but ", most_tangents,
                " are the most");
      for (std::size_t t = 1; t < i.num_inputs(); ++t)
        i.require(i.type(t) == i.type(0), i.input_name(t), " is ", i.type(t).text(), " but x is ", i.type(0).text());
      return {i.type(0)};
    },
    .kernel = [](const Kernel& k) { visit_float(k.output().dtype, [&]<class T>() { multiply_others<T>(k); }); },
    .gradient = others_gradient,
    .batching = [](const Batching& b) -> Values {
      Values inputs;
      for (std::size_t i = 0; i < b.num_inputs(); ++i) {
        Dims shape = b.slice_type(i).shape;
        shape.insert(shape.begin(), b.size());
        inputs.push_back(b.batched(i) ? b.input(i) : broadcast_to(b.input(i), shape));
      }
      return b.graph().apply(b.op(), std::move(inputs), {});
    },
};

Value product_of_others(Value x, const std::vector<std::size_t>& axes) {
  if (axes.empty()) return broadcast_to(scalar_like(x, 1), x.shape());
  Axes order;
  Dims kept;
  Dim count = 1;
  for (std::size_t axis = 0, next = 0; axis < x.rank(); ++axis) {
    if (next < axes.size() && axes[next] == axis) {
      ++next;
      continue;
    }
    order.push_back(static_cast<std::int64_t>(axis));
    kept.push_back(x.shape()[axis]);
  }
  for (std::size_t axis : axes) {
    order.push_back(static_cast<std::int64_t>(axis));
    count = count * x.shape()[axis];
  }
  Axes back(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    back[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  bool is_ordered = std::is_sorted(order.begin(), order.end());
  Value moved = is_ordered ? x : transpose(x, order);
  kept.push_back(count);
  Value others = apply(product_of_others_op, {axes.size() == 1 ? moved : reshape(moved, kept)});
  if (axes.size() != 1) others = reshape(others, moved.shape());
  return is_ordered ? others : transpose(others, back);
}

}  // namespace gradloom
