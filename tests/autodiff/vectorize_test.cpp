// vectorize against a loop over the slices: axes, captured values, gradients of each example, loops, in each other.
#include "autodiff/vectorize.h"

#include <doctest/doctest.h>

#include "autodiff/gradients.h"
#include "base/error.h"
#include "ops/ops.h"
#include "runtime/session.h"
#include "tests/runtime/random_graph.h"

using namespace gradloom;
using testing::random_tensor;

namespace {

constexpr DType f64 = DType::float64;

}  // namespace

TEST_CASE("autodiff/vectorize: the gradient of each example by itself") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", f64, {"batch", 3}), y = f.input("y", DType::int32, {"batch"}), w = f.input("w", f64, {4, 3});
  auto loss = [](Value one, Value target, Value weight) { return cross_entropy(tanh(linear(one, weight)), target); };
  auto gradient = [&](const Values& v) { return gradients(loss(v[0], v[1], v[2]), {v[2]}); };
  f.output("each", vectorize(gradient, {0, 0, {}})({x, y, w})[0]);  // [batch, 4, 3]
  f.output("all", gradients(sum(loss(x, y, w)), {w})[0]);
  Module single;
  Graph& g = single.add_function("g");
  Value one = g.input("x", f64, {3}), target = g.input("y", DType::int32, {}), weight = g.input("w", f64, {4, 3});
  g.output("gradient", gradients(loss(one, target, weight), {weight})[0]);

  TensorMap inputs{{"x", random_tensor(f64, {5, 3}, 1)},
                   {"y", Tensor::from<std::int32_t>({5}, {0, 3, 1, 1, 2})},
                   {"w", random_tensor(f64, {4, 3}, 2)}};
  Session session(module);
  TensorMap results = session.run("f", inputs);
  CHECK(testing::difference(results, interpret(f, inputs).outputs, 1e-12) == "");
  std::vector<double> each = results.at("each").to_vector<double>(), total(12);
  CHECK(results.at("each").shape() == Shape{5, 4, 3});
  std::vector<double> rows = inputs.at("x").to_vector<double>();
  for (std::size_t i = 0; i < 5; ++i) {
    auto row = rows.begin() + static_cast<std::ptrdiff_t>(3 * i);
    TensorMap example{{"x", Tensor::from<double>({3}, std::vector<double>(row, row + 3))},
                      {"y", Tensor::scalar(inputs.at("y").values<std::int32_t>()[i])},
                      {"w", inputs.at("w")}};
    std::vector<double> expected = interpret(g, example).outputs.at("gradient").to_vector<double>();
    for (std::size_t k = 0; k < 12; ++k) {
      CHECK(each[12 * i + k] == doctest::Approx(expected[k]).epsilon(1e-12));
      total[k] += each[12 * i + k];
    }
  }
  for (std::size_t k = 0; k < 12; ++k)
    CHECK(total[k] == doctest::Approx(results.at("all").values<double>()[k]).epsilon(1e-12));
}

TEST_CASE("autodiff/vectorize: any axis, values of the graph around, results that no slice changes, in each other") {
  Module module;
  Graph& f = module.add_function("f");
  Value a = f.input("a", f64, {2, "n", 3}), b = f.input("b", f64, {"n", 2}), c = f.input("c", f64, {3});
  // a: slices [2, 3] along axis 1; b: slices [2] along axis -2
  Values got = vectorize([&](const Values& v) { return Values{matmul(v[1], v[0]) * c, c * 2.0}; }, {1, -2})({a, b});
  f.output("products", got[0]);
  f.output("same", got[1]);
  // Every row of b with every row of b.
  auto inner = [](const Values& v) { return Values{sum(v[0] * v[1])}; };
  auto by_right = [&](const Values& v) { return vectorize(inner, {{}, 0})(v); };
  f.output("pairs", vectorize(by_right, {0, {}})({b, b})[0]);
  f.output("expected_pairs", matmul(b, transpose(b)));
  f.output("expected_products", dot_general(b, a, {0}, {1}, {1}, {0}) * c);
  f.output("expected_same", broadcast_to(c * 2.0, {"n", 3}));
  TensorMap inputs{
      {"a", random_tensor(f64, {2, 4, 3}, 1)}, {"b", random_tensor(f64, {4, 2}, 2)}, {"c", random_tensor(f64, {3}, 3)}};
  TensorMap results = interpret(f, inputs).outputs;
  for (std::string name : {"products", "same", "pairs"})
    CHECK(testing::difference({{"y", results.at(name)}}, {{"y", results.at("expected_" + name)}}, 1e-14) == "");
}

TEST_CASE("autodiff/vectorize: a loop for one row becomes one loop for all, and its gradient too") {
  Module module;
  Graph& f = module.add_function("f");
  Value xs = f.input("xs", f64, {"time", "batch"}), w = f.input("w", f64, {});
  auto last = [](Value row, Value weight) {
    return scan({stop_gradient(weight) * 0.0}, {row},
                [&](const Values& c, const Values& s) -> Step {
                  return {{tanh(c[0] * weight + s[0])}, {}};
                })
        .carries[0];
  };
  auto both = [&](const Values& v) {
    Value y = last(v[0], v[1]);
    return Values{y, gradients(y, {v[1]})[0]};
  };
  Values got = vectorize(both, {1, {}})({xs, w});
  // The same, declared for all rows by hand.
  Value start = sum(xs * 0.0, {0});
  Value all = scan({start}, {xs}, [&](const Values& c, const Values& s) -> Step {
                return {{tanh(c[0] * w + s[0])}, {}};
              }).carries[0];
  f.output("y", got[0]);
  f.output("total", sum(got[1]));
  f.output("expected_y", all);
  f.output("expected_total", gradients(sum(all), {w})[0]);
  std::size_t loops = 0;
  for (const Node& node : f.nodes()) loops += node.op && node.op->name == "scan" ? 1 : 0;
  CHECK(loops == 6);  // forward, forward again and backward, vectorised and by hand
  TensorMap inputs{{"xs", random_tensor(f64, {4, 3}, 1)}, {"w", Tensor::scalar(0.7)}};
  Session session(module);
  for (const TensorMap& results : {interpret(f, inputs).outputs, session.run("f", inputs)})
    for (std::string name : {"y", "total"})
      CHECK(testing::difference({{"y", results.at(name)}}, {{"y", results.at("expected_" + name)}}, 1e-13) == "");
}

TEST_CASE("autodiff/vectorize: draws differ from slice to slice") {
  Module module;
  Graph& f = module.add_function("f");
  Value key = f.input("key", DType::int64, {}), x = f.input("x", DType::float32, {"batch"});
  auto draw = [&](const Values& v) { return Values{random_uniform({key, key}, DType::float32, {1000}) + v[0] * 0.0}; };
  f.output("y", vectorize(draw)({x})[0]);
  TensorMap inputs{{"key", Tensor::scalar<std::int64_t>(5)}, {"x", random_tensor(DType::float32, {2}, 1)}};
  std::vector<float> y = interpret(f, inputs).outputs.at("y").to_vector<float>();
  std::size_t equal = 0;
  for (std::size_t i = 0; i < 1000; ++i) equal += y[i] == y[1000 + i] ? 1 : 0;
  CHECK(equal < 5);
}

TEST_CASE("autodiff/vectorize: what cannot be is refused, with the operation's name") {
  Module module;
  Graph& f = module.add_function("f");
  Value a = f.input("a", f64, {"n", 3}), b = f.input("b", f64, {"m", 3});
  Value lengths = f.input("lengths", DType::int32, {"m"});
  auto same = [](const Values& v) { return v; };
  CHECK_THROWS_WITH_AS(vectorize(same)({a, b}), "vectorize: argument 1 has m slices but those before it have n",
                       UserError);
  CHECK_THROWS_WITH_AS(vectorize(same, {0})({a, b}), "vectorize: 1 axes are told for 2 arguments", UserError);
  CHECK_THROWS_WITH_AS(vectorize(same, {2})({a}), "vectorize: argument 0 is float64 [n, 3] and has no axis 2",
                       UserError);
  BatchAxes none{std::nullopt};
  CHECK_THROWS_WITH_AS(vectorize(same, none)({a}), "vectorize: no argument has an axis to take apart", UserError);
  CHECK_THROWS_WITH_AS(vectorize(same)({}), "vectorize: no argument has an axis to take apart", UserError);
  auto with_lengths = [&](const Values& v) {
    Value start = v[0] * b;  // [m, 3]
    return scan({start}, {},
                [](const Values& c, const Values&) -> Step {
                  return {c, {}};
                },
                {.lengths = lengths, .length = Dim(2)})
        .carries;
  };
  Scope scope(f, "model");
  CHECK_THROWS_WITH_AS(vectorize(with_lengths)({a}), "vectorize: scan has no batching rule for this use\n  in scan",
                       UserError);
}
