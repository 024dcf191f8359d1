// Draws in loops: equal wherever and however they are computed. Their numbers are in the table of samples.
#include "tensor/random.h"

#include <doctest/doctest.h>

#include <cstring>
#include <set>

#include "autodiff/batching.h"
#include "autodiff/gradients.h"
#include "base/error.h"
#include "graph/op_def.h"
#include "runtime/session.h"
#include "tests/ops/probe.h"

using namespace gradloom;

namespace {

// A probe with the two inputs that every draw has.
struct Draws {
  Probe probe;
  Randomness randomness{probe.input(Tensor::scalar<std::int64_t>(5)), probe.input(Tensor::scalar<std::int64_t>(3))};
};

std::vector<float> uniform_row(PhiloxKey key, DrawPosition at, std::size_t count, std::int64_t first = 0) {
  std::vector<float> row(count);
  fill_uniform<float>(row, key, at, first);
  return row;
}

}  // namespace

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
  // The slope of each element is what it was multiplied with.
  Value kept = dropout(x, 0.25, d.randomness);
  Tensor slope = d.probe.run(gradients(sum(kept), {x})[0]), result = d.probe.run(kept);
  for (std::size_t i = 0; i < 2000; ++i) CHECK(slope.values<double>()[i] * 3 == result.values<double>()[i]);
  Value scalar = d.probe.input(Tensor::scalar(2.0));
  CHECK(dropout(scalar, 0.5, d.randomness).rank() == 0);
}

TEST_CASE("ops/random: random_bernoulli gives ones with the probability, and nothing else") {
  Draws d;
  for (DType dtype : {DType::float32, DType::float64, DType::int64, DType::boolean}) {
    Tensor drawn = d.probe.run(sum(cast(random_bernoulli(d.randomness, dtype, {100, 40}, 0.3), DType::float64)));
    CHECK(drawn.item() > 1080);
    CHECK(drawn.item() < 1320);
    CHECK(d.probe.run(all(logical_not(cast(random_bernoulli(d.randomness, dtype, {50}, 0), DType::boolean)))).item() ==
          1);
    CHECK(d.probe.run(all(cast(random_bernoulli(d.randomness, dtype, {50}, 1), DType::boolean))).item() == 1);
  }
}

TEST_CASE("ops/random: a loop's gradient knows what each step dropped") {
  for (bool reverse : {false, true})
    for (bool with_lengths : {false, true}) {
      CAPTURE(reverse);
      CAPTURE(with_lengths);
      Draws d;
      Value x = d.probe.input(Tensor::from<double>({4, 2, 8}, std::vector<double>(64, 3.0)));
      Value start = d.probe.input(Tensor(DType::float64, {2, 8}));
      auto step = [&](const Values& carry, const Values& slice) {
        Value kept = dropout(slice[0], 0.5, d.randomness);
        return Step{{carry[0] + kept}, {kept}};
      };
      ScanOptions options{.reverse = reverse};
      if (with_lengths) options.lengths = d.probe.input(Tensor::from<std::int32_t>({2}, {4, 2}));
      ScanResult loop = scan({start}, {x}, step, options);
      // d sum(carry) / d x is the factor of each element, and so is what was kept, over 3.
      Tensor slope = d.probe.run(gradients(sum(loop.carries[0]), {x})[0]), kept = d.probe.run(loop.outputs[0]);
      std::set<double> factors;
      for (std::size_t i = 0; i < 64; ++i) {
        CHECK(slope.values<double>()[i] * 3 == kept.values<double>()[i]);
        factors.insert(slope.values<double>()[i]);
      }
      CHECK(factors == std::set<double>{0, 2});
    }
}

TEST_CASE("ops/random: sessions draw the same numbers, whatever leaves the loop") {
  Module module;
  Graph& graph = module.add_function("f");
  Randomness randomness{graph.input("key", DType::int64, {}), graph.input("step", DType::int64, {})};
  Value x = graph.input("x", DType::float32, {"time", "batch", 5});
  auto inner_step = [&](const Values& carry, const Values& slice) {
    Value noise = random_normal(randomness, DType::float32, {"batch", 5}, 0);
    return Step{{carry[0] + slice[0] * noise}, {noise}};
  };
  auto step = [&](const Values& carry, const Values& slice) {
    Value kept = dropout(slice[0], 0.3, randomness);
    Value drawn = random_uniform(randomness, DType::float32, {"batch", 5}, 0);
    ScanResult inner = scan({drawn}, {stack({kept, drawn}, 0)}, inner_step);
    return Step{{tanh(carry[0] + kept)}, {kept, drawn, inner.outputs[0], inner.carries[0]}};
  };
  ScanResult loop = scan({squeeze(slice(x, 0, 0, 1), {0})}, {x}, step);
  for (std::size_t i = 0; i < loop.outputs.size(); ++i) graph.output(concat_text("y", i), loop.outputs[i]);
  Tensor values(DType::float32, {3, 2, 5});
  for (float& value : values.mutable_values<float>()) value = 1;
  TensorMap inputs{{"key", Tensor::scalar<std::int64_t>(5)}, {"step", Tensor::scalar<std::int64_t>(3)}, {"x", values}};
  TensorMap expected = interpret(graph, inputs).outputs;
  for (bool optimize : {false, true}) {
    CAPTURE(optimize);
    Session session(module, {.compile = {.optimize = optimize}});
    TensorMap got = session.run("f", inputs);
    for (const char* name : {"y0", "y1", "y2"}) CHECK(got.at(name).identical(expected.at(name)));
  }
}
