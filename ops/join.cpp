// Joining and cutting along one axis: concat and split, slice, and stack as sugar.
#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include "graph/dim_sign.h"
#include "ops/families.h"
#include "ops/ops.h"
#include "ops/strided.h"
#include "ops/sugar.h"

namespace gradloom {

namespace {

std::size_t axis_of(const Node& node, std::size_t rank) {
  std::int64_t axis = node.attributes.get<std::int64_t>("axis");
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
}

std::int64_t signed_axis(const Node& node, std::size_t rank) { return static_cast<std::int64_t>(axis_of(node, rank)); }

// The elements before and behind an axis.
std::int64_t outer_size(const Shape& shape, std::size_t axis) {
  std::int64_t size = 1;
  for (std::size_t i = 0; i < axis; ++i) size *= shape[i];
  return size;
}
std::int64_t inner_size(const Shape& shape, std::size_t axis) {
  std::int64_t size = 1;
  for (std::size_t i = axis + 1; i < shape.size(); ++i) size *= shape[i];
  return size;
}

// Copies between a whole tensor and its part that begins at `position` of the axis.
void copy_part(const TensorView& whole, const TensorView& part, std::size_t axis, std::int64_t position,
               bool to_whole) {
  std::int64_t outer = outer_size(part.shape, axis), inner = inner_size(part.shape, axis),
               bytes = static_cast<std::int64_t>(size_of(part.dtype));
  std::int64_t part_run = part.shape[axis] * inner * bytes, whole_run = whole.shape[axis] * inner * bytes;
  if (part_run == 0) return;
  auto* in_whole = static_cast<std::byte*>(whole.data) + position * inner * bytes;
  auto* in_part = static_cast<std::byte*>(part.data);
  for (std::int64_t i = 0; i < outer; ++i, in_whole += whole_run, in_part += part_run)
    std::memcpy(to_whole ? in_whole : in_part, to_whole ? in_part : in_whole, static_cast<std::size_t>(part_run));
}

// ---- concat

Types concat_shape(const Infer& in) {
  in.require(in.num_inputs() > 0, "no parts were given");
  DType dtype = in.same_dtype();
  std::size_t axis = in.axis(in.attribute<std::int64_t>("axis"), in.rank(0));
  Dims shape = in.shape(0);
  for (std::size_t part = 1; part < in.num_inputs(); ++part) {
    in.require(in.rank(part) == shape.size(), in.input_name(part), " has ", in.rank(part), " axes but parts[0] has ",
               shape.size());
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (i == axis) continue;
      in.require(in.shape(part)[i] == shape[i], "axis ", i, " of ", in.input_name(part), " is ", in.shape(part)[i],
                 " but that of parts[0] is ", shape[i]);
    }
    shape[axis] = shape[axis] + in.shape(part)[axis];
  }
  return {{dtype, shape}};
}

void concat_kernel(const Kernel& k) {
  std::size_t axis = axis_of(k.node(), k.output().shape.size());
  std::int64_t position = 0;
  for (std::size_t part = 0; part < k.num_inputs(); ++part) {
    copy_part(k.output(), k.input(part), axis, position, true);
    position += k.input(part).shape[axis];
  }
}

Values concat_gradient(const Backward& b) {
  std::size_t axis = axis_of(b.node(), b.out_grad().rank());
  Dims sizes;
  for (std::size_t i = 0; i < b.num_inputs(); ++i) sizes.push_back(b.input(i).shape()[axis]);
  return split(b.out_grad(), static_cast<std::int64_t>(axis), sizes);
}

Values concat_batching(const Batching& b) {
  Values parts;
  for (std::size_t i = 0; i < b.num_inputs(); ++i) {
    Dims shape{b.size()};
    shape.insert(shape.end(), b.slice_type(i).shape.begin(), b.slice_type(i).shape.end());
    parts.push_back(b.batched(i) ? b.input(i) : broadcast_to(b.input(i), shape));
  }
  return {concat(parts, signed_axis(b.node(), b.slice_result().rank()) + 1)};
}

constexpr OpDef concat_op{
    .name = "concat",
    .summary = "parts one behind the other along an axis",
    .doc = "All other axes have equal sizes.",
    .inputs = {"parts..."},
    .attributes = {{"axis", AttributeKind::integer, "required", "the axis to join along"}},
    .traits = Trait::linear,
    .shape = concat_shape,
    .kernel = concat_kernel,
    .gradient = concat_gradient,
    .batching = concat_batching,
    .onnx = "Concat",
};

// ---- split

Types split_shape(const Infer& in) {
  std::size_t axis = in.axis(in.attribute<std::int64_t>("axis"), in.rank(0));
  const auto& sizes = in.attribute<Dims>("sizes");
  in.require(!sizes.empty(), "no sizes were given");
  Dim total = 0;
  for (const Dim& size : sizes) {
    in.require(!size.is_constant() || size.constant() >= 0, "size ", size, " of ", dims_text(sizes), " is below 0");
    total = total + size;
  }
  in.require(total == in.shape(0)[axis], "the sizes ", dims_text(sizes), " sum to ", total, " but axis ", axis, " is ",
             in.shape(0)[axis]);
  Types types;
  for (const Dim& size : sizes) {
    types.push_back(in.type(0));
    types.back().shape[axis] = size;
  }
  return types;
}

void split_kernel(const Kernel& k) {
  std::size_t axis = axis_of(k.node(), k.input(0).shape.size());
  std::int64_t position = 0;
  for (std::size_t part = 0; part < k.num_outputs(); ++part) {
    copy_part(k.input(0), k.output(part), axis, position, false);
    position += k.output(part).shape[axis];
  }
}

Values split_gradient(const Backward& b) {
  Values parts;
  for (std::size_t i = 0; i < b.num_outputs(); ++i) {
    const Type& type = b.output(i).type();
    parts.push_back(b.out_grad(i) ? b.out_grad(i) : broadcast_to(b.graph().constant(type.dtype, 0), type.shape));
  }
  return {concat(parts, signed_axis(b.node(), b.input(0).rank()))};
}

constexpr OpDef split_op{
    .name = "split",
    .summary = "x cut into parts along an axis",
    .doc = "The sizes sum to the axis' size; several results, one a size.",
    .inputs = {"x"},
    .outputs = {"parts..."},
    .attributes = {{"axis", AttributeKind::integer, "required", "the axis to cut"},
                   {"sizes", AttributeKind::dims, "required", "the size of each part"}},
    .traits = Trait::linear,
    .shape = split_shape,
    .kernel = split_kernel,
    .gradient = split_gradient,
    .batching = [](const Batching& b) -> Values {
      return split(b.input(0), signed_axis(b.node(), b.slice_type(0).rank()) + 1, b.attribute<Dims>("sizes"));
    },
};

// ---- slice

// A bound that is negative for certain counts from the end.
Dim position(const Dim& bound, const Dim& size) { return is_surely_negative(bound) ? bound + size : bound; }

Types slice_shape(const Infer& in) {
  std::size_t axis = in.axis(in.attribute<std::int64_t>("axis"), in.rank(0));
  std::int64_t step = in.attribute<std::int64_t>("step");
  in.require(step != 0, "the step is 0");
  in.require(step >= -std::numeric_limits<std::int64_t>::max(), "the step is ", step, ", which has no opposite");
  const Dim &size = in.shape(0)[axis], &given = in.attribute<Dim>("begin");
  // The builder has made a position of it; kernels ask only for sizes that are an attribute as it stands.
  in.require(given.is_constant() || !is_surely_negative(given), "begin ", given,
             " is below 0, which in a file only a number may be");
  Dim begin = position(in.attribute<Dim>("begin"), size), end = position(in.attribute<Dim>("end"), size);
  // Forwards 0 <= begin <= end <= size, backwards -1 <= end <= begin < size; what a symbol decides, the kernel checks.
  Dim low = step > 0 ? begin : end + 1, high = step > 0 ? end : begin + 1;
  for (const Dim& room : {low, size - high})
    in.require(!is_surely_negative(room), "begin ", in.attribute<Dim>("begin"), " or end ", in.attribute<Dim>("end"),
               " lies outside of axis ", axis, ", whose size is ", size);
  in.require(!is_surely_negative(high - low), "with step ", step, " end ", in.attribute<Dim>("end"),
             " cannot be reached from begin ", in.attribute<Dim>("begin"), "; axis ", axis, " has size ", size);
  Type result = in.type(0);
  result.shape[axis] = ceildiv(high - low, step > 0 ? step : -step);
  return {result};
}

void slice_kernel(const Kernel& k) {
  const TensorView &x = k.input(0), &y = k.output();
  std::size_t axis = axis_of(k.node(), x.shape.size());
  if (y.shape[axis] == 0) return;
  std::int64_t step = k.attribute<std::int64_t>("step"), size = x.shape[axis];
  const Dim& given = k.attribute<Dim>("begin");
  std::int64_t begin = !given.is_constant()   ? k.host().evaluate(given)
                       : given.constant() < 0 ? given.constant() + size
                                              : given.constant();
  std::int64_t last = begin + (y.shape[axis] - 1) * step;
  if (std::min(begin, last) < 0 || std::max(begin, last) >= size)
    k.fail("indices ", begin, " to ", last, " lie outside of axis ", axis, ", whose size is ", size);
  std::int64_t inner = inner_size(x.shape, axis);
  StridedAxes axes;
  axes.add({outer_size(x.shape, axis), y.shape[axis] * inner, size * inner});
  // One element takes no step, which may be as large as a number can be.
  axes.add({y.shape[axis], inner, y.shape[axis] > 1 ? step * inner : 0});
  axes.add({inner, 1, 1});
  std::size_t bytes = size_of(x.dtype);
  copy_strided(y.data, static_cast<const std::byte*>(x.data) + static_cast<std::size_t>(begin * inner) * bytes, axes,
               bytes);
}

Values slice_gradient(const Backward& b) {
  const Dims& shape = b.input(0).shape();
  std::size_t axis = axis_of(b.node(), shape.size());
  std::int64_t step = b.attribute<std::int64_t>("step");
  const Dim& size = shape[axis];
  Dim begin = position(b.attribute<Dim>("begin"), size), end = position(b.attribute<Dim>("end"), size);
  if (step == 1) {
    Dims before(shape.size(), Dim(0)), after(shape.size(), Dim(0));
    before[axis] = begin;
    after[axis] = size - end;
    return {pad(b.out_grad(), before, after)};
  }
  // Walking down from the last index of an axis of size 0 begins at -1, which is no size.
  Dim first = step < 0 ? max(begin, Dim(0)) : begin;
  Value indices = range(b.graph(), b.output().shape()[axis]) * static_cast<double>(step) + dim(b.graph(), first);
  return {scatter_add(indices, b.out_grad(), size, static_cast<std::int64_t>(axis))};
}

constexpr OpDef slice_op{
    .name = "slice",
    .summary = "every step-th index of [begin, end) of one axis",
    .doc =
        "A begin or end that is negative for certain (-1, -time) counts from the end. A step below 0 walks from "
        "begin down to, not including, end; to reach index 0, give end as -1 - size. Both must lie in the axis, begin "
        "not behind end in the step's direction: nothing is clipped. What symbols decide is checked when run.",
    .inputs = {"x"},
    .attributes = {{"axis", AttributeKind::integer, "required", "the axis to cut"},
                   {"begin", AttributeKind::dim, "required", "the first index"},
                   {"end", AttributeKind::dim, "required", "the index behind the last"},
                   {"step", AttributeKind::integer, "1", "from one index to the next; not 0"}},
    .traits = Trait::linear,
    .shape = slice_shape,
    .kernel = slice_kernel,
    .gradient = slice_gradient,
    .batching = [](const Batching& b) -> Values {
      return {slice(b.input(0), signed_axis(b.node(), b.slice_type(0).rank()) + 1, b.attribute<Dim>("begin"),
                    b.attribute<Dim>("end"), b.attribute<std::int64_t>("step"))};
    },
};

constexpr const OpDef* ops[] = {&concat_op, &split_op, &slice_op};

std::int64_t normalised(std::int64_t axis, std::size_t rank) {
  auto size = static_cast<std::int64_t>(rank);
  return axis < 0 && axis >= -size ? axis + size : axis;
}

}  // namespace

OpList join_ops() { return ops; }

Value concat(Values parts, std::int64_t axis) {
  require(!parts.empty(), Fault::usage, "concat: no parts were given");
  axis = normalised(axis, parts[0].rank());
  return apply(concat_op, std::move(parts), {{"axis", axis}});
}

Value stack(Values parts, std::int64_t axis) {
  require(!parts.empty(), Fault::usage, "stack: no parts were given");
  Sugar in("stack", {"parts..."}, parts);
  in->same_dtype();
  for (std::size_t i = 1; i < parts.size(); ++i)
    in->require(in->shape(i) == in->shape(0), in->input_name(i), " is ", dims_text(in->shape(i)), " but parts[0] is ",
                dims_text(in->shape(0)));
  auto place = static_cast<std::int64_t>(in->axis(axis, in->rank(0) + 1));
  for (Value& part : parts) part = expand_dims(part, {place});
  return concat(std::move(parts), place);
}

Value slice(Value x, std::int64_t axis, Dim begin, Dim end, std::int64_t step) {
  axis = normalised(axis, x.rank());
  if (!begin.is_constant() && axis >= 0 && axis < static_cast<std::int64_t>(x.rank()))
    begin = position(begin, x.dim(axis));
  return apply(slice_op, {x}, {{"axis", axis}, {"begin", std::move(begin)}, {"end", std::move(end)}, {"step", step}});
}

Values split(Value x, std::int64_t axis, Dims sizes) {
  return apply_all(split_op, {x}, {{"axis", normalised(axis, x.rank())}, {"sizes", std::move(sizes)}});
}

Values split(Value x, std::int64_t axis, std::int64_t parts) {
  Sugar in("split", {"x"}, {x});
  const Dim& size = in->shape(0)[in->axis(axis, x.rank())];
  in->require(parts > 0, parts, " parts are asked for");
  std::optional<Dim> each = size.divided_by(parts);
  in->require(each.has_value(), "axis ", axis, " of size ", size, " does not divide into ", parts, " equal parts");
  return split(x, axis, Dims(static_cast<std::size_t>(parts), *each));
}

}  // namespace gradloom
