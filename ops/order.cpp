// Operations on the order of elements along an axis: where the largest and the smallest stand, the k first of them, and
// running sums.
#include <algorithm>

#include "ops/elementwise.h"
#include "ops/elementwise_kernel.h"
#include "ops/families.h"
#include "ops/ops.h"
#include "ops/rows.h"
#include "ops/sugar.h"

namespace gradloom {

namespace {

std::size_t axis_of(const Node& node, std::size_t rank) {
  auto axis = node.attributes.get<std::int64_t>("axis");
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
}

// The attribute's axis behind a new leading one.
std::int64_t shifted_axis(const Batching& b) {
  std::int64_t axis = b.attribute<std::int64_t>("axis");
  return axis < 0 ? axis : axis + 1;
}

// An operand seen as [outer, size, inner]; a column is `size` elements, `inner` apart.
struct Columns {
  std::size_t axis;
  std::int64_t outer = 1, size, inner = 1;

  Columns(const Kernel& k, const Shape& shape) : axis(axis_of(k.node(), shape.size())), size(shape[axis]) {
    for (std::size_t i = 0; i < axis; ++i) outer *= shape[i];
    for (std::size_t i = axis + 1; i < shape.size(); ++i) inner *= shape[i];
  }
  std::int64_t count() const { return outer * inner; }
  // Where column c begins in a tensor that has `length` elements along the axis.
  std::int64_t begin(std::int64_t c, std::int64_t length) const { return c / inner * length * inner + c % inner; }
};

// ---- argmax, argmin

// Whether a comes before b: it is larger (or smaller), or it is NaN and b is not.
template <bool largest, class T>
bool is_more_extreme(T a, T b) {
  return (largest ? a > b : a < b) || (is_nan_element(a) && !is_nan_element(b));
}

template <bool largest>
void search_kernel(const Kernel& k) {
  Columns columns(k, k.input(0).shape);
  if (columns.count() == 0) return;
  if (columns.size == 0)
    k.fail("axis ", columns.axis, " has size 0, so nothing in it is the ", largest ? "largest" : "smallest");
  bool last = k.attribute<bool>("last");
  auto* y = k.output().as<std::int64_t>().data();
  visit_number(k.input(0).dtype, [&]<class T>() {
    const T* x = k.input(0).as<T>().data();
    for_each_row(k, columns.count(), columns.size, [&](std::int64_t c) {
      const T* column = x + columns.begin(c, columns.size);
      std::int64_t best = 0;
      for (std::int64_t at = 1; at < columns.size; ++at) {
        T now = column[at * columns.inner], old = column[best * columns.inner];
        if (is_more_extreme<largest>(now, old) || (last && !is_more_extreme<largest>(old, now))) best = at;
      }
      y[c] = best;
    });
  });
}

template <bool largest>
Types search_shape(const Infer& i) {
  require_number(i, 0);
  std::size_t axis = i.axis(i.attribute<std::int64_t>("axis"), i.rank(0));
  i.require(!i.shape(0)[axis].is(0), "axis ", axis, " has size 0, so nothing in it is the ",
            largest ? "largest" : "smallest");
  Dims shape = i.shape(0);
  if (i.attribute<bool>("keep_dims"))
    shape[axis] = 1;
  else
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  return {{DType::int64, shape}};
}

constexpr AttributeDef searched_axis{"axis", AttributeKind::integer, "-1", "the axis that is searched"};
constexpr AttributeDef keep_dims_attribute{"keep_dims", AttributeKind::boolean, "false",
                                           "whether the axis stays, with size 1"};
constexpr AttributeDef last_attribute{"last", AttributeKind::boolean, "false",
                                      "whether of equal elements the last counts, not the first"};

constexpr OpDef argmax_op{
    .name = "argmax",
    .summary = "the index of the largest element along an axis",
    .doc =
        "int64. The first of equal ones, or the last; NaN counts as the largest. It is made of steps, so its gradient "
        "is 0. An axis of size 0 is an error.",
    .inputs = {"x"},
    .attributes = {searched_axis, keep_dims_attribute, last_attribute},
    .traits = Trait::can_fail,
    .shape = search_shape<true>,
    .kernel = search_kernel<true>,
    .gradient = no_gradient,
    .batching = [](const Batching& b) -> Values {
      return {argmax(b.input(0), shifted_axis(b), b.attribute<bool>("keep_dims"), b.attribute<bool>("last"))};
    },
};

constexpr OpDef argmin_op{
    .name = "argmin",
    .summary = "the index of the smallest element along an axis",
    .doc =
        "int64. The first of equal ones, or the last; NaN counts as the smallest, as min gives NaN. It is made of "
        "steps, so its gradient is 0. An axis of size 0 is an error.",
    .inputs = {"x"},
    .attributes = {searched_axis, keep_dims_attribute, last_attribute},
    .traits = Trait::can_fail,
    .shape = search_shape<false>,
    .kernel = search_kernel<false>,
    .gradient = no_gradient,
    .batching = [](const Batching& b) -> Values {
      return {argmin(b.input(0), shifted_axis(b), b.attribute<bool>("keep_dims"), b.attribute<bool>("last"))};
    },
};

// ---- top_k

// The k first elements in order. The indices are a heap whose front is the last of those that are kept so far.
template <class T, bool largest>
void select_column(const T* x, std::int64_t size, std::int64_t inner, std::int64_t* kept, std::int64_t k) {
  auto comes_first = [=](std::int64_t a, std::int64_t b) {
    T p = x[a * inner], q = x[b * inner];
    bool p_nan = is_nan_element(p), q_nan = is_nan_element(q);
    if (p_nan || q_nan) return p_nan && q_nan ? a < b : p_nan == largest;
    return p == q ? a < b : (largest ? p > q : p < q);
  };
  for (std::int64_t i = 0; i < k; ++i) kept[i] = i;
  std::make_heap(kept, kept + k, comes_first);
  for (std::int64_t i = k; i < size; ++i) {
    if (!comes_first(i, kept[0])) continue;
    std::pop_heap(kept, kept + k, comes_first);
    kept[k - 1] = i;
    std::push_heap(kept, kept + k, comes_first);
  }
  std::sort_heap(kept, kept + k, comes_first);
}

void top_k_kernel(const Kernel& k) {
  Columns columns(k, k.input(0).shape);
  std::int64_t count = k.output().shape[columns.axis];
  if (count > columns.size || count < 0)
    k.fail("k is ", count, " but axis ", columns.axis, " of x has size ", columns.size);
  if (k.output().size() == 0) return;
  auto* chosen = k.scratch<std::int64_t>(k.output().size());
  auto* indices = k.output(1).as<std::int64_t>().data();
  bool largest = k.attribute<bool>("largest");
  visit_number(k.input(0).dtype, [&]<class T>() {
    const T* x = k.input(0).as<T>().data();
    T* values = k.output(0).as<T>().data();
    for_each_row(k, columns.count(), columns.size, [&](std::int64_t c) {
      const T* column = x + columns.begin(c, columns.size);
      std::int64_t* kept = chosen + c * count;
      auto select = largest ? select_column<T, true> : select_column<T, false>;
      select(column, columns.size, columns.inner, kept, count);
      std::int64_t to = columns.begin(c, count);
      for (std::int64_t i = 0; i < count; ++i) {
        values[to + i * columns.inner] = column[kept[i] * columns.inner];
        indices[to + i * columns.inner] = kept[i];
      }
    });
  });
}

Value swapped_with_last(Value x, std::size_t axis) {
  if (axis + 1 == x.rank()) return x;
  Axes order;
  for (std::size_t i = 0; i < x.rank(); ++i) order.push_back(static_cast<std::int64_t>(i));
  std::swap(order[axis], order.back());
  return transpose(x, order);
}

constexpr OpDef top_k_op{
    .name = "top_k",
    .summary = "the k largest or smallest elements along an axis, in order, and their int64 indices",
    .doc =
        "Both results have x's shape with k along the axis. The largest come largest first, the smallest smallest "
        "first; of equal elements the one of the lower index comes first. NaN counts as larger than everything. k "
        "above the axis's size is an error. Gradient: each dvalue goes to the element that was chosen, 0 to the "
        "others; the indices have none.",
    .inputs = {"x"},
    .outputs = {"values", "indices"},
    .attributes = {{"k", AttributeKind::dim, "required", "how many"},
                   {"axis", AttributeKind::integer, "-1", "the axis that is searched"},
                   {"largest", AttributeKind::boolean, "true", "whether the largest are wanted, or the smallest"}},
    .traits = Trait::can_fail,
    .shape = [](const Infer& i) -> Types {
      require_number(i, 0);
      std::size_t axis = i.axis(i.attribute<std::int64_t>("axis"), i.rank(0));
      const Dim &k = i.attribute<Dim>("k"), &size = i.shape(0)[axis];
      bool is_known = k.is_constant() && (size.is_constant() || k.constant() < 0);
      i.require(!is_known || (k.constant() >= 0 && k.constant() <= size.constant()), "k is ", k, " but axis ", axis,
                " of x has size ", size);
      Dims shape = i.shape(0);
      shape[axis] = k;
      return {{i.dtype(0), shape}, {DType::int64, shape}};
    },
    .kernel = top_k_kernel,
    .gradient = [](const Backward& b) -> Values {
      if (!b.out_grad(0)) return {Value()};
      std::size_t axis = axis_of(b.node(), b.input(0).rank());
      auto last = static_cast<std::int64_t>(b.input(0).rank()) - 1;
      Value dx = scatter_add(swapped_with_last(b.output(1), axis), swapped_with_last(b.out_grad(0), axis),
                             b.input(0).shape()[axis], last, last);
      return {swapped_with_last(dx, axis)};
    },
    .batching = [](const Batching& b) -> Values {
      TopK top = top_k(b.input(0), b.attribute<Dim>("k"), shifted_axis(b), b.attribute<bool>("largest"));
      return {top.values, top.indices};
    },
};

// ---- cumsum

// Floats in float64, so that the rounding of many terms does not add up; integers wrap around.
template <class T>
void running_sums(const T* x, T* y, std::int64_t size, std::int64_t step, bool exclusive) {
  std::conditional_t<std::is_floating_point_v<T>, double, std::uint64_t> total = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    auto before = total;
    total += static_cast<decltype(total)>(x[i * step]);
    y[i * step] = static_cast<T>(exclusive ? before : total);
  }
}

constexpr OpDef cumsum_op{
    .name = "cumsum",
    .summary = "the sum of the elements up to each one along an axis",
    .doc =
        "y[i] = x[0] + ... + x[i]; exclusive: without x[i]; reverse: of the elements from x[i] to the end. Floats are "
        "added up in float64, integers wrap around. dx is the cumsum of dy from the other end.",
    .inputs = {"x"},
    .attributes = {{"axis", AttributeKind::integer, "required", "the axis along which is added"},
                   {"exclusive", AttributeKind::boolean, "false", "whether an element's own sum leaves it out"},
                   {"reverse", AttributeKind::boolean, "false", "whether the sums begin at the end"}},
    .shape = [](const Infer& i) -> Types {
      i.axis(i.attribute<std::int64_t>("axis"), i.rank(0));
      return same_as_number(i);
    },
    .kernel =
        [](const Kernel& k) {
          if (k.output().size() == 0) return;
          Columns columns(k, k.input(0).shape);
          bool exclusive = k.attribute<bool>("exclusive"), reverse = k.attribute<bool>("reverse");
          std::int64_t first = reverse ? (columns.size - 1) * columns.inner : 0;
          std::int64_t step = reverse ? -columns.inner : columns.inner;
          visit_number(k.output().dtype, [&]<class T>() {
            const T* x = k.input(0).as<T>().data();
            T* y = k.output().as<T>().data();
            for_each_row(k, columns.count(), columns.size, [&](std::int64_t c) {
              std::int64_t at = columns.begin(c, columns.size) + first;
              running_sums(x + at, y + at, columns.size, step, exclusive);
            });
          });
        },
    .gradient = [](const Backward& b) -> Values {
      return {cumsum(b.out_grad(), b.attribute<std::int64_t>("axis"), b.attribute<bool>("exclusive"),
                     !b.attribute<bool>("reverse"))};
    },
    .batching = [](const Batching& b) -> Values {
      return {cumsum(b.input(0), shifted_axis(b), b.attribute<bool>("exclusive"), b.attribute<bool>("reverse"))};
    },
};

constexpr const OpDef* ops[] = {&argmax_op, &argmin_op, &top_k_op, &cumsum_op};

}  // namespace

OpList order_ops() { return ops; }

Value argmax(Value x, std::int64_t axis, bool keep_dims, bool last) {
  return apply(argmax_op, {x}, {{"axis", axis}, {"keep_dims", keep_dims}, {"last", last}});
}

Value argmin(Value x, std::int64_t axis, bool keep_dims, bool last) {
  return apply(argmin_op, {x}, {{"axis", axis}, {"keep_dims", keep_dims}, {"last", last}});
}

TopK top_k(Value x, Dim k, std::int64_t axis, bool largest) {
  Values both = open_graph({x}).apply(top_k_op, {x}, {{"k", std::move(k)}, {"axis", axis}, {"largest", largest}});
  return {both[0], both[1]};
}

Value cumsum(Value x, std::int64_t axis, bool exclusive, bool reverse) {
  return apply(cumsum_op, {x}, {{"axis", axis}, {"exclusive", exclusive}, {"reverse", reverse}});
}

}  // namespace gradloom
