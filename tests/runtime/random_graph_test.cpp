// Random functions in float64, 200 of them, 2,000 in the long run: what the compiler makes of one computes the same, a
// file holds it to the bit, and its gradients are what differences give.
#include "tests/runtime/random_graph.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>

#include "runtime/session.h"
#include "serialization/module_json.h"

using namespace gradloom;
using testing::RandomGraph;

namespace {

// One of four equal parts of the seeds, so that the parts may run beside each other.
template <class Check>
void each_graph(std::uint64_t part, const Check& check) {
  std::uint64_t count = std::getenv("GRADLOOM_LONG") ? 2000 : 200;
  for (std::uint64_t seed = 1000 + part; seed < 1000 + count; seed += 4) {
    CAPTURE(seed);
    bool with_gradients = seed % 3 != 0;
    int nodes = 5 + static_cast<int>(seed * 7 % 23) + (seed % 50 == 0 ? 33 : 0);
    check(testing::random_graph(seed, {.with_gradients = with_gradients, .dtype = DType::float64, .nodes = nodes}));
  }
}

double inner_product(const TensorMap& directions, const TensorMap& outputs) {
  double total = 0;
  for (const auto& [name, direction] : directions) {
    auto d = direction.values<double>(), g = outputs.at(name + "_gradient").values<double>();
    for (std::size_t i = 0; i < d.size(); ++i) total += d[i] * g[i];
  }
  return total;
}

void check_optimised(const RandomGraph& made) {
  Session session(*made.module);
  for (int round = 0; round < 3; ++round) {
    CAPTURE(round);
    for (const auto& [name, value] : made.variables) session.set_variable(name, value);
    InterpreterResult wanted = interpret(made.module->function("f"), made.inputs(round), made.variables);
    TensorMap variables = made.variables;
    for (const auto& [name, value] : wanted.updates) variables[name] = value;
    CHECK(testing::difference(session.run("f", made.inputs(round)), wanted.outputs, 1e-12) == "");
    CHECK(testing::difference(session.variables(), variables, 1e-12) == "");
  }
}

void check_file(const RandomGraph& made) {
  ModuleJson file = write_module_json(*made.module);
  auto loaded = read_module_json(file.text, "random.json", file.constants);
  CHECK(write_module_json(*loaded).text == file.text);
  TensorMap inputs = made.inputs(1);
  InterpreterResult wanted = interpret(made.module->function("f"), inputs, made.variables);
  InterpreterResult got = interpret(loaded->function("f"), inputs, made.variables);
  CHECK(testing::difference(got.outputs, wanted.outputs) == "");
  CHECK(testing::difference(got.updates, wanted.updates) == "");
}

// Along one random direction through weight, bias and y, by differences extrapolated once.
void check_gradients(const RandomGraph& made) {
  const Graph& f = made.module->function("f");
  TensorMap inputs = made.inputs(2);
  TensorMap directions{{"weight", testing::random_tensor(DType::float64, {3, 3}, made.seed + 10)},
                       {"bias", testing::random_tensor(DType::float64, {3}, made.seed + 11)},
                       {"y", testing::random_tensor(DType::float64, inputs.at("y").shape(), made.seed + 12)}};
  auto loss_at = [&](double step) {
    TensorMap moved = inputs, variables = made.variables;
    for (const auto& [name, direction] : directions) {
      Tensor& tensor = name == "y" ? moved.at(name) : variables.at(name);
      auto x = tensor.mutable_values<double>();
      auto d = direction.values<double>();
      for (std::size_t i = 0; i < d.size(); ++i) x[i] += step * d[i];
    }
    return interpret(f, moved, variables).outputs.at("loss").item();
  };
  auto central = [&](double h) { return (loss_at(h) - loss_at(-h)) / (2 * h); };
  double numeric = (4 * central(5e-4) - central(1e-3)) / 3;
  double analytic = inner_product(directions, interpret(f, inputs, made.variables).outputs);
  CHECK(std::abs(analytic - numeric) <= 1e-6 * std::max(1.0, std::abs(numeric)));
}

void check_all(const RandomGraph& made) {
  check_optimised(made);
  check_file(made);
  const Graph& f = made.module->function("f");
  bool has_loss = std::any_of(f.outputs().begin(), f.outputs().end(),
                              [](const NamedValue& output) { return output.name == "loss"; });
  if (has_loss) check_gradients(made);
}

}  // namespace

TEST_CASE("runtime/random_graph: optimised is plain, files are exact, gradients hold (1 of 4)") {
  each_graph(0, check_all);
}
TEST_CASE("runtime/random_graph: optimised is plain, files are exact, gradients hold (2 of 4)") {
  each_graph(1, check_all);
}
TEST_CASE("runtime/random_graph: optimised is plain, files are exact, gradients hold (3 of 4)") {
  each_graph(2, check_all);
}
TEST_CASE("runtime/random_graph: optimised is plain, files are exact, gradients hold (4 of 4)") {
  each_graph(3, check_all);
}
