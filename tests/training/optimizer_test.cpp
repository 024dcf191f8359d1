// What an update does, number by number in plain loops, and that parts of a batch add up to the batch.
#include "training/optimizer.h"

#include <doctest/doctest.h>

#include <cmath>

#include "base/error.h"
#include "ops/ops.h"
#include "runtime/session.h"

using namespace gradloom;

namespace {

// loss = sum(matrix * x) + sum(vector * x[0]) summed over rows: gradients are sums of the inputs.
struct Fixture {
  Module module;
  std::unique_ptr<Session> session;

  Fixture() {
    module.add_variable({"matrix", DType::float64, {1, 2}, Role::parameter, constant_fill(2)});
    module.add_variable({"vector", DType::float64, {2}, Role::parameter, constant_fill(-3)});
  }
  static Value loss(Graph& graph, Value x) {
    return sum(x * graph.variable("matrix")) + sum(x * graph.variable("vector"));
  }

  static Graph& declare(Module& module, const Optimizer& optimizer, double clip = 0) {
    Graph& step = module.add_function("train_step");
    Value x = step.input("x", DType::float64, {"rows", 2});
    Value rate = step.input("learning_rate", DType::float64, {});
    step.output("norm", minimize(step, loss(step, x), rate, optimizer, clip));
    return step;
  }

  // One row of input a call.
  double step(const char* function, std::vector<double> x, double rate = 0.1) {
    if (!session) {
      session = std::make_unique<Session>(module);
      session->initialize(1);
    }
    TensorMap inputs{{"x", Tensor::from(Shape{static_cast<std::int64_t>(x.size()) / 2, 2}, x)}};
    if (std::string_view(function) == "train_step") inputs["learning_rate"] = Tensor::scalar(rate);
    TensorMap outputs = session->run(function, inputs);
    return outputs.contains("norm") ? outputs.at("norm").item() : 0;
  }
  double value(const char* name, std::size_t i = 0) const { return session->variable(name).values<double>()[i]; }
};

}  // namespace

TEST_CASE("training/optimizer: gradient descent with momentum") {
  Fixture plain;
  Fixture::declare(plain.module, GradientDescent{});
  CHECK(plain.step("train_step", {1, 5}) == doctest::Approx(std::sqrt(2 * 26.0)));
  CHECK(plain.value("matrix", 1) == doctest::Approx(2 - 0.5));
  CHECK(plain.module.find_variable("momentum/matrix") == nullptr);

  Fixture fixture;
  Fixture::declare(fixture.module, GradientDescent{0.9});
  double v = 0, p = 2;
  for (double gradient : {1.0, -2.0, 0.5}) {
    fixture.step("train_step", {gradient, 0});
    v = 0.9 * v + gradient;
    p -= 0.1 * v;
    CHECK(fixture.value("matrix") == doctest::Approx(p).epsilon(1e-14));
  }
  CHECK(fixture.module.variable("momentum/matrix").role == Role::slot);
}

TEST_CASE("training/optimizer: the decay of AdamW shrinks matrices by the learning rate's share and leaves vectors") {
  Fixture decayed, plain;
  Fixture::declare(decayed.module, Adam{.weight_decay = 0.25});
  Fixture::declare(plain.module, Adam{});
  double m = 0, v = 0, p = 2;
  for (int t = 1; t <= 4; ++t) {
    double g = 0.3 * t;
    decayed.step("train_step", {g, 1});
    plain.step("train_step", {g, 1});
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    double root = std::sqrt(v / (1 - std::pow(0.999, t)));
    p = p * (1 - 0.1 * 0.25) - 0.1 * m / (1 - std::pow(0.9, t)) / (root + 1e-8);
    CHECK(decayed.value("matrix") == doctest::Approx(p).epsilon(1e-12));
    CHECK(decayed.value("vector") == plain.value("vector"));
  }
}

TEST_CASE("training/optimizer: parts of a batch add up to the batch") {
  auto declare_parts = [](Module& module, bool is_whole) {
    auto tokens = [](Value x) { return 3 * dim(x.graph(), x.dim(0)); };
    if (!is_whole) {
      Graph& part = module.add_function("accumulate_step");
      Value x = part.input("x", DType::float64, {"rows", 2});
      accumulate(part, Fixture::loss(part, x), tokens(x));
    }
    Graph& step = module.add_function("train_step");
    Value x = step.input("x", DType::float64, {"rows", 2});
    Value rate = step.input("learning_rate", DType::float64, {});
    Value loss = Fixture::loss(step, x);
    step.output("norm", is_whole ? minimize(step, loss / cast(tokens(x), DType::float64), rate, Adam{}, 0.5)
                                 : minimize_accumulated(step, loss, tokens(x), rate, Adam{}, 0.5));
  };
  Fixture whole, parts;
  declare_parts(whole.module, true);
  declare_parts(parts.module, false);
  for (double factor : {1.0, -7.0, 0.25}) {
    double norm = whole.step("train_step", {factor, 2, 3, 4, 5, factor, 1, 1});
    double before = parts.session ? parts.value("matrix") : 2;
    parts.step("accumulate_step", {factor, 2});
    parts.step("accumulate_step", {3, 4, 5, factor});
    CHECK(parts.value("matrix") == before);
    CHECK(parts.session->variable("accumulated_tokens").item() == 9);
    CHECK(parts.step("train_step", {1, 1}) == doctest::Approx(norm).epsilon(1e-13));
    for (const char* name : {"matrix", "vector"})
      for (std::size_t i : {0, 1}) CHECK(parts.value(name, i) == doctest::Approx(whole.value(name, i)).epsilon(1e-13));
    CHECK(parts.value("accumulated/matrix") == 0);
    CHECK(parts.session->variable("accumulated_tokens").item() == 0);
  }
}

TEST_CASE("training/optimizer: averages follow the parameters") {
  Fixture fixture;
  Graph& step = Fixture::declare(fixture.module, GradientDescent{});
  average_parameters(step, 0.25);
  double average = 0;
  for (int t = 1; t <= 6; ++t) {
    fixture.step("train_step", {0.7 * t, 1});
    average += (1 - std::min(0.25, (t - 1.0) / (t + 9.0))) * (fixture.value("matrix") - average);
    CHECK(fixture.value("average/matrix") == doctest::Approx(average).epsilon(1e-14));
    if (t == 1) CHECK(fixture.value("average/matrix") == fixture.value("matrix"));
  }
  CHECK(fixture.module.variable("average/vector").role == Role::slot);

  auto refusal = [](auto&& f) {
    try {
      f();
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refusal([&] { average_parameters(step, 1); }) ==
        "average_parameters: the decay is 1 but at least 0 and below 1 is needed");
  Graph& other = fixture.module.add_function("other");
  CHECK(refusal([&] { average_parameters(other, 0.5); }) == "average_parameters: other does not count updates in step");
  CHECK(refusal([&] {
          minimize(other, other.constant(DType::float32, 1), other.constant(DType::float32, 1), Adam{}, 0);
        }) == "minimize: other reads no parameter");
}
