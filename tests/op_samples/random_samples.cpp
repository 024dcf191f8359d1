// Samples of random draws: the counter of every element, written out.
#include "graph/op_def.h"
#include "ops/ops.h"
#include "ops/registry.h"
#include "tensor/random.h"
#include "tests/op_samples/indexed.h"

namespace gradloom::op_samples {

namespace {

// The first word of an element's lane; `index` counts within the row.
std::uint32_t word_of(PhiloxKey key, std::int64_t index, std::int64_t row, std::int64_t t, std::int64_t outer) {
  PhiloxWords words = philox({static_cast<std::uint32_t>(index / 4), static_cast<std::uint32_t>(row),
                              static_cast<std::uint32_t>(t), static_cast<std::uint32_t>(outer)},
                             key);
  return words[static_cast<std::size_t>(index % 4)];
}

double uniform_of(std::uint32_t word) { return static_cast<double>(word >> 8) / (1 << 24); }
// The middle of the word's share of (0, 1), in the normal distribution.
double normal_of(std::uint32_t word) { return inverse_normal((static_cast<double>(word) + 0.5) / 4294967296.0); }

// A draw as a file holds it; x gives its shape.
Value draw(std::string_view op, Value x, Values times, DType dtype, std::int64_t row_axis, Axes time_axes) {
  Graph& graph = x.graph();
  times.insert(times.begin(), {graph.constant(DType::int64, 5), graph.constant(DType::int64, 3)});
  return apply(op_named(op), times,
               {{"shape", x.shape()},
                {"dtype", dtype},
                {"stream", std::int64_t{11}},
                {"row_axis", row_axis},
                {"time_axes", std::move(time_axes)}});
}

struct Draw {
  const char* name;
  Dims shape;
  std::int64_t row_axis;
  Axes time_axes;
  std::vector<Filled> times;
};

void add_draws(Table& table) {
  std::vector<std::int64_t> steps{7, 2, 9, 4, 100000};
  for (const Draw& d : {
           Draw{"without rows", {"m", "n"}, -1, {}, {}},
           Draw{"a scalar", {}, -1, {}, {}},
           Draw{"rows in front", {"m", "n", "k"}, 0, {}, {}},
           Draw{"rows in the middle", {"k", "m", "n"}, 1, {}, {}},
           Draw{"rows at the end", {"n", "m"}, 1, {}, {}},
           Draw{"in a loop", {"m", "n"}, 0, {}, {indices(steps, {})}},
           Draw{"in a loop in a loop", {"m", "n"}, 0, {}, {indices(steps, {}), indices({3}, {})}},
           Draw{"over time", {"l", "m", "n"}, 1, {0}, {indices(steps, {"l"})}},
           Draw{"time behind the rows", {"m", "l", "n"}, 0, {1}, {indices(steps, {"l"})}},
           Draw{"time and the time around it",
                {"l", "k", "m", "n"},
                2,
                {1, 0},
                {indices(steps, {"k"}), indices({6, 1}, {"l"})}},
           Draw{"a column of rows", {"m", 1}, 0, {}, {}},
           Draw{"only the time around it", {"l", "n"}, -1, {-1, 0}, {indices({8}, {}), indices(steps, {"l"})}},
       })
    for (const char* op : {"random_uniform", "random_normal"}) {
      bool is_uniform = std::string_view(op) == "random_uniform";
      std::vector<Filled> inputs{normal(d.shape)};
      inputs.insert(inputs.end(), d.times.begin(), d.times.end());
      table.add({.op = op,
                 .name = d.name,
                 .inputs = std::move(inputs),
                 .build = [=](const Values& v) -> Values {
                   return {draw(op, v[0], {v.begin() + 1, v.end()}, DType::float32, d.row_axis, d.time_axes)};
                 },
                 .reference = [=](const Arrays& x) -> Arrays {
                   PhiloxKey key = derive_key(5, 3, 11);
                   return {array_of(x[0].shape, [&](const Shape& at_index) {
                     std::int64_t index = 0, row = 0, time[2] = {};
                     std::int64_t axes[2] = {d.time_axes.empty() ? -1 : d.time_axes[0],
                                             d.time_axes.size() < 2 ? -1 : d.time_axes[1]};
                     for (std::size_t i = 0; i < at_index.size(); ++i) {
                       auto axis = static_cast<std::int64_t>(i);
                       if (axis == d.row_axis)
                         row = at_index[i];
                       else if (axis != axes[0] && axis != axes[1])
                         index = index * x[0].shape[i] + at_index[i];
                     }
                     for (std::size_t which = 0; which + 1 < x.size(); ++which)
                       time[which] = static_cast<std::int64_t>(
                           axes[which] < 0 ? x[which + 1].values[0]
                                           : x[which + 1].values[static_cast<std::size_t>(
                                                 at_index[static_cast<std::size_t>(axes[which])])]);
                     std::uint32_t word = word_of(key, index, row, time[0], time[1]);
                     return is_uniform ? uniform_of(word) : normal_of(word);
                   })};
                 },
                 // Steps are int64, as indices are beside float64.
                 .dtypes = {DType::float64},
                 .not_batched = d.time_axes.empty() ? "" : "steps that are a vector have no second axis"});
    }
  table.add({.op = "random_uniform",
             .name = "float64 agrees with float32 to 2^-24",
             .inputs = {normal({"m", "n"})},
             .build = [](const Values& v) -> Values {
               return {floor(draw("random_uniform", v[0], {}, DType::float64, 0, {}) * 16777216.0)};
             },
             .reference = [](const Arrays& x) -> Arrays {
               PhiloxKey key = derive_key(5, 3, 11);
               return {array_of(x[0].shape, [&](const Shape& i) { return word_of(key, i[1], i[0], 0, 0) >> 8; })};
             },
             .dtypes = {DType::float64}});
}

void add_errors(Table& table) {
  for (std::string op : {"random_uniform", "random_normal"}) {
    auto add = [&](Randomness (*from)(Graph&), DType dtype, Dims shape, std::int64_t row_axis, std::string message) {
      bool is_uniform = op == "random_uniform";
      table.add_error({op,
                       [=](Graph& g) -> Values {
                         return {(is_uniform ? random_uniform : random_normal)(from(g), dtype, shape, row_axis)};
                       },
                       op + std::move(message)});
    };
    auto good = [](Graph& g) { return Randomness{g.constant(DType::int64, 1), g.constant(DType::int64, 2)}; };
    auto short_key = [](Graph& g) { return Randomness{g.constant(DType::int32, 1), g.constant(DType::int64, 2)}; };
    auto long_step = [](Graph& g) {
      return Randomness{g.constant(DType::int64, 1), g.input("step", DType::int64, {2})};
    };
    add(short_key, DType::float32, {2}, -1,
        "(key: int32 [], step: int64 []): key is int32 [] but an int64 scalar is needed");
    add(long_step, DType::float32, {2}, -1, "(key: [], step: [2]): step is int64 [2] but an int64 scalar is needed");
    add(good, DType::int32, {2}, -1, "(key: [], step: []): dtype is int32 but float32 or float64 is needed");
    add(good, DType::float32, {2}, 1, "(key: [], step: []): row_axis is 1 but [2] has axes 0 to 0 (-1: no rows)");
    add(good, DType::float32, {2}, -2, "(key: [], step: []): row_axis is -2 but [2] has axes 0 to 0 (-1: no rows)");
    add(good, DType::float32, {-2}, -1, "(key: [], step: []): size -2 of [-2] is below 0");
    // What only a file can ask for.
    auto from_file = [&](std::vector<Dims> times, Axes time_axes, std::string message) {
      table.add_error({op,
                       [=](Graph& g) -> Values {
                         Values inputs;
                         for (const Dims& shape : times)
                           inputs.push_back(g.input(concat_text("t", inputs.size()), DType::int64, shape));
                         return {draw(op, g.input("x", DType::float32, {2, 3}), inputs, DType::float32, 0, time_axes)};
                       },
                       op + std::move(message)});
    };
    from_file({}, {1},
              "(key: [], step: []): time_axes names axis 1 of [2, 3], but the input that runs along it is not "
              "given");
    from_file({{}}, {2}, "(key: [], step: [], t: []): time_axes names axis 2 of [2, 3]");
    from_file({{3}}, {0}, "(key: [], step: [], t: [3]): time_axes names axis 0 of [2, 3], which row_axis names too");
    from_file({{}}, {1}, "(key: [], step: [], t: []): t is int64 [] but int64 [3] is needed");
    from_file({{3}}, {}, "(key: [], step: [], t: [3]): t is int64 [3] but an int64 scalar is needed");
    from_file({{}, {}}, {-1, -1, 1},
              "(key: [], step: [], t: [], outer: []): time_axes [-1, -1, 1] has more than an axis for t and one for "
              "outer");
  }
  table.add_error({"cast",
                   [](Graph& g) -> Values {
                     Randomness from{g.constant(DType::int64, 1), g.constant(DType::int64, 2)};
                     return {random_bernoulli(from, DType::float32, {2}, 1.5)};
                   },
                   "random_bernoulli(key: [], step: []): the probability is 1.5 but must lie in [0, 1]"});
  auto dropping = [&](DType dtype, Dims shape, double rate, std::int64_t row_axis, std::string message) {
    table.add_error({"random_uniform",
                     [=](Graph& g) -> Values {
                       Randomness from{g.constant(DType::int64, 1), g.constant(DType::int64, 2)};
                       return {dropout(g.input("x", dtype, shape), rate, from, row_axis)};
                     },
                     std::move(message)});
  };
  dropping(DType::int32, {2}, 0.5, 0, "dropout(x: [2]): x is int32 but float32 or float64 is needed");
  dropping(DType::float32, {2, 3}, 1, 0, "dropout(x: [2, 3]): the rate is 1 but must lie in [0, 1)");
  dropping(DType::float32, {2, 3}, 0.5, 2, "dropout(x: [2, 3]): row_axis is 2 but x has axes 0 to 1 (-1: no rows)");
}

}  // namespace

void add_random_samples(Table& table) {
  add_draws(table);
  add_errors(table);
}

}  // namespace gradloom::op_samples
