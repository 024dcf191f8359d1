// Draws are functions of key, step, stream and position: equal wherever and however they are computed.
#include "tensor/random.h"

#include <doctest/doctest.h>

#include <cstring>
#include <set>

#include "autodiff/batching.h"
#include "base/error.h"
#include "graph/op_def.h"
#include "tests/ops/probe.h"

using namespace gradloom;

namespace {

// A probe with the two inputs that every draw has.
struct Draws {
  Probe probe;
  Randomness randomness{probe.input(Tensor::scalar<std::int64_t>(5)), probe.input(Tensor::scalar<std::int64_t>(3))};
};

PhiloxKey key_of(Value draw) { return derive_key(5, 3, draw.node().attributes.get<std::int64_t>("stream")); }

std::vector<float> uniform_row(PhiloxKey key, DrawPosition at, std::size_t count, std::int64_t first = 0) {
  std::vector<float> row(count);
  fill_uniform<float>(row, key, at, first);
  return row;
}

}  // namespace

TEST_CASE("ops/random: rows of the batch are counters of their own") {
  Draws d;
  Value y = random_uniform(d.randomness, DType::float32, {3, 2, 5}, 0);
  std::vector<float> expected;
  for (std::uint32_t row = 0; row < 3; ++row)
    for (float value : uniform_row(key_of(y), {row, 0, 0}, 10)) expected.push_back(value);
  CHECK(d.probe.run(y).to_vector<float>() == expected);
  // The same numbers, where they stand, with the rows on another axis.
  Value turned = random_uniform(d.randomness, DType::float32, {2, 3, 5}, 1);
  Tensor other = d.probe.run(turned);
  for (std::uint32_t row = 0; row < 3; ++row) {
    std::vector<float> values = uniform_row(key_of(turned), {row, 0, 0}, 10);
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t j = 0; j < 5; ++j) CHECK(other.values<float>()[(i * 3 + row) * 5 + j] == values[i * 5 + j]);
  }
  Value last = random_uniform(d.randomness, DType::float32, {3, 4}, 1);
  Tensor columns = d.probe.run(last);
  for (std::uint32_t row = 0; row < 4; ++row)
    for (std::size_t i = 0; i < 3; ++i)
      CHECK(columns.values<float>()[i * 4 + row] == uniform_row(key_of(last), {row, 0, 0}, 3)[i]);
  Value whole = random_uniform(d.randomness, DType::float32, {3, 4});
  CHECK(d.probe.run(whole).to_vector<float>() == uniform_row(key_of(whole), {}, 12));
}

TEST_CASE("ops/random: normal, float64, scalars and nothing") {
  Draws d;
  Value y = random_normal(d.randomness, DType::float64, {2, 3}, 0);
  std::vector<double> row(3);
  fill_normal<double>(row, key_of(y), {1, 0, 0});
  std::vector<double> all = d.probe.run(y).to_vector<double>();
  CHECK(std::vector<double>(all.begin() + 3, all.end()) == row);
  Value one = random_uniform(d.randomness, DType::float32, {});
  CHECK(d.probe.run(one).to_vector<float>() == uniform_row(key_of(one), {}, 1));
  CHECK(d.probe.run(random_uniform(d.randomness, DType::float32, {0, 4}, 0)).size() == 0);
}

TEST_CASE("ops/random: every declaration has a stream of its own") {
  Module module;
  std::set<std::int64_t> streams;
  for (const char* name : {"f", "g"}) {
    Graph& graph = module.add_function(name);
    Randomness randomness{graph.constant(DType::int64, 1), graph.constant(DType::int64, 2)};
    auto keep = [&](Value y) { streams.insert(y.node().attributes.get<std::int64_t>("stream")); };
    Value first = random_uniform(randomness, DType::float32, {2});
    keep(first);
    graph.rename(first, "renamed");
    keep(random_uniform(randomness, DType::float32, {2}));
    keep(random_normal(randomness, DType::float32, {2}));
    Scope scope(graph, "layer");
    keep(random_uniform(randomness, DType::float32, {2}));
  }
  CHECK(streams.size() == 8);
  for (std::int64_t stream : streams) CHECK((stream >= 0 && stream < std::int64_t{1} << 53));
}

TEST_CASE("ops/random: a loop draws anew each step, and hoisting changes no bit") {
  Draws d;
  const Graph* body = nullptr;
  auto step = [&](const Values&, const Values&) {
    Value y = random_uniform(d.randomness, DType::float32, {2, 5}, 0);
    body = &y.graph();
    return Step{{}, {y}};
  };
  ScanResult loop = scan({}, {range(d.probe.graph(), 4)}, step);
  Tensor stepwise = d.probe.run(loop.outputs[0]);
  const Node* draw = nullptr;
  for (const Node& node : body->nodes())
    if (node.op) draw = &node;
  Value times = range(d.probe.graph(), 4);
  std::vector<bool> batched{false, false, true};
  Values hoisted = batch_node(d.probe.graph(), *draw, {d.randomness.key, d.randomness.step, times}, batched, 4);
  CHECK(hoisted[0].type().text() == "float32 [4, 2, 5]");
  CHECK(d.probe.run(hoisted[0]).identical(stepwise));
  std::set<float> values(stepwise.values<float>().begin(), stepwise.values<float>().end());
  CHECK(values.size() == 40);
  PhiloxKey key = derive_key(5, 3, draw->attributes.get<std::int64_t>("stream"));
  std::vector<float> row = uniform_row(key, {1, 2, 0}, 5);
  CHECK(std::memcmp(row.data(), stepwise.values<float>().data() + 25, sizeof(float) * 5) == 0);
  // Keys and steps have no rule: a draw of several keys is not one draw.
  Value keys = d.probe.input(counted<std::int64_t>({4}));
  CHECK(batch_node(d.probe.graph(), *draw, {keys, d.randomness.step, times}, {true, false, true}, 4).empty());
}

TEST_CASE("ops/random: loops within loops, hoisted out of either first") {
  Draws d;
  const Graph* body = nullptr;
  auto inner_step = [&](const Values&, const Values&) {
    Value y = random_normal(d.randomness, DType::float64, {3}, 0);
    body = &y.graph();
    return Step{{}, {y}};
  };
  auto outer_step = [&](const Values&, const Values& x) {
    return Step{{}, scan({}, {range(x[0].graph(), 2)}, inner_step).outputs};
  };
  ScanResult loop = scan({}, {range(d.probe.graph(), 4)}, outer_step);
  Tensor stepwise = d.probe.run(loop.outputs[0]);
  CHECK(stepwise.shape() == Shape{4, 2, 3});
  std::set<double> values(stepwise.values<double>().begin(), stepwise.values<double>().end());
  CHECK(values.size() == 24);
  const Node* draw = nullptr;
  for (const Node& node : body->nodes())
    if (node.op) draw = &node;
  CHECK(draw->inputs.size() == 4);
  Graph& graph = d.probe.graph();
  Value t = range(graph, 2), outer = range(graph, 4);
  Value zero = graph.constant(DType::int64, 0);
  // The inner loop first: [2, 3], then [4, 2, 3].
  Value inner =
      batch_node(graph, *draw, {d.randomness.key, d.randomness.step, t, zero}, {false, false, true, false}, 2)[0];
  Node inner_node = inner.node();
  Values both =
      batch_node(graph, inner_node, {d.randomness.key, d.randomness.step, t, outer}, {false, false, false, true}, 4);
  CHECK(d.probe.run(both[0]).identical(stepwise));
  // The outer loop first: [4, 3], then [2, 4, 3].
  Value around =
      batch_node(graph, *draw, {d.randomness.key, d.randomness.step, zero, outer}, {false, false, false, true}, 4)[0];
  Node around_node = around.node();
  both =
      batch_node(graph, around_node, {d.randomness.key, d.randomness.step, t, outer}, {false, false, true, false}, 2);
  CHECK(both[0].type().text() == "float64 [2, 4, 3]");
  CHECK(d.probe.run(transpose(both[0], {1, 0, 2})).identical(stepwise));
}

TEST_CASE("ops/random: dropout keeps, scales and passes the gradient of what it keeps") {
  Draws d;
  Value x = d.probe.input(Tensor::from<double>({50, 40}, std::vector<double>(2000, 3.0)));
  Tensor y = d.probe.run(dropout(x, 0.25, d.randomness));
  int dropped = 0;
  for (double value : y.values<double>()) {
    CHECK((value == 0 || value == 3 * (1 / 0.75)));
    dropped += value == 0;
  }
  CHECK(dropped > 400);
  CHECK(dropped < 600);
  CHECK(dropout(x, 0, d.randomness) == x);
  Tensor again = d.probe.run(dropout(x, 0.25, d.randomness));
  CHECK(!again.identical(y));
  Build build = [](const Values& v) {
    Randomness randomness{v[0].graph().constant(DType::int64, 1), v[0].graph().constant(DType::int64, 2)};
    return dropout(v[0], 0.5, randomness);
  };
  CHECK(gradient_faults(build, {mixed({4, 3}, 1)}) == "");
  Value scalar = d.probe.input(Tensor::scalar(2.0));
  CHECK(dropout(scalar, 0.5, d.randomness).rank() == 0);
}

TEST_CASE("ops/random: messages") {
  Module module;
  Graph& graph = module.add_function("f");
  Randomness good{graph.constant(DType::int64, 1), graph.constant(DType::int64, 2)};
  Randomness bad{graph.constant(DType::int32, 1), good.step};
  Value x = graph.input("x", DType::float32, {2, 3}), i = graph.input("i", DType::int32, {2});
  auto uniform = [&](const Randomness& r, DType dtype, Dims shape, std::int64_t row_axis = -1) {
    random_uniform(r, dtype, std::move(shape), row_axis);
  };
  CHECK_THROWS_WITH_AS(uniform(bad, DType::float32, {2}),
                       "random_uniform(key: int32 [], step: int64 []): key is int32 [] but an int64 scalar is needed",
                       UserError);
  CHECK_THROWS_WITH_AS(uniform(good, DType::int32, {2}),
                       "random_uniform(key: [], step: []): dtype is int32 but float32 or float64 is needed", UserError);
  CHECK_THROWS_WITH_AS(uniform(good, DType::float32, {2}, 1),
                       "random_uniform(key: [], step: []): row_axis is 1 but [2] has axes 0 to 0 (-1: no rows)",
                       UserError);
  CHECK_THROWS_WITH_AS(uniform(good, DType::float32, {-2}),
                       "random_uniform(key: [], step: []): size -2 of [-2] is below 0", UserError);
  CHECK_THROWS_WITH_AS(dropout(i, 0.5, good), "dropout(x: [2]): x is int32 but float32 or float64 is needed",
                       UserError);
  CHECK_THROWS_WITH_AS(dropout(x, 1, good), "dropout(x: [2, 3]): the rate is 1 but must lie in [0, 1)", UserError);
  CHECK_THROWS_WITH_AS(dropout(x, 0.5, good, 2), "dropout(x: [2, 3]): row_axis is 2 but x has 2 axes (-1: no rows)",
                       UserError);
  // What only a file can ask for.
  Value draw = random_uniform(good, DType::float32, {2, 3});
  auto with = [&](Values inputs, std::vector<std::int64_t> time_axes) {
    Attributes attributes = draw.node().attributes;
    attributes.set("time_axes", std::move(time_axes));
    inputs.insert(inputs.begin(), {good.key, good.step});
    apply(*draw.node().op, inputs, attributes);
  };
  CHECK_THROWS_WITH_AS(with({}, {0, 1, 2}),
                       "random_uniform(key: [], step: []): time_axes has more than an axis for t and one for outer",
                       UserError);
  CHECK_THROWS_WITH_AS(with({}, {0}),
                       "random_uniform(key: [], step: []): time_axes names axis 0 of [2, 3], but the input that runs "
                       "along it is not given",
                       UserError);
  CHECK_THROWS_WITH_AS(with({good.key}, {2}),
                       "random_uniform(key: [], step: [], t: []): time_axes names axis 2 of [2, 3]", UserError);
  CHECK_THROWS_WITH_AS(with({good.key}, {1}),
                       "random_uniform(key: [], step: [], t: []): t is int64 [] but int64 [3] is needed", UserError);
  CHECK_THROWS_WITH_AS(
      with({i}, {}),
      "random_uniform(key: int64 [], step: int64 [], t: int32 [2]): t is int32 [2] but an int64 scalar "
      "is needed",
      UserError);
}
