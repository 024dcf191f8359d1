// dot_general, the one product, and its sugar matmul and linear. Its rules speak in labels (one an axis, as in Einstein
// sums), so that gradient, batching and accumulation are each one more labelled product.
#include "ops/product.h"

#include <algorithm>

#include "ops/families.h"
#include "ops/ops.h"
#include "ops/sugar.h"

namespace gradloom {

namespace {

using Integers = std::vector<std::int64_t>;

bool holds(const Labels& labels, int label) { return std::find(labels.begin(), labels.end(), label) != labels.end(); }

std::int64_t position(const Labels& labels, int label) {
  return std::find(labels.begin(), labels.end(), label) - labels.begin();
}

Integers positions(const Labels& labels, const Labels& wanted) {
  Integers result;
  for (int label : wanted) result.push_back(position(labels, label));
  return result;
}

// The labels of a dot_general's operands and result.
struct ProductLabels {
  Labels a, b, y;
};

ProductLabels labels_of(const Node& node) {
  ProductLabels labels;
  labels.a.assign(node.inputs[0].rank(), -1);
  labels.b.assign(node.inputs[1].rank(), -1);
  int next = 0;
  auto pair = [&](std::string_view name_a, std::string_view name_b, bool in_result) {
    const auto &axes_a = node.attributes.get<Integers>(name_a), &axes_b = node.attributes.get<Integers>(name_b);
    for (std::size_t i = 0; i < axes_a.size(); ++i, ++next) {
      labels.a[static_cast<std::size_t>(axes_a[i])] = next;
      labels.b[static_cast<std::size_t>(axes_b[i])] = next;
      if (in_result) labels.y.push_back(next);
    }
  };
  pair("batch_a", "batch_b", true);
  pair("contract_a", "contract_b", false);
  for (Labels* side : {&labels.a, &labels.b})
    for (int& label : *side)
      if (label < 0) labels.y.push_back(label = next++);
  return labels;
}

Labels with_front(int label, Labels labels) {
  labels.insert(labels.begin(), label);
  return labels;
}

void check_axes(const Infer& in, std::size_t operand, std::string_view batch_name, std::string_view contract_name) {
  std::vector<bool> seen(in.rank(operand), false);
  for (std::string_view name : {batch_name, contract_name})
    for (std::int64_t axis : in.attribute<Integers>(name)) {
      in.require(axis >= 0 && axis < static_cast<std::int64_t>(in.rank(operand)), name, " names axis ", axis, ", but ",
                 in.input_name(operand), " has axes 0 to ", static_cast<std::int64_t>(in.rank(operand)) - 1);
      in.require(!seen[static_cast<std::size_t>(axis)], batch_name, " and ", contract_name, " name axis ", axis,
                 " twice");
      seen[static_cast<std::size_t>(axis)] = true;
    }
}

void check_pairs(const Infer& in, std::string_view name_a, std::string_view name_b) {
  const auto &a = in.attribute<Integers>(name_a), &b = in.attribute<Integers>(name_b);
  in.require(a.size() == b.size(), name_a, " ", shape_text(a), " and ", name_b, " ", shape_text(b),
             " are not equally long");
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Dim &x = in.shape(0)[static_cast<std::size_t>(a[i])], &y = in.shape(1)[static_cast<std::size_t>(b[i])];
    in.require(x == y, "axis ", a[i], " of a is ", x, " but axis ", b[i], " of b is ", y);
  }
}

Types product_shape(const Infer& in) {
  DType dtype = in.same_dtype();
  in.require(dtype != DType::boolean, "a is bool but numbers are multiplied");
  check_axes(in, 0, "batch_a", "contract_a");
  check_axes(in, 1, "batch_b", "contract_b");
  check_pairs(in, "batch_a", "batch_b");
  check_pairs(in, "contract_a", "contract_b");
  Dims shape;
  for (std::int64_t axis : in.attribute<Integers>("batch_a"))
    shape.push_back(in.shape(0)[static_cast<std::size_t>(axis)]);
  auto append_free = [&](std::size_t operand, std::string_view batch_name, std::string_view contract_name) {
    const auto &batch = in.attribute<Integers>(batch_name), &contract = in.attribute<Integers>(contract_name);
    for (std::size_t i = 0; i < in.rank(operand); ++i) {
      auto axis = static_cast<std::int64_t>(i);
      if (std::find(batch.begin(), batch.end(), axis) == batch.end() &&
          std::find(contract.begin(), contract.end(), axis) == contract.end())
        shape.push_back(in.shape(operand)[i]);
    }
  };
  append_free(0, "batch_a", "contract_a");
  append_free(1, "batch_b", "contract_b");
  return {{dtype, shape}};
}

Values product_gradient(const Backward& b) {
  ProductLabels labels = labels_of(b.node());
  Labelled dy{b.out_grad(), labels.y};
  Value da = b.wants(0) ? labelled_product(dy, {b.input(1), labels.b}, labels.a) : Value();
  Value db = b.wants(1) ? labelled_product(dy, {b.input(0), labels.a}, labels.b) : Value();
  return {da, db};
}

// A new axis on one operand is a free one, on both a batch axis; in an accumulation it is contracted.
Values batch_product(const Batching& b, bool accumulate) {
  ProductLabels labels = labels_of(b.node());
  int time = static_cast<int>(labels.a.size() + labels.b.size());
  Labelled x{b.input(0), b.batched(0) ? with_front(time, labels.a) : labels.a};
  Labelled y{b.input(1), b.batched(1) ? with_front(time, labels.b) : labels.b};
  return {labelled_product(x, y, accumulate ? labels.y : with_front(time, labels.y))};
}

Values product_batching(const Batching& b) { return batch_product(b, false); }

Values product_accumulation(const Batching& b) {
  if (b.batched(0) && b.batched(1)) return batch_product(b, true);
  // Only one operand changes: the product of its sum.
  ProductLabels labels = labels_of(b.node());
  Value x = b.batched(0) ? sum(b.input(0), {0}) : b.input(0);
  Value y = b.batched(1) ? sum(b.input(1), {0}) : b.input(1);
  return {labelled_product({x, labels.a}, {y, labels.b}, labels.y)};
}

constexpr OpDef dot_general_op{
    .name = "dot_general",
    .summary = "the product of two tensors, summed over pairs of axes",
    .doc =
        "y[batch, i, j] = sum over k of a[batch, i, k] * b[batch, k, j], where batch, i, j and k are each any number "
        "of axes: batch_a and batch_b, which go together; what is left of a; what is left of b; contract_a and "
        "contract_b. The axes of y are batch, i and j in this order, i and j as they stand in a and b. Sizes of "
        "paired axes must be equal: there is no broadcasting. A sum over no elements is 0.",
    .inputs = {"a", "b"},
    .attributes = {{"batch_a", AttributeKind::integers, "[]", "axes of a that go together with batch_b"},
                   {"batch_b", AttributeKind::integers, "[]", "as many axes of b"},
                   {"contract_a", AttributeKind::integers, "[]", "axes of a to sum over together with contract_b"},
                   {"contract_b", AttributeKind::integers, "[]", "as many axes of b"}},
    .traits = Trait::linear,
    .shape = product_shape,
    .kernel = product_kernel,
    .gradient = product_gradient,
    .batching = product_batching,
    .accumulation = product_accumulation,
};

Integers normalised(Integers axes, std::size_t rank) {
  for (std::int64_t& axis : axes)
    if (axis < 0 && axis >= -static_cast<std::int64_t>(rank)) axis += static_cast<std::int64_t>(rank);
  return axes;
}

constexpr const OpDef* ops[] = {&dot_general_op};

}  // namespace

OpList product_ops() { return ops; }

Value labelled_product(const Labelled& a, const Labelled& b, const Labels& result) {
  Labels batch, contract;
  for (int label : result)
    if (holds(a.labels, label) && holds(b.labels, label)) batch.push_back(label);
  for (int label : a.labels)
    if (holds(b.labels, label) && !holds(result, label)) contract.push_back(label);
  auto natural = [&](const Labels& first, const Labels& second) {
    Labels order = batch;
    for (const Labels* side : {&first, &second})
      for (int label : *side)
        if (holds(result, label) && !holds(batch, label)) order.push_back(label);
    return order;
  };
  Labels order = natural(a.labels, b.labels), swapped = natural(b.labels, a.labels);
  // Without the right order, one that keeps the last axis last is transposed in whole runs.
  bool swap =
      order != result &&
      (swapped == result || (!result.empty() && order.back() != result.back() && swapped.back() == result.back()));
  const Labelled &first = swap ? b : a, &second = swap ? a : b;
  if (swap) order = swapped;
  Value y = dot_general(first.value, second.value, positions(first.labels, batch), positions(second.labels, batch),
                        positions(first.labels, contract), positions(second.labels, contract));
  return order == result ? y : transpose(y, positions(order, result));
}

Value dot_general(Value a, Value b, Integers batch_a, Integers batch_b, Integers contract_a, Integers contract_b) {
  return apply(dot_general_op, {a, b},
               {{"batch_a", normalised(std::move(batch_a), a.rank())},
                {"batch_b", normalised(std::move(batch_b), b.rank())},
                {"contract_a", normalised(std::move(contract_a), a.rank())},
                {"contract_b", normalised(std::move(contract_b), b.rank())}});
}

Value matmul(Value a, Value b) {
  Sugar in("matmul", {"a", "b"}, {a, b});
  in->same_dtype();
  for (std::size_t i : {std::size_t{0}, std::size_t{1}})
    in->require(in->rank(i) > 0, in->input_name(i), " is a scalar but a vector or matrices are needed");
  Value x[] = {a, b};
  const std::size_t matrix_axes[] = {std::min<std::size_t>(a.rank(), 2), std::min<std::size_t>(b.rank(), 2)};
  const Dim &columns = a.dim(-1), &rows = b.dim(b.rank() == 1 ? 0 : -2);
  in->require(columns == rows, "a has ", columns, a.rank() == 1 ? " elements" : " columns", " but b has ", rows,
              b.rank() == 1 ? " elements" : " rows");
  // Labels: 0 what is summed, 1 the rows of a, 2 the columns of b, then the leading axes. One that only one operand
  // has, or that is 1 in the other, is a free axis of it: nothing is repeated.
  std::size_t leading[] = {a.rank() - matrix_axes[0], b.rank() - matrix_axes[1]};
  std::size_t most = std::max(leading[0], leading[1]);
  Labels labels[2], result;
  Axes ones[2];
  for (std::size_t i = 0; i < most; ++i) {
    int label = static_cast<int>(3 + i);
    result.push_back(label);
    const Dim* size[2] = {};
    std::int64_t axis[2] = {};
    for (std::size_t side : {0, 1}) {
      if (i + leading[side] < most) continue;
      axis[side] = static_cast<std::int64_t>(i + leading[side] - most);
      size[side] = &x[side].dim(axis[side]);
    }
    if (size[0] && size[1])
      in->require(*size[0] == *size[1] || size[0]->is(1) || size[1]->is(1), "axis ", axis[0], " of a is ", *size[0],
                  " but axis ", axis[1], " of b is ", *size[1]);
    for (std::size_t side : {0, 1}) {
      if (!size[side]) continue;
      if (size[1 - side] && size[side]->is(1) && !size[1 - side]->is(1))
        ones[side].push_back(axis[side]);
      else
        labels[side].push_back(label);
    }
  }
  if (a.rank() > 1) {
    labels[0].push_back(1);
    result.push_back(1);
  }
  labels[0].push_back(0);
  labels[1].push_back(0);
  if (b.rank() > 1) {
    labels[1].push_back(2);
    result.push_back(2);
  }
  for (std::size_t side : {0, 1})
    if (!ones[side].empty()) x[side] = squeeze(x[side], ones[side]);
  return labelled_product({x[0], labels[0]}, {x[1], labels[1]}, result);
}

Value linear(Value x, Value weight, Value bias) {
  Values inputs{x, weight};
  if (bias) inputs.push_back(bias);
  Sugar in("linear", {"x", "weight", "bias"}, inputs);
  in->same_dtype();
  in->require(x.rank() > 0, "x is a scalar but [..., in] is needed");
  in->require(weight.rank() == 2, "weight has ", weight.rank(), " axes but [out, in] is needed");
  in->require(x.dim(-1) == weight.dim(1), "x has ", x.dim(-1), " columns but weight takes ", weight.dim(1));
  if (bias)
    in->require(bias.shape() == Dims{weight.dim(0)}, "bias is ", dims_text(bias.shape()), " but weight gives ",
                weight.dim(0), " columns");
  Value y = dot_general(x, weight, {}, {}, {-1}, {1});
  return bias ? y + bias : y;
}

}  // namespace gradloom
