// Pairs of nodes that read the same are one: a loss and its gradient, the gradients of a weight and of its bias.
// Counted, without a clock; and the numbers are those of both.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "autodiff/gradients.h"
#include "ops/ops.h"
#include "runtime/loss_ops.h"
#include "runtime/product_ops.h"
#include "runtime/session.h"
#include "tests/runtime/random_graph.h"
#include "training/reference_workload.h"

using namespace gradloom;
using testing::random_tensor;

namespace {

struct LossNodes {
  int joined = 0, masked = 0, others = 0;
  friend bool operator==(const LossNodes&, const LossNodes&) = default;
};

LossNodes count_losses(const Graph& graph) {
  LossNodes count;
  for (const Node& node : graph.nodes()) {
    if (node.kind != NodeKind::operation) continue;
    if (node.op == &cross_entropy_with_gradient_op)
      ++count.joined;
    else if (node.op == &active_cross_entropy_op)
      ++count.masked;
    else if (node.op->name.starts_with("cross_entropy"))
      ++count.others;
  }
  return count;
}

// The loss weighted by `weighted`, and the gradient of the logits.
void declare(Module& module, DType dtype, double smoothing, std::optional<std::int64_t> ignored, bool squared) {
  Graph& f = module.add_function("f");
  Value x = f.input("x", dtype, {"rows", "classes"}), targets = f.input("targets", DType::int32, {"rows"});
  Value weights = f.input("weights", dtype, {"rows"});
  Value losses = cross_entropy(x * 2.0, targets, smoothing, ignored);
  f.output("losses", losses);
  f.output("gradient", gradients(sum((squared ? losses * losses : losses) * weights), {x})[0]);
}

TensorMap inputs_of(DType dtype, std::int64_t classes) {
  TensorMap inputs{{"x", random_tensor(dtype, {6, classes}, 1)},
                   {"targets", Tensor::from<std::int32_t>({6}, {0, 1, -1, 0, 1, 0})},
                   {"weights", random_tensor(dtype, {6}, 2)}};
  visit_float(dtype, [&]<class T>() { inputs.at("weights").mutable_values<T>()[3] = 0; });
  return inputs;
}

}  // namespace

TEST_CASE("runtime/pairs: the training step of a translator reads its logits once, without padding") {
  Module module;
  declare_workload(module, Workload(), 1.0);
  CHECK(count_losses(Executable::compile(module, "train_step")->graph()) == LossNodes{1, 0, 0});
  CHECK(count_losses(Executable::compile(module, "loss")->graph()) == LossNodes{0, 1, 0});
}

TEST_CASE("runtime/pairs: losses and gradients are those of the two operations") {
  for (DType dtype : {DType::float32, DType::float64})
    for (double smoothing : {0.0, 0.2})
      for (std::optional<std::int64_t> ignored : {std::optional<std::int64_t>(), std::optional<std::int64_t>(1)})
        for (std::int64_t classes : {2, 3, 1100}) {
          Module module;
          declare(module, dtype, smoothing, ignored, false);
          TensorMap inputs = inputs_of(dtype, classes);
          CHECK(count_losses(Executable::compile(module, "f")->graph()) == LossNodes{1, 0, 0});
          TensorMap expected = interpret(module.function("f"), inputs).outputs;
          for (int threads : {1, 3}) {
            Session session(module, {.threads = threads});
            CHECK(testing::difference(session.run("f", inputs), expected, dtype == DType::float32 ? 2e-6 : 1e-14) ==
                  "");
          }
        }
}

TEST_CASE("runtime/pairs: a gradient that depends on the loss comes after it") {
  Module module;
  declare(module, DType::float64, 0, {}, true);
  CHECK(count_losses(Executable::compile(module, "f")->graph()) == LossNodes{0, 0, 2});
  TensorMap inputs = inputs_of(DType::float64, 30);
  CHECK(testing::difference(Session(module).run("f", inputs), interpret(module.function("f"), inputs).outputs, 1e-13) ==
        "");
}

TEST_CASE("runtime/pairs: rows of logits that are not finite are what the two operations make of them") {
  constexpr float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  Module module;
  declare(module, DType::float32, 0, {}, false);
  TensorMap inputs = inputs_of(DType::float32, 3);
  auto x = inputs.at("x").mutable_values<float>();
  x[0] = infinity;
  x[4] = nan;
  x[6] = -infinity;
  for (std::size_t i = 12; i < 15; ++i) x[i] = -infinity;
  TensorMap expected = interpret(module.function("f"), inputs).outputs, got = Session(module).run("f", inputs);
  for (const auto& [name, tensor] : expected)
    for (std::size_t i = 0; i < static_cast<std::size_t>(tensor.size()); ++i) {
      float wanted = tensor.values<float>()[i], is = got.at(name).values<float>()[i];
      CAPTURE(name);
      CAPTURE(i);
      CHECK((std::isnan(wanted) ? std::isnan(is) : wanted == doctest::Approx(is)));
    }
}

TEST_CASE("runtime/pairs: gradients of biases come with those of weights") {
  Module workload;
  declare_workload(workload, Workload(), 1.0);
  int joined = 0;
  auto step = Executable::compile(workload, "train_step");
  for (const Node& node : step->graph().nodes()) {
    joined += node.op == &product_with_sums_op ? 1 : 0;
    // Nothing is left to sum over rows.
    bool sums = node.kind == NodeKind::operation && node.op->name == "sum" && node.inputs[0].rank() == 3;
    CHECK((!sums || node.attributes.get<std::vector<std::int64_t>>("axes") != std::vector<std::int64_t>{0, 1}));
  }
  // Both biases of both cells, and those of the combination and of the output.
  CHECK(joined == 6);

  for (DType dtype : {DType::float32, DType::float64})
    for (bool with_lengths : {false, true}) {
      Module module;
      Graph& f = module.add_function("f");
      Value x = f.input("x", dtype, {"time", "batch", 60}), w = f.input("w", dtype, {70, 60});
      Value b = f.input("b", dtype, {70}), v = f.input("v", dtype, {"time", "batch", 70});
      ScanOptions options;
      if (with_lengths) options.lengths = f.input("lengths", DType::int32, {"batch"});
      ScanResult result = scan(
          {fill(f, dtype, {"batch", 60}, 0)}, {x, v},
          [&](const Values& c, const Values& s) -> Step {
            return {{tanh(c[0] + s[0])}, {tanh(linear(c[0] * s[0], w) + b) * s[1]}};
          },
          options);
      Values found = gradients(sum(result.outputs[0]), {w, b});
      f.output("weight", found[0]);
      f.output("bias", found[1]);
      joined = 0;
      auto compiled = Executable::compile(module, "f");
      for (const Node& node : compiled->graph().nodes()) joined += node.op == &product_with_sums_op ? 1 : 0;
      CHECK(joined == 1);
      TensorMap inputs{{"x", random_tensor(dtype, {7, 9, 60}, 1)},
                       {"w", random_tensor(dtype, {70, 60}, 2)},
                       {"b", random_tensor(dtype, {70}, 3)},
                       {"v", random_tensor(dtype, {7, 9, 70}, 4)}};
      if (with_lengths) inputs["lengths"] = Tensor::from<std::int32_t>({9}, {3, 0, 7, 5, 1, 6, 2, 2, 4});
      TensorMap expected = interpret(module.function("f"), inputs).outputs, first;
      for (int threads : {1, 2, 3, 4}) {
        TensorMap got = Session(module, {.threads = threads}).run("f", inputs);
        CHECK(testing::difference(got, expected, dtype == DType::float32 ? 2e-5 : 1e-13) == "");
        if (threads == 1) first = got;
        CHECK(testing::difference(got, first) == "");
      }
    }
}
