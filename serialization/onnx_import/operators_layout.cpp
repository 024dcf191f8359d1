// Axes moved, cut, joined, padded and repeated.
#include <algorithm>

#include "graph/dim_sign.h"
#include "serialization/onnx_import/operators.h"

namespace gradloom {

namespace {

Values transposed(const ImportNode& node) { return {transpose(node.input(0), node.integers("perm", {}))}; }

Values concatenated(const ImportNode& node) {
  Values parts = node.inputs();
  node.require(!parts.empty(), "there is nothing to join");
  std::int64_t axis = node.opset() < 4 ? node.integer("axis", 1) : node.integer("axis");
  return {concat(std::move(parts), axis)};
}

// Sizes of parts: given, or equal ones but for a smaller last one, as many as there are outputs.
Values cut_in_parts(const ImportNode& node) {
  Value x = node.input(0);
  std::size_t axis = node.axis(node.integer("axis", 0), x.rank());
  std::size_t parts = node.num_outputs();
  auto at = static_cast<std::int64_t>(axis);
  if (node.has("split") || node.has_input(1)) {
    Dims sizes;
    if (node.has("split"))
      for (std::int64_t size : node.integers("split")) sizes.emplace_back(size);
    else
      sizes = node.known_sizes(1, "split");
    node.require(sizes.size() == parts, "split holds ", sizes.size(), " sizes, but the node has ", parts, " outputs");
    return split(x, at, std::move(sizes));
  }
  auto count = node.integer("num_outputs", static_cast<std::int64_t>(parts));
  node.require(count > 0 && static_cast<std::size_t>(count) == parts, "num_outputs is ", count, ", but the node has ",
               parts, " outputs");
  const Dim& size = x.shape()[axis];
  if (size.divided_by(count)) return split(x, at, count);
  Dim part = ceildiv(size, count);
  Dims sizes(parts, part);
  sizes.back() = size - part * (count - 1);
  return split(x, at, std::move(sizes));
}

// ---- Slice

// Writers say "to the end" with the largest number that they have.
constexpr std::int64_t beyond_all = std::int64_t{1} << 31;

bool is_beyond(const Dim& bound) { return bound.is_constant() && bound.constant() >= beyond_all - 1; }
bool is_before_all(const Dim& bound) { return bound.is_constant() && bound.constant() <= 1 - beyond_all; }

// Bounds are clamped to an axis whose size is a number. With a symbol they are taken as they are, but for those that
// say "from the start" or "to the end"; what lies outside is then an error when it runs.
Dim bound_of(const Dim& bound, const Dim& size, std::int64_t step, bool is_end) {
  Dim low = step < 0 && is_end ? Dim(-1) : Dim(0);
  Dim high = step > 0 ? size : size - 1;
  if (is_beyond(bound)) return high;
  if (is_before_all(bound)) return low;
  Dim at = is_surely_negative(bound) ? size + bound : bound;
  if (!at.is_constant() || !size.is_constant()) return at;
  return std::clamp(at.constant(), low.constant(), std::max(low.constant(), high.constant()));
}

Value sliced_axis(const ImportNode& node, Value x, std::int64_t axis, const Dim& start, const Dim& stop,
                  std::int64_t step) {
  node.require(step != 0, "a step is 0");
  const Dim size = x.dim(axis);
  if (size.is(0)) return x;
  Dim begin = bound_of(start, size, step, false), end = bound_of(stop, size, step, true);
  if (begin.is_constant() && end.is_constant()) {
    bool is_empty = step > 0 ? end.constant() <= begin.constant() : end.constant() >= begin.constant();
    if (is_empty) return slice(x, axis, 0, 0);
  }
  if (step == 1 && begin.is(0) && end == size) return x;
  // Behind index 0 ours counts from the other end.
  if (step < 0 && end.is(-1)) end = Dim(-1) - size;
  return slice(x, axis, begin, end, step);
}

Values cut_out(const ImportNode& node) {
  Value x = node.input(0);
  Dims starts, ends;
  std::optional<Axes> axes;
  Axes steps;
  if (node.opset() < 10) {
    for (std::int64_t start : node.integers("starts")) starts.emplace_back(start);
    for (std::int64_t end : node.integers("ends")) ends.emplace_back(end);
    if (node.has("axes")) axes = node.integers("axes");
  } else {
    starts = node.known_sizes(1, "starts");
    ends = node.known_sizes(2, "ends");
    if (node.has_input(3)) axes = node.known_integers(3, "axes");
    if (node.has_input(4)) steps = node.known_integers(4, "steps");
  }
  std::size_t count = starts.size();
  node.require(ends.size() == count && (!axes || axes->size() == count) && (steps.empty() || steps.size() == count),
               "starts, ends, axes and steps are ", count, ", ", ends.size(), ", ", axes ? axes->size() : count,
               " and ", steps.empty() ? count : steps.size(), " numbers, but as many of each are needed");
  node.require(count <= x.rank(), "there are ", count, " starts for the ", x.rank(), " axes");
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t axis = axes ? node.axis((*axes)[i], x.rank()) : i;
    x = sliced_axis(node, x, static_cast<std::int64_t>(axis), starts[i], ends[i], steps.empty() ? 1 : steps[i]);
  }
  return {x};
}

// ---- Pad

PadMode pad_mode(const ImportNode& node) {
  std::string mode = node.text("mode", "constant");
  if (mode == "constant") return PadMode::constant;
  if (mode == "reflect") return PadMode::reflect;
  node.require(mode == "edge", "the mode \"", mode, "\" is none of constant, reflect and edge");
  return PadMode::edge;
}

Values padded(const ImportNode& node) {
  Value x = node.input(0);
  Dims pads;
  double value = 0;
  if (node.opset() < 11) {
    for (std::int64_t size : node.integers(node.has("paddings") ? "paddings" : "pads")) pads.emplace_back(size);
    value = node.real("value", 0);
  } else {
    pads = node.known_sizes(1, "pads");
    if (node.has_input(2)) value = node.known_number(2, "constant_value");
  }
  Axes axes;
  if (node.has_input(3)) axes = node.known_integers(3, "axes");
  if (!node.has_input(3))
    for (std::size_t axis = 0; axis < x.rank(); ++axis) axes.push_back(static_cast<std::int64_t>(axis));
  node.require(pads.size() == 2 * axes.size(), "pads are ", pads.size(), " numbers, but ", 2 * axes.size(),
               " are needed for ", axes.size(), " axes");
  PadMode mode = pad_mode(node);
  Dims before(x.rank(), Dim(0)), after(x.rank(), Dim(0));
  for (std::size_t i = 0; i < axes.size(); ++i) {
    std::size_t axis = node.axis(axes[i], x.rank());
    before[axis] = pads[i];
    after[axis] = pads[axes.size() + i];
    // A border below 0 cuts off.
    Dim begin = is_surely_negative(before[axis]) ? Dim(0) - before[axis] : Dim(0);
    Dim end = x.shape()[axis] + (is_surely_negative(after[axis]) ? after[axis] : Dim(0));
    if (!begin.is(0) || end != x.shape()[axis]) x = slice(x, static_cast<std::int64_t>(axis), begin, end);
    if (is_surely_negative(before[axis])) before[axis] = 0;
    if (is_surely_negative(after[axis])) after[axis] = 0;
  }
  if (mode == PadMode::constant) return {pad(x, std::move(before), std::move(after), value)};
  return {pad(x, std::move(before), std::move(after), mode)};
}

// ---- repeats and blocks

Values tiled(const ImportNode& node) {
  Value x = node.input(0);
  if (node.opset() >= 6) return {tile(x, node.known_sizes(1, "repeats"))};
  // Opset 1 has floats for these numbers too.
  auto index = [&](std::size_t i, std::string_view what) {
    return Tensor::scalar(DType::float64, node.known_number(i, what)).cast(DType::int64).values<std::int64_t>()[0];
  };
  Dims repeats(x.rank(), Dim(1));
  repeats[node.axis(index(2, "axis"), x.rank())] = index(1, "tiles");
  return {tile(x, std::move(repeats))};
}

struct Image {
  Value x;
  Dim batch, channels, height, width;
};

Image image_of(const ImportNode& node) {
  Value x = node.input(0);
  node.require(x.rank() == 4, "the operand is ", x.type().text(), ", but [batch, channels, height, width] is needed");
  return {x, x.dim(0), x.dim(1), x.dim(2), x.dim(3)};
}

Dim quotient(const ImportNode& node, const Dim& size, const Dim& divisor) {
  std::optional<Dim> result = divisor.is(0) ? std::nullopt : size.divided_by(divisor);
  node.require(result.has_value(), "the size ", size, " is no multiple of ", divisor);
  return *result;
}

Values depth_to_space(const ImportNode& node) {
  auto [x, batch, channels, height, width] = image_of(node);
  Dim block = node.integer("blocksize");
  Dim depth = quotient(node, channels, block * block);
  std::string mode = node.text("mode", "DCR");
  node.require(mode == "DCR" || mode == "CRD", "the mode \"", mode, "\" is neither DCR nor CRD");
  Value blocks = mode == "DCR" ? transpose(reshape(x, {batch, block, block, depth, height, width}), {0, 3, 4, 1, 5, 2})
                               : transpose(reshape(x, {batch, depth, block, block, height, width}), {0, 1, 4, 2, 5, 3});
  return {reshape(blocks, {batch, depth, height * block, width * block})};
}

Values space_to_depth(const ImportNode& node) {
  auto [x, batch, channels, height, width] = image_of(node);
  Dim block = node.integer("blocksize");
  Dim rows = quotient(node, height, block), columns = quotient(node, width, block);
  Value blocks = transpose(reshape(x, {batch, channels, rows, block, columns, block}), {0, 3, 5, 1, 2, 4});
  return {reshape(blocks, {batch, channels * block * block, rows, columns})};
}

Values triangle(const ImportNode& node) {
  auto diagonal = node.has_input(1) ? node.known_integer(1, "k") : 0;
  return {node.flag("upper", true) ? triu(node.input(0), diagonal) : tril(node.input(0), diagonal)};
}

Values reversed_rows(const ImportNode& node) {
  return {reverse_sequence(node.input(0), node.input(1), node.integer("time_axis", 0), node.integer("batch_axis", 1))};
}

constexpr ImportRule rules[] = {
    {"Transpose", transposed},
    {"Concat", concatenated},
    {"Split", cut_in_parts},
    {"Slice", cut_out},
    {"Pad", padded},
    {"Tile", tiled},
    {"DepthToSpace", depth_to_space},
    {"SpaceToDepth", space_to_depth},
    {"Trilu", triangle},
    {"ReverseSequence", reversed_rows},
};

}  // namespace

ImportRules layout_imports() { return rules; }

}  // namespace gradloom
