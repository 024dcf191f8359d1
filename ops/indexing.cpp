// Reading and adding at indices: gather and its transpose scatter_add, one_hot, and masks made of lengths.
#include <algorithm>
#include <cstring>

#include "ops/elementwise.h"
#include "ops/families.h"
#include "ops/indices.h"
#include "tensor/threads.h"

namespace gradloom {

namespace {

struct IndexAxes {
  std::size_t axis, batch_dims;
};

IndexAxes axes_of(const Node& node, std::size_t rank) {
  std::int64_t axis = node.attributes.get<std::int64_t>("axis");
  return {static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis),
          static_cast<std::size_t>(node.attributes.get<std::int64_t>("batch_dims"))};
}

std::size_t batch_dims_of(const Infer& in, std::size_t axis) {
  std::int64_t batch_dims = in.attribute<std::int64_t>("batch_dims");
  in.require(batch_dims >= 0 && batch_dims <= static_cast<std::int64_t>(axis), "batch_dims is ", batch_dims,
             " but must lie in [0, ", axis, "], the axes before axis ", axis);
  return static_cast<std::size_t>(batch_dims);
}

std::int64_t product_of(const Shape& shape, std::size_t begin, std::size_t end) {
  std::int64_t product = 1;
  for (std::size_t i = begin; i < end; ++i) product *= shape[i];
  return product;
}

// ---- gather

Types gather_shape(const Infer& in) {
  in.require_index(1);
  in.require(in.rank(0) > 0, "x is a scalar but an axis is needed");
  std::size_t axis = in.axis(in.attribute<std::int64_t>("axis"), in.rank(0));
  std::size_t batch_dims = batch_dims_of(in, axis);
  const Dims &x = in.shape(0), &indices = in.shape(1);
  in.require(indices.size() >= batch_dims, "indices has ", indices.size(), " axes but batch_dims is ", batch_dims);
  for (std::size_t i = 0; i < batch_dims; ++i)
    in.require(x[i] == indices[i], "axis ", i, " of x is ", x[i], " but that of indices is ", indices[i]);
  Dims shape(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(axis));
  shape.insert(shape.end(), indices.begin() + static_cast<std::ptrdiff_t>(batch_dims), indices.end());
  shape.insert(shape.end(), x.begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.end());
  return {{in.dtype(0), shape}};
}

// [batch, outer, size, inner] at indices [batch, count].
struct IndexedLayout {
  std::int64_t batch, outer, size, inner, count;
  IndexedLayout(const Shape& whole, const Shape& indices, IndexAxes axes)
      : batch(product_of(whole, 0, axes.batch_dims)),
        outer(product_of(whole, axes.batch_dims, axes.axis)),
        size(whole[axes.axis]),
        inner(product_of(whole, axes.axis + 1, whole.size())),
        count(product_of(indices, axes.batch_dims, indices.size())) {}
};

void gather_kernel(const Kernel& k) {
  const TensorView &x = k.input(0), &indices = k.input(1), &y = k.output();
  IndexAxes axes = axes_of(k.node(), x.shape.size());
  IndexedLayout at(x.shape, indices.shape, axes);
  if (at.count == 0) return;
  std::int64_t run = at.inner * static_cast<std::int64_t>(size_of(x.dtype)), rows = at.batch * at.outer * at.count;
  const auto* from = static_cast<const std::byte*>(x.data);
  auto* to = static_cast<std::byte*>(y.data);
  visit_indices(indices, [&](auto ids) {
    std::int64_t parts = count_parts(rows * (run + 16), 1 << 18, 8);
    k.host().threads().for_each_part(parts, [&](std::int64_t part) {
      IndexRange range = part_of(rows, parts, part);
      std::int64_t i = range.begin % at.count, block = range.begin / at.count;
      for (std::int64_t row = range.begin; row < range.end; ++row) {
        std::int64_t place = block / at.outer * at.count + i;
        std::int64_t index = resolve(k, indices, place, ids[static_cast<std::size_t>(place)], at.size, "axis ",
                                     axes.axis, " of x has size");
        if (run > 0) std::memcpy(to + row * run, from + (block * at.size + index) * run, static_cast<std::size_t>(run));
        if (++i == at.count) {
          i = 0;
          ++block;
        }
      }
    });
  });
}

Values gather_gradient(const Backward& b) {
  if (!b.wants(0)) return {Value(), Value()};
  IndexAxes axes = axes_of(b.node(), b.input(0).rank());
  return {scatter_add(b.input(1), b.out_grad(), b.input(0).shape()[axes.axis], static_cast<std::int64_t>(axes.axis),
                      static_cast<std::int64_t>(axes.batch_dims)),
          Value()};
}

Values gather_batching(const Batching& b) {
  IndexAxes axes = axes_of(b.node(), b.slice_type(0).rank());
  auto axis = static_cast<std::int64_t>(axes.axis), batch_dims = static_cast<std::int64_t>(axes.batch_dims);
  if (!b.batched(0)) {
    // One more axis of indices; the new axis comes out where the indexed one was.
    Value y = gather(b.input(0), move_axis(b.input(1), 0, axes.batch_dims), axis, batch_dims);
    return {move_axis(y, axes.axis, 0)};
  }
  if (!b.batched(1) && batch_dims == 0) return {gather(b.input(0), b.input(1), axis + 1)};
  return {gather(b.input(0), with_axis(b, 1), axis + 1, batch_dims + 1)};
}

constexpr OpDef gather_op{
    .name = "gather",
    .summary = "slices of x along an axis at the given indices",
    .doc =
        "y has the axes x[:axis] + indices[batch_dims:] + x[axis+1:]. The first batch_dims axes of x and indices are "
        "the same and go together. Negative indices count from the end; one outside of [-size, size) is an error.",
    .inputs = {"x", "indices"},
    .attributes = {{"axis", AttributeKind::integer, "0", "the axis of x that is indexed"},
                   {"batch_dims", AttributeKind::integer, "0", "leading axes that x and indices share"}},
    .traits = Trait::can_fail,
    .shape = gather_shape,
    .kernel = gather_kernel,
    .gradient = gather_gradient,
    .batching = gather_batching,
};

// ---- scatter_add

Types scatter_shape(const Infer& in) {
  in.require_index(0);
  in.require(in.dtype(1) != DType::boolean, "updates is bool but numbers are added");
  std::size_t batch_dims = 0, axis = 0, indexed = 0;
  std::int64_t given = in.attribute<std::int64_t>("axis"), batched = in.attribute<std::int64_t>("batch_dims");
  auto most = static_cast<std::int64_t>(in.rank(0));
  in.require(batched >= 0 && batched <= most, "batch_dims is ", batched, " but indices has ", most, " axes");
  batch_dims = static_cast<std::size_t>(batched);
  indexed = in.rank(0) - batch_dims;
  in.require(in.rank(1) >= indexed, "updates has ", in.rank(1), " axes but ", indexed, " axes of indices go into it");
  axis = in.axis(given, in.rank(1) - indexed + 1);
  batch_dims_of(in, axis);
  const Dims &indices = in.shape(0), &updates = in.shape(1);
  in.require(axis + indexed <= updates.size(), "updates has no ", indexed, " axes from axis ", axis, " on");
  for (std::size_t i = 0; i < indices.size(); ++i) {
    std::size_t j = i < batch_dims ? i : i - batch_dims + axis;
    in.require(indices[i] == updates[j], "axis ", i, " of indices is ", indices[i], " but axis ", j, " of updates is ",
               updates[j]);
  }
  const Dim& size = in.attribute<Dim>("size");
  in.require(!size.is_constant() || size.constant() >= 0, "the size is ", size, ", below 0");
  Dims shape(updates.begin(), updates.begin() + static_cast<std::ptrdiff_t>(axis));
  shape.push_back(size);
  shape.insert(shape.end(), updates.begin() + static_cast<std::ptrdiff_t>(axis + indexed), updates.end());
  return {{in.dtype(1), shape}};
}

// The indices in [begin, end) of one block of y: zeros, then what is added to them, in the order of the indices.
template <class T, class Ids>
void scatter_block(const Kernel& k, const IndexedLayout& at, std::int64_t block, IndexRange range, Ids ids) {
  T* to = k.output().as<T>().data() + block * at.size * at.inner;
  std::fill(to + range.begin * at.inner, to + range.end * at.inner, T{0});
  for (std::int64_t i = 0; i < at.count; ++i) {
    std::int64_t place = block / at.outer * at.count + i;
    std::int64_t index = resolve(k, k.input(0), place, ids[static_cast<std::size_t>(place)], at.size, "the size is");
    if (index < range.begin || index >= range.end) continue;
    const T* from = k.input(1).as<T>().data() + (block * at.count + i) * at.inner;
    T* row = to + index * at.inner;
    for (std::int64_t j = 0; j < at.inner; ++j) row[j] = static_cast<T>(row[j] + from[j]);
  }
}

void scatter_kernel(const Kernel& k) {
  const TensorView &indices = k.input(0), &y = k.output();
  IndexedLayout at(y.shape, indices.shape, axes_of(k.node(), y.shape.size()));
  visit(y.dtype, [&]<class T>() {
    visit_indices(indices, [&](auto ids) {
      // Each part has its own range of y and looks at all indices, so that it waits for none.
      std::int64_t parts = count_parts(y.size(), 1 << 18, 8);
      k.host().threads().for_each_part(parts, [&](std::int64_t part) {
        for (std::int64_t block = 0; block < at.batch * at.outer; ++block)
          scatter_block<T>(k, at, block, part_of(at.size, parts, part), ids);
      });
    });
  });
}

Values scatter_gradient(const Backward& b) {
  if (!b.wants(1)) return {Value(), Value()};
  return {Value(),
          gather(b.out_grad(), b.input(0), b.attribute<std::int64_t>("axis"), b.attribute<std::int64_t>("batch_dims"))};
}

Values scatter_batching(const Batching& b) {
  IndexAxes axes = axes_of(b.node(), b.slice_result().rank());
  auto axis = static_cast<std::int64_t>(axes.axis) + 1, batch_dims = static_cast<std::int64_t>(axes.batch_dims);
  const Dim& size = b.attribute<Dim>("size");
  if (!b.batched(0) && batch_dims == 0) return {scatter_add(b.input(0), b.input(1), size, axis)};
  return {scatter_add(with_axis(b, 0), with_axis(b, 1), size, axis, batch_dims + 1)};
}

// The new axis joins those of the indices, so nothing of the result's size is made for each of its slices.
Values scatter_accumulation(const Batching& b) {
  IndexAxes axes = axes_of(b.node(), b.slice_result().rank());
  auto axis = static_cast<std::int64_t>(axes.axis), batch_dims = static_cast<std::int64_t>(axes.batch_dims);
  const Dim& size = b.attribute<Dim>("size");
  if (!b.batched(0)) return {scatter_add(b.input(0), sum(b.input(1), {0}), size, axis, batch_dims)};
  return {scatter_add(move_axis(b.input(0), 0, axes.batch_dims), move_axis(with_axis(b, 1), 0, axes.axis), size, axis,
                      batch_dims)};
}

constexpr OpDef scatter_add_op{
    .name = "scatter_add",
    .summary = "zeros to which slices are added along an axis at the given indices",
    .doc =
        "The transpose of gather. updates has the axes y[:axis] + indices[batch_dims:] + y[axis+1:], and y has `size` "
        "along axis. Slices at equal indices are added in the order of the indices. Negative indices count from the "
        "end; one outside of [-size, size) is an error.",
    .inputs = {"indices", "updates"},
    .attributes = {{"size", AttributeKind::dim, "required", "the size of y along axis"},
                   {"axis", AttributeKind::integer, "0", "the axis of y that is indexed"},
                   {"batch_dims", AttributeKind::integer, "0", "leading axes that indices and updates share"}},
    .traits = Trait::can_fail,
    .shape = scatter_shape,
    .kernel = scatter_kernel,
    .gradient = scatter_gradient,
    .batching = scatter_batching,
    .accumulation = scatter_accumulation,
};

// ---- one_hot, sequence_mask

Types with_last(const Infer& in, DType dtype, const Dim& size, std::string_view name) {
  in.require_index(0);
  in.require(!size.is_constant() || size.constant() >= 0, "the ", name, " is ", size, ", below 0");
  Dims shape = in.shape(0);
  shape.push_back(size);
  return {{dtype, shape}};
}

void one_hot_kernel(const Kernel& k) {
  const TensorView &indices = k.input(0), &y = k.output();
  std::int64_t depth = y.shape.back();
  visit(y.dtype, [&]<class T>() {
    T* to = y.as<T>().data();
    std::fill_n(to, y.size(), T{0});
    visit_indices(indices, [&](auto ids) {
      for (std::int64_t i = 0; i < indices.size(); ++i, to += depth)
        to[resolve(k, indices, i, ids[static_cast<std::size_t>(i)], depth, "the depth is")] = T{1};
    });
  });
}

constexpr OpDef one_hot_op{
    .name = "one_hot",
    .summary = "1 at the index, 0 elsewhere, along a new last axis",
    .doc = "Negative indices count from the end; one outside of [-depth, depth) is an error.",
    .inputs = {"indices"},
    .attributes = {{"depth", AttributeKind::dim, "required", "the size of the new axis"},
                   {"dtype", AttributeKind::dtype, "float32", "of the result"}},
    .traits = Trait::can_fail,
    .shape =
        [](const Infer& in) {
          return with_last(in, in.attribute<DType>("dtype"), in.attribute<Dim>("depth"), "depth");
        },
    .kernel = one_hot_kernel,
    .gradient = no_gradient,
    .batching = [](const Batching& b) -> Values {
      return {one_hot(b.input(0), b.attribute<Dim>("depth"), b.attribute<DType>("dtype"))};
    },
};

void mask_kernel(const Kernel& k) {
  const TensorView &lengths = k.input(0), &y = k.output();
  std::int64_t size = y.shape.back();
  bool* to = y.as<bool>().data();
  visit_indices(lengths, [&](auto values) {
    for (auto length : values) {
      std::int64_t covered = std::clamp<std::int64_t>(length, 0, size);
      std::fill_n(to, covered, true);
      std::fill_n(to + covered, size - covered, false);
      to += size;
    }
  });
}

constexpr OpDef sequence_mask_op{
    .name = "sequence_mask",
    .summary = "true where the position along a new last axis is below the length",
    .doc = "A length of 0 or below gives a row of false, one above size a row of true.",
    .inputs = {"lengths"},
    .attributes = {{"size", AttributeKind::dim, "required", "the size of the new axis"}},
    .shape = [](const Infer& in) { return with_last(in, DType::boolean, in.attribute<Dim>("size"), "size"); },
    .kernel = mask_kernel,
    .gradient = no_gradient,
    .batching = [](const Batching& b) -> Values { return {sequence_mask(b.input(0), b.attribute<Dim>("size"))}; },
};

constexpr const OpDef* ops[] = {&gather_op, &scatter_add_op, &one_hot_op, &sequence_mask_op};

std::int64_t normalised(std::int64_t axis, std::size_t rank) {
  auto size = static_cast<std::int64_t>(rank);
  return axis < 0 && axis >= -size ? axis + size : axis;
}

}  // namespace

OpList indexing_ops() { return ops; }

Value move_axis(Value x, std::size_t from, std::size_t to) {
  if (from == to) return x;
  Axes permutation;
  for (std::size_t i = 0; i < x.rank(); ++i)
    if (i != from) permutation.push_back(static_cast<std::int64_t>(i));
  permutation.insert(permutation.begin() + static_cast<std::ptrdiff_t>(to), static_cast<std::int64_t>(from));
  return transpose(x, permutation);
}

Value with_axis(const Batching& b, std::size_t i) {
  if (b.batched(i)) return b.input(i);
  Dims shape{b.size()};
  shape.insert(shape.end(), b.slice_type(i).shape.begin(), b.slice_type(i).shape.end());
  return broadcast_to(b.input(i), shape);
}

Value gather(Value x, Value indices, std::int64_t axis, std::int64_t batch_dims) {
  return apply(gather_op, {x, indices}, {{"axis", normalised(axis, x.rank())}, {"batch_dims", batch_dims}});
}

Value scatter_add(Value indices, Value updates, Dim size, std::int64_t axis, std::int64_t batch_dims) {
  std::size_t rank = updates.rank() + static_cast<std::size_t>(std::max<std::int64_t>(batch_dims, 0)) + 1;
  rank = rank > indices.rank() ? rank - indices.rank() : 0;
  return apply(scatter_add_op, {indices, updates},
               {{"size", std::move(size)}, {"axis", normalised(axis, rank)}, {"batch_dims", batch_dims}});
}

Value one_hot(Value indices, Dim depth, DType dtype) {
  return apply(one_hot_op, {indices}, {{"depth", std::move(depth)}, {"dtype", dtype}});
}

Value sequence_mask(Value lengths, Dim size) { return apply(sequence_mask_op, {lengths}, {{"size", std::move(size)}}); }

}  // namespace gradloom
