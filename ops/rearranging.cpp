// Rearrangements that are written with slices, reshapes and gathers: padding by reflection and by the edge, reversing,
// repeating, and the triangles of matrices.
#include "ops/indices.h"
#include "ops/sugar.h"

namespace gradloom {

namespace {

std::int64_t as_axis(std::size_t axis) { return static_cast<std::int64_t>(axis); }

// Where padded positions along an axis of this size read from, [before + size + after].
Value padded_positions(Graph& graph, const Dim& size, const Dim& before, const Dim& after, PadMode mode) {
  Value position = range(graph, before + size + after) - dim(graph, before), last = dim(graph, size - 1);
  Value first = scalar_like(position, 0);
  if (mode == PadMode::edge) return minimum(maximum(position, first), last);
  // There and back again, without the ends twice; an axis of one element has only itself.
  Value period = maximum(last * 2.0, scalar_like(last, 1));
  return last - abs(mod(position, period) - last);
}

}  // namespace

Value pad(Value x, Dims before, Dims after, PadMode mode) {
  if (mode == PadMode::constant) return pad(x, std::move(before), std::move(after));
  Sugar in("pad", {"x"}, {x});
  in->require(before.size() == x.rank() && after.size() == x.rank(), "x has ", x.rank(), " axes but before has ",
              before.size(), " sizes and after ", after.size());
  for (std::size_t axis = 0; axis < before.size(); ++axis) {
    if (before[axis].is(0) && after[axis].is(0)) continue;
    for (const Dim& more : {before[axis], after[axis]})
      in->require(!more.is_constant() || more.constant() >= 0, "axis ", axis, " would grow by ", more);
    in->require(!x.dim(as_axis(axis)).is(0), "axis ", axis, " has size 0, so there is nothing to repeat");
    Value from = padded_positions(open_graph({x}), x.dim(as_axis(axis)), before[axis], after[axis], mode);
    x = gather(x, from, as_axis(axis));
  }
  return x;
}

Value flatten(Value x, std::int64_t axis) {
  Sugar in("flatten", {"x"}, {x});
  auto rank = as_axis(x.rank());
  in->require(axis >= -rank && axis <= rank, "axis ", axis, " is outside of [", -rank, ", ", rank, "]");
  if (axis < 0) axis += rank;
  Dim before = 1, after = 1;
  for (std::int64_t i = 0; i < rank; ++i) (i < axis ? before : after) = (i < axis ? before : after) * x.dim(i);
  return reshape(x, {before, after});
}

Values unstack(Value x, std::int64_t axis) {
  Sugar in("unstack", {"x"}, {x});
  std::size_t place = in->axis(axis, x.rank());
  const Dim size = x.shape()[place];
  in->require(size.is_constant(), "axis ", place, " is ", size, " but must be a number: one result for each slice");
  if (size.is(0)) return {};
  Values parts = split(x, as_axis(place), size.constant());
  for (Value& part : parts) part = squeeze(part, {as_axis(place)});
  return parts;
}

Value reverse(Value x, Axes axes) {
  Sugar in("reverse", {"x"}, {x});
  for (std::size_t axis : in->axes(axes, x.rank())) x = slice(x, as_axis(axis), -1, Dim(-1) - x.dim(as_axis(axis)), -1);
  return x;
}

Value reverse_sequence(Value x, Value lengths, std::int64_t time_axis, std::int64_t batch_axis) {
  Sugar in("reverse_sequence", {"x", "lengths"}, {x, lengths});
  in->require_index(1);
  std::size_t time = in->axis(time_axis, x.rank()), batch = in->axis(batch_axis, x.rank());
  in->require(time != batch, "time and batch are both axis ", time);
  in->require(lengths.rank() == 1 && lengths.dim(0) == x.shape()[batch], "lengths must be [", x.shape()[batch],
              "], one a row of axis ", batch);
  // To [batch, time, ...] and back.
  Axes there{as_axis(batch), as_axis(time)}, back(x.rank());
  for (std::size_t i = 0; i < x.rank(); ++i)
    if (i != time && i != batch) there.push_back(as_axis(i));
  for (std::size_t i = 0; i < there.size(); ++i) back[static_cast<std::size_t>(there[i])] = as_axis(i);
  Value position = expand_dims(range(open_graph({x, lengths}), x.shape()[time]), {0});
  Value length = expand_dims(cast(lengths, DType::int64), {1});
  Value from = where(less(position, length), length - 1.0 - position, position);  // [batch, time]
  return transpose(gather(transpose(x, there), from, 1, 1), back);
}

Value tile(Value x, Dims repeats) {
  Sugar in("tile", {"x"}, {x});
  in->require(repeats.size() == x.rank(), "x has ", x.rank(), " axes but there are ", repeats.size(), " repeats");
  Axes new_axes;
  Dims wide, joined;
  for (std::size_t i = 0; i < repeats.size(); ++i) {
    in->require(!repeats[i].is_constant() || repeats[i].constant() >= 0, "axis ", i, " would be repeated ", repeats[i],
                " times");
    new_axes.push_back(as_axis(2 * i));
    wide.insert(wide.end(), {repeats[i], x.shape()[i]});
    joined.push_back(repeats[i] * x.shape()[i]);
  }
  if (repeats.empty()) return x;
  return reshape(broadcast_to(expand_dims(x, new_axes), wide), joined);
}

namespace {

// bool [rows, columns]: whether column - row is on this side of the diagonal.
Value triangle(Graph& graph, const Dim& rows, const Dim& columns, std::int64_t diagonal,
               Value (*compare)(Value, Value)) {
  Value row = expand_dims(range(graph, rows), {1}), column = expand_dims(range(graph, columns), {0});
  return compare(column - row, scalar_like(row, static_cast<double>(diagonal)));
}

Value keep_triangle(std::string_view name, Value x, std::int64_t diagonal, Value (*compare)(Value, Value)) {
  Sugar in(name, {"x"}, {x});
  in->require(x.rank() >= 2, "x has ", x.rank(), " axes but matrices are needed");
  Value kept = triangle(open_graph({x}), x.dim(-2), x.dim(-1), diagonal, compare);
  return x.dtype() == DType::boolean ? logical_and(kept, x) : where(kept, x, scalar_like(x, 0));
}

}  // namespace

Value tril(Value x, std::int64_t diagonal) { return keep_triangle("tril", x, diagonal, less_equal); }

Value triu(Value x, std::int64_t diagonal) { return keep_triangle("triu", x, diagonal, greater_equal); }

Value eye(Graph& graph, DType dtype, Dim rows, std::optional<Dim> columns, std::int64_t diagonal) {
  return cast(triangle(graph.innermost(), rows, columns.value_or(rows), diagonal, equal), dtype);
}

}  // namespace gradloom
