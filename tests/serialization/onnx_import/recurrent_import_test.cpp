// Imported RNN, GRU and LSTM where no golden value reaches: the batch in front, named sizes, gradients, refusals. And
// gradients of other operators that are imported as more than one operation.
#include <doctest/doctest.h>

#include <cmath>

#include "autodiff/gradients.h"
#include "ops/ops.h"
#include "runtime/session.h"
#include "tests/autodiff/finite_difference.h"
#include "tests/serialization/onnx_import/node_model.h"

using namespace gradloom;

namespace {

Tensor transposed(const Tensor& x, const std::vector<std::int64_t>& permutation) {
  Module module;
  Graph& graph = module.add_function("f");
  graph.output("y", transpose(graph.constant(x), permutation));
  return interpret(graph, {}).outputs.at("y");
}

double difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  double largest = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    auto at = static_cast<std::size_t>(i);
    largest = std::max(largest, std::abs(a.values<double>()[at] - b.values<double>()[at]));
  }
  return largest;
}

struct Recurrent {
  std::string op;
  std::int64_t gates;
  std::size_t states;
};

const Recurrent recurrents[] = {{"RNN", 1, 1}, {"GRU", 3, 1}, {"LSTM", 4, 2}};

// Both directions, with everything that may be left out: 5 steps, 3 rows, 2 columns in, 4 hidden.
NodeModel complete(const Recurrent& kind, bool batch_first = false, const std::vector<std::string>& sizes = {}) {
  auto arranged = [&](Tensor x) { return batch_first ? transposed(x, {1, 0, 2}) : x; };
  NodeModel model(kind.op, 14);
  model.integer("hidden_size", 4).text("direction", "bidirectional").outputs(1 + kind.states);
  if (batch_first) model.integer("layout", 1);
  if (kind.op == "GRU") model.integer("linear_before_reset", 1);
  model.input(arranged(random_tensor({5, 3, 2}, 1)), sizes);
  model.input(random_tensor({2, kind.gates * 4, 2}, 2)).input(random_tensor({2, kind.gates * 4, 4}, 3));
  model.input(random_tensor({2, kind.gates * 8}, 4));
  std::vector<std::string> batch = sizes.empty() ? sizes : std::vector<std::string>{"batch"};
  model.input(Tensor::from<std::int32_t>({3}, {5, 2, 4}), batch);
  std::vector<std::string> state_sizes = sizes.empty() ? sizes : std::vector<std::string>{"", "batch"};
  for (std::size_t i = 0; i < kind.states; ++i) model.input(arranged(random_tensor({2, 3, 4}, 5 + i)), state_sizes);
  if (kind.op == "LSTM") model.input(random_tensor({2, 12}, 7));
  return model;
}

// d sum(y0^2 * numbers) / d every float64 input, along one direction, and by differences.
GradientCheck check_imported_gradient(const NodeModel& model) {
  OnnxImport imported = model.import();
  Graph& main = imported.module->function("main");
  Value y = main.output_named("y0");
  Shape shape;
  for (const Dim& size : y.shape()) shape.push_back(size.constant());
  Value loss = sum(square(y) * main.constant(random_tensor(shape, 99)));
  Values wanted;
  for (Value input : main.inputs())
    if (input.dtype() == DType::float64) wanted.push_back(input);
  Values found = gradients(loss, wanted);
  Value slope;
  TensorMap directions;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    std::string name = wanted[i].name();
    directions[name] = random_tensor(model.values().at(name).shape(), 100 + i);
    Value part = sum(found[i] * main.constant(directions[name]));
    slope = slope ? slope + part : part;
  }
  main.output("loss", loss);
  main.output("slope", slope);
  Session session(*imported.module);
  auto run = [&](double step, std::string_view output) {
    TensorMap moved = model.values();
    for (auto& [name, direction] : directions) {
      auto x = moved[name].mutable_values<double>();
      for (std::size_t i = 0; i < x.size(); ++i) x[i] += step * direction.values<double>()[i];
    }
    return session.run("main", moved).find(output)->second.item();
  };
  constexpr double step = 1e-6;
  return {.analytic = run(0, "slope"), .numeric = (run(step, "loss") - run(-step, "loss")) / (2 * step)};
}

}  // namespace

TEST_CASE("onnx_import/recurrent: layout 1 is layout 0 with the batch in front") {
  for (const Recurrent& kind : recurrents) {
    CAPTURE(kind.op);
    std::vector<Tensor> plain = complete(kind).run(), batch_first = complete(kind, true).run();
    CHECK(difference(transposed(plain[0], {2, 0, 1, 3}), batch_first[0]) < 1e-12);
    for (std::size_t i = 1; i < plain.size(); ++i)
      CHECK(difference(transposed(plain[i], {1, 0, 2}), batch_first[i]) < 1e-12);
  }
}

TEST_CASE("onnx_import/recurrent: batch and time may be named") {
  for (const Recurrent& kind : recurrents) {
    CAPTURE(kind.op);
    NodeModel named = complete(kind, false, {"time", "batch"});
    CHECK(named.import().module->function("main").output_named("y0").type().text() == "float64 [time, 2, batch, 4]");
    std::vector<Tensor> expected = complete(kind).run(), given = named.run();
    for (std::size_t i = 0; i < given.size(); ++i) CHECK(difference(given[i], expected[i]) < 1e-12);
  }
}

TEST_CASE("onnx_import/recurrent: gradients are those of differences") {
  for (const Recurrent& kind : recurrents) {
    GradientCheck check = check_imported_gradient(complete(kind));
    CHECK_MESSAGE(check.relative_error() < 1e-7, kind.op, ": ", check.analytic, " but ", check.numeric);
  }
}

TEST_CASE("onnx_import/recurrent: what cannot be meant is refused") {
  auto gru = [] {
    return NodeModel("GRU", 14)
        .input(random_tensor({5, 3, 2}, 1))
        .input(random_tensor({1, 12, 2}, 2))
        .input(random_tensor({1, 12, 4}, 3));
  };
  auto says = [](const NodeModel& model, std::string_view text) {
    CHECK_MESSAGE(model.refusal().find(text) != std::string::npos, model.refusal());
  };
  says(gru().texts("activations", {"Sigmoid", "tanh"}), R"(ONNX has no activation "tanh"; did you mean "Tanh"?)");
  says(gru().texts("activations", {"Sigmoid"}), "activations has 1 names but 2 are needed");
  says(gru().text("direction", "backward"),
       R"(direction is "backward" but forward, reverse or bidirectional is needed)");
  says(gru().integer("hidden_size", 5), "hidden_size is 5 but R has 4 columns");
  says(NodeModel("LSTM", 14)
           .input(random_tensor({5, 3, 2}, 1))
           .input(random_tensor({1, 12, 2}, 2))
           .input(random_tensor({1, 16, 4}, 3)),
       "W has 12 rows but 4 gates of 4 are needed");
}

TEST_CASE("onnx_import/operators: gradients of what is made of several operations are those of differences") {
  Tensor labels = Tensor::from<std::int64_t>({2, 3}, {0, 3, 1, 7, 2, 3});
  auto scores = [&](std::string op) {
    return NodeModel(std::move(op), 13)
        .input(random_tensor({2, 4, 3}, 1))
        .input(labels)
        .input(random_tensor({4}, 2))
        .integer("ignore_index", 7);
  };
  auto rows = [](std::string op, std::int64_t opset) {
    return NodeModel(std::move(op), opset).input(random_tensor({2, 4, 3}, 1));
  };
  auto channels = [&](std::string op, std::int64_t opset) {
    return rows(std::move(op), opset).input(random_tensor({4}, 2)).input(random_tensor({4}, 3));
  };
  for (const NodeModel& model :
       {scores("SoftmaxCrossEntropyLoss"), scores("NegativeLogLikelihoodLoss").text("reduction", "none"),
        channels("InstanceNormalization", 7), channels("GroupNormalization", 21).integer("num_groups", 2),
        channels("BatchNormalization", 15)
            .input(random_tensor({4}, 4))
            .input(random_tensor({4}, 5))
            .integer("training_mode", 1)
            .outputs(3),
        rows("MeanVarianceNormalization", 13).integers("axes", {1}), rows("LpNormalization", 13), rows("Softmax", 11),
        rows("ReduceLogSumExp", 13),
        rows("Einsum", 12).input(random_tensor({3, 4}, 2)).text("equation", "bij,ji->b")}) {
    GradientCheck check = check_imported_gradient(model);
    CHECK_MESSAGE(check.relative_error() < 1e-7, model.import().module->function("main").nodes().size(), ": ",
                  check.analytic, " but ", check.numeric);
  }
}
