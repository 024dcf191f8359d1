// Random draws: functions of key, step, stream and the logical position of an element, so that neither hoisting out of
// a loop nor packing, threads or history change a number; and dropout, which is written with them.
#include "tensor/random.h"

#include <algorithm>

#include "ops/families.h"
#include "ops/ops.h"
#include "ops/sugar.h"
#include "tensor/threads.h"

namespace gradloom {

namespace {

using Integers = std::vector<std::int64_t>;

// The result's axis along which t (which = 0) or outer (1) runs; -1 when it is a scalar.
std::int64_t time_axis(const Attributes& attributes, std::size_t which) {
  const auto& axes = attributes.get<Integers>("time_axes");
  return which < axes.size() ? axes[which] : -1;
}

void require_scalar(const Infer& in, std::size_t i) {
  in.require(in.type(i) == Type{DType::int64, {}}, in.input_name(i), " is ", in.type(i).text(),
             " but an int64 scalar is needed");
}

Types random_shape(const Infer& in) {
  require_scalar(in, 0);
  require_scalar(in, 1);
  DType dtype = in.attribute<DType>("dtype");
  in.require(is_float(dtype), "dtype is ", name_of(dtype), " but float32 or float64 is needed");
  const auto& shape = in.attribute<Dims>("shape");
  auto rank = static_cast<std::int64_t>(shape.size());
  for (const Dim& size : shape)
    in.require(!size.is_constant() || size.constant() >= 0, "size ", size, " of ", dims_text(shape), " is below 0");
  std::int64_t row_axis = in.attribute<std::int64_t>("row_axis");
  in.require(row_axis >= -1 && row_axis < rank, "row_axis is ", row_axis, " but ", dims_text(shape), " has axes 0 to ",
             rank - 1, " (-1: no rows)");
  const auto& time_axes = in.attribute<Integers>("time_axes");
  in.require(time_axes.size() <= 2, "time_axes ", shape_text(time_axes),
             " has more than an axis for t and one for outer");
  for (std::size_t which : {0, 1}) {
    std::int64_t axis = time_axis(in.attributes(), which);
    bool is_given = in.num_inputs() > 2 + which;
    in.require(axis >= -1 && axis < rank, "time_axes names axis ", axis, " of ", dims_text(shape));
    in.require(axis < 0 || is_given, "time_axes names axis ", axis, " of ", dims_text(shape),
               ", but the input that runs along it is not given");
    in.require(axis < 0 || axis != row_axis, "time_axes names axis ", axis, " of ", dims_text(shape),
               ", which row_axis names too");
    if (!is_given) continue;
    if (axis < 0) {
      require_scalar(in, 2 + which);
      continue;
    }
    Type wanted{DType::int64, {shape[static_cast<std::size_t>(axis)]}};
    in.require(in.type(2 + which) == wanted, in.input_name(2 + which), " is ", in.type(2 + which).text(), " but ",
               wanted.text(), " is needed");
  }
  return {{dtype, shape}};
}

// Calls fill(begin, count, position, first) for each run of the result: its innermost axes that are neither rows nor
// time are draws `first`, `first + 1`, ... of one row.
template <class Fill>
void for_each_run(const Kernel& k, const Fill& fill) {
  const Shape& shape = k.output().shape;
  const std::int64_t row_axis = k.attribute<std::int64_t>("row_axis");
  const std::int64_t time_axes[] = {time_axis(k.node().attributes, 0), time_axis(k.node().attributes, 1)};
  auto is_drawn = [&](std::size_t i) {
    auto axis = static_cast<std::int64_t>(i);
    return axis != row_axis && axis != time_axes[0] && axis != time_axes[1];
  };
  if (k.output().size() == 0) return;
  std::size_t outer_axes = shape.size();
  std::int64_t run = 1;
  while (outer_axes > 0 && is_drawn(outer_axes - 1)) run *= shape[--outer_axes];
  auto fill_run = [&](std::int64_t number) {
    std::int64_t first = 0, block = 1, rest = number;
    DrawPosition at;
    std::int64_t steps[2] = {};
    for (std::size_t i = outer_axes; i-- > 0;) {
      std::int64_t index = rest % shape[i];
      rest /= shape[i];
      if (static_cast<std::int64_t>(i) == row_axis) at.row = static_cast<std::uint32_t>(index);
      for (std::size_t which : {0, 1})
        if (static_cast<std::int64_t>(i) == time_axes[which]) steps[which] = index;
      if (!is_drawn(i)) continue;
      first += index * block;
      block *= shape[i];
    }
    auto time = [&](std::size_t which) {
      if (k.num_inputs() <= 2 + which) return std::uint32_t{0};
      return static_cast<std::uint32_t>(k.input(2 + which).as<std::int64_t>()[static_cast<std::size_t>(steps[which])]);
    };
    at.t = time(0);
    at.outer = time(1);
    fill(number * run, run, at, first * run);
  };
  std::int64_t runs = k.output().size() / run, parts = std::min(count_parts(k.output().size(), 1 << 15, 16), runs);
  k.host().threads().for_each_part(parts, [&](std::int64_t part) {
    IndexRange range = part_of(runs, parts, part);
    for (std::int64_t number = range.begin; number < range.end; ++number) fill_run(number);
  });
}

PhiloxKey key_of(const Kernel& k) {
  return derive_key(k.input(0).as<std::int64_t>()[0], k.input(1).as<std::int64_t>()[0],
                    k.attribute<std::int64_t>("stream"));
}

template <class Draw>
void random_kernel(const Kernel& k) {
  PhiloxKey key = key_of(k);
  visit_float(k.output().dtype, [&]<class T>() {
    auto y = k.output().as<T>();
    for_each_run(k, [&](std::int64_t begin, std::int64_t count, DrawPosition at, std::int64_t first) {
      Draw()(y.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(count)), key, at, first);
    });
  });
}

struct DrawUniform {
  template <class T>
  void operator()(std::span<T> out, PhiloxKey key, DrawPosition at, std::int64_t first) const {
    fill_uniform(out, key, at, first);
  }
};
struct DrawNormal {
  template <class T>
  void operator()(std::span<T> out, PhiloxKey key, DrawPosition at, std::int64_t first) const {
    fill_normal(out, key, at, first);
  }
};

// A new axis over time: t or outer becomes a vector along it. Draws of several keys or steps at once are not one draw.
Values random_batching(const Batching& b) {
  if (b.batched(0) || b.batched(1)) return {};
  Attributes attributes = b.node().attributes;
  Dims shape{b.size()};
  shape.insert(shape.end(), b.slice_result().shape.begin(), b.slice_result().shape.end());
  Integers time_axes;
  for (std::size_t which = 0; 2 + which < b.num_inputs(); ++which) {
    std::int64_t axis = time_axis(attributes, which);
    if (b.batched(2 + which) && axis >= 0) return {};
    time_axes.push_back(b.batched(2 + which) ? 0 : axis < 0 ? -1 : axis + 1);
  }
  std::int64_t row_axis = b.attribute<std::int64_t>("row_axis");
  attributes.set("shape", std::move(shape));
  attributes.set("row_axis", row_axis < 0 ? row_axis : row_axis + 1);
  attributes.set("time_axes", std::move(time_axes));
  return {apply(b.op(), b.inputs(), std::move(attributes))};
}

constexpr std::string_view position_doc =
    "A function of key, step, stream and position only. The counter of Philox4x32-10 (Salmon et al., SC 2011) is "
    "{index / 4, row, t, outer}, the lane index % 4: row is the index along row_axis, t and outer the numbers of the "
    "steps of the loops around the draw, index the position among the remaining axes. Draws with equal key, step and "
    "stream are equal. No gradient flows into it.";

constexpr ConstList<AttributeDef, 16> draw_attributes = {
    {"shape", AttributeKind::dims, "required", "sizes of the result"},
    {"dtype", AttributeKind::dtype, "float32", "float32 or float64"},
    {"stream", AttributeKind::integer, "required", "tells this draw from others of the same key and step"},
    {"row_axis", AttributeKind::integer, "-1", "the axis of the caller's rows; -1: none"},
    {"time_axes", AttributeKind::integers, "[]", "the axes along which t and outer run; -1: it is a scalar"}};

constexpr OpDef random_uniform_op{
    .name = "random_uniform",
    .summary = "random numbers, uniform in [0, 1)",
    .doc = position_doc,
    .inputs = {"key", "step", "t?", "outer?"},
    .attributes = draw_attributes,
    .shape = random_shape,
    .kernel = random_kernel<DrawUniform>,
    .gradient = no_gradient,
    .batching = random_batching,
};

constexpr OpDef random_normal_op{
    .name = "random_normal",
    .summary = "random numbers of the standard normal distribution",
    .doc = position_doc,
    .inputs = {"key", "step", "t?", "outer?"},
    .attributes = draw_attributes,
    .shape = random_shape,
    .kernel = random_kernel<DrawNormal>,
    .gradient = no_gradient,
    .batching = random_batching,
};

constexpr const OpDef* ops[] = {&random_uniform_op, &random_normal_op};

// The number of the step that each loop around the draw is at: the innermost, then those around it as one number.
void add_loop_steps(Graph& graph, Values& inputs) {
  if (!graph.parent()) return;
  inputs.push_back(graph.step_index());
  Value outer;
  std::int64_t weight = 1;
  for (Graph* around = graph.parent(); around->parent(); around = around->parent(), weight <<= 16) {
    Value step = around->step_index();
    if (weight > 1) step = step * static_cast<double>(weight);
    outer = outer ? outer + step : step;
  }
  if (outer) inputs.push_back(outer);
}

Value draw(const OpDef& op, const Randomness& randomness, DType dtype, Dims shape, std::int64_t row_axis) {
  Values inputs{randomness.key, randomness.step};
  Graph& graph = open_graph(inputs);
  // The place of declaration: no other node of the module has it. 53 bits, so that every reader of JSON keeps them.
  std::uint64_t stream = name_hash(concat_text(graph.name(), "/", graph.scope(), op.name, ":", graph.nodes().size()));
  add_loop_steps(graph, inputs);
  return graph.apply(op, std::move(inputs),
                     {{"shape", std::move(shape)},
                      {"dtype", dtype},
                      {"stream", static_cast<std::int64_t>(stream >> 11)},
                      {"row_axis", row_axis}})[0];
}

}  // namespace

OpList random_ops() { return ops; }

Value random_uniform(const Randomness& randomness, DType dtype, Dims shape, std::int64_t row_axis) {
  return draw(random_uniform_op, randomness, dtype, std::move(shape), row_axis);
}

Value random_normal(const Randomness& randomness, DType dtype, Dims shape, std::int64_t row_axis) {
  return draw(random_normal_op, randomness, dtype, std::move(shape), row_axis);
}

Value random_bernoulli(const Randomness& randomness, DType dtype, Dims shape, double probability,
                       std::int64_t row_axis) {
  Sugar in("random_bernoulli", {"key", "step"}, {randomness.key, randomness.step});
  in->require(probability >= 0 && probability <= 1, "the probability is ", probability, " but must lie in [0, 1]");
  // Drawn as float32 whatever the result is, so that both float types draw the same.
  Value drawn = random_uniform(randomness, DType::float32, std::move(shape), row_axis);
  return cast(less(drawn, scalar_like(drawn, probability)), dtype);
}

Value dropout(Value x, double rate, const Randomness& randomness, std::int64_t row_axis) {
  Sugar in("dropout", {"x"}, {x});
  in->require_float(0);
  in->require(rate >= 0 && rate < 1, "the rate is ", rate, " but must lie in [0, 1)");
  auto rank = static_cast<std::int64_t>(x.rank());
  in->require(row_axis >= -1 && row_axis < std::max<std::int64_t>(rank, 1), "row_axis is ", row_axis,
              " but x has axes 0 to ", rank - 1, " (-1: no rows)");
  if (rate == 0) return x;
  // Drawn as float32 whatever x is, so that models of both float types drop the same elements.
  Value drawn = random_uniform(randomness, DType::float32, x.shape(), rank == 0 ? -1 : row_axis);
  return where(greater_equal(drawn, scalar_like(drawn, rate)), x * (1 / (1 - rate)), scalar_like(x, 0));
}

}  // namespace gradloom
