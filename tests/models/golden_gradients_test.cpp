// Whole models against PyTorch: every gradient of every parameter, as bench/golden_gradients.py computed it in float64.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "autodiff/gradients.h"
#include "models/sequence_to_sequence.h"
#include "runtime/session.h"
#include "tensor/random.h"

using namespace gradloom;
using nlohmann::json;

namespace {

constexpr std::int64_t batch = 3, source_length = 5, target_length = 4, vocabulary = 7, embedding = 3, hidden = 4;

Tensor numbers(std::uint64_t seed, Shape shape, double scale, double shift) {
  Tensor tensor(DType::float64, std::move(shape));
  std::uint64_t i = 0;
  for (double& x : tensor.mutable_values<double>()) x = scale * splitmix_uniform(seed, i++) + shift;
  return tensor;
}

Tensor ids(std::uint64_t seed, Shape shape) {
  Tensor tensor(DType::int32, std::move(shape));
  std::uint64_t i = 0;
  for (std::int32_t& id : tensor.mutable_values<std::int32_t>())
    id = 1 + static_cast<std::int32_t>(splitmix_uniform(seed, i++) * (vocabulary - 1));
  return tensor;
}

// A model as one function, "f", of the inputs; its loss.
struct Model {
  Module module;
  Graph& f = module.add_function("f");
  TensorMap inputs;

  Value declare(const json& c, DType dtype) {
    return c["model"] == "classifier" ? classifier(dtype) : translator(c, dtype);
  }

  Value translator(const json& c, DType dtype) {
    SequenceToSequenceConfig config;
    config.attention = attention_named(c["attention"].get<std::string>());
    config.cell = cell_named(c["cell"].get<std::string>());
    config.embedding = embedding;
    config.hidden = hidden;
    config.layers = c["layers"];
    config.heads = c["heads"];
    config.source_vocabulary = config.target_vocabulary = vocabulary;
    config.bidirectional = c["bidirectional"];
    config.input_feeding = c["input_feeding"];
    config.dtype = dtype;
    SequenceToSequence model(module, config);
    inputs = {{"source", ids(1, {batch, source_length})},
              {"target_in", ids(2, {batch, target_length})},
              {"target_out", ids(3, {batch, target_length})},
              {"source_lengths", Tensor::from<std::int32_t>({batch}, {5, 1, 3})},
              {"target_lengths", Tensor::from<std::int32_t>({batch}, {2, 4, 1})}};
    return model.declare_losses(f, {.label_smoothing = c["label_smoothing"]}).loss;
  }

  Value classifier(DType dtype) {
    Parameters parameters(module, dtype);
    Value x = f.input("x", dtype, {"batch", 5});
    for (int layer : {0, 1}) {
      Parameters scope = parameters / concat_text("layer_", layer);
      FeedForward linear(scope, layer == 0 ? 5 : hidden, hidden, Activation::none);
      x = silu(layer_norm(linear(x), f.variable(scope.declare("scale", {hidden}, constant_fill(1))),
                          f.variable(scope.bias("shift", hidden))));
    }
    FeedForward output(parameters / "output", hidden, vocabulary, Activation::none);
    Value classes = f.input("classes", DType::int32, {"batch"}), weights = f.input("weights", dtype, {vocabulary});
    inputs = {{"x", numbers(4, {6, 5}, 2, -1).cast(dtype)},
              {"classes", ids(5, {6})},
              {"weights", numbers(6, {vocabulary}, 1, 0.5).cast(dtype)}};
    return sum(cross_entropy(output(x), classes, 0, {}, weights));
  }
};

// The largest difference, as a share of the largest magnitude of the gradient.
double difference(const Tensor& got, const std::vector<double>& expected) {
  std::vector<double> values = got.cast(DType::float64).to_vector<double>();
  REQUIRE(values.size() == expected.size());
  double most = 0, largest = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    most = std::max(most, std::abs(values[i] - expected[i]));
    largest = std::max(largest, std::abs(expected[i]));
  }
  return std::isfinite(most) ? most / std::max(largest, 1e-3) : most;
}

void check_case(const json& c, DType dtype, double tolerance) {
  Model model;
  Value loss = model.declare(c, dtype);
  std::vector<std::string> names;
  for (const Variable& variable : model.module.variables()) names.push_back(variable.name);
  std::sort(names.begin(), names.end());
  TensorMap variables;
  Values wanted;
  for (std::size_t k = 0; k < names.size(); ++k) {
    variables[names[k]] = numbers(100 + k, model.module.variable(names[k]).shape, 1.2, -0.6).cast(dtype);
    wanted.push_back(model.f.variable(names[k]));
  }
  Values found = gradients(loss, wanted);
  model.f.output("the_loss", loss);
  for (std::size_t k = 0; k < names.size(); ++k) model.f.output("gradient/" + names[k], found[k]);
  REQUIRE(c["gradients"].size() == names.size());
  Session session(model.module);
  for (const auto& [name, value] : variables) session.set_variable(name, value);
  for (const TensorMap& outputs :
       {interpret(model.f, model.inputs, variables).outputs, session.run("f", model.inputs)}) {
    CHECK(difference(outputs.at("the_loss"), {c["loss"].get<double>()}) < tolerance);
    for (const std::string& name : names) {
      CAPTURE(name);
      CHECK(difference(outputs.at("gradient/" + name), c["gradients"][name]) < tolerance);
    }
  }
}

}  // namespace

TEST_CASE("models/golden_gradients: every gradient of whole models equals PyTorch's") {
  std::ifstream file(GRADLOOM_SOURCE_DIR "/tests/golden/golden_gradients.json");
  json golden = json::parse(file);
  REQUIRE(golden["cases"].size() == 12);
  for (json c : golden["cases"]) {
    json settings = c;
    settings.erase("gradients");
    CAPTURE(settings.dump());
    check_case(c, DType::float64, 1e-10);
    check_case(c, DType::float32, 1e-5);
  }
}
