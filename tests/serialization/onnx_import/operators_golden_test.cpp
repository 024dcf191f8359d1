// Single ONNX nodes against what ONNX Runtime makes of them, for what Debian's conformance data lacks: all forms of the
// recurrent operators, older opsets, dots in equations. tests/golden/make_onnx_operators.mjs made the file.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/serialization/onnx_import/node_model.h"

using namespace gradloom;
using nlohmann::json;

namespace {

Tensor tensor_of(const json& given) {
  auto values = given["values"].get<std::vector<double>>();
  Tensor tensor = Tensor::from<double>(given["shape"].get<Shape>(), values);
  std::string type = given["dtype"];
  if (type == "float32") return tensor.cast(DType::float32);
  if (type == "int64") return tensor.cast(DType::int64);
  return tensor.cast(type == "bool" ? DType::boolean : DType::int32);
}

NodeModel model_of(const json& test) {
  NodeModel model(test["op"], test["opset"]);
  for (std::size_t i = 0; i < test["inputs"].size(); ++i) {
    const json& given = test["inputs"][i];
    auto constants = test["constants"].get<std::vector<std::size_t>>();
    if (given.is_null())
      model.left_out();
    else if (std::find(constants.begin(), constants.end(), i) != constants.end())
      model.initializer(tensor_of(given));
    else
      model.input(tensor_of(given));
  }
  for (const auto& [name, attribute] : test["attributes"].items()) {
    const std::string& kind = attribute.begin().key();
    const json& value = attribute.begin().value();
    if (kind == "i") model.integer(name, value);
    if (kind == "f") model.real(name, value);
    if (kind == "s") model.text(name, value);
    if (kind == "ints") model.integers(name, value);
    if (kind == "floats") model.reals(name, value);
    if (kind == "strings") model.texts(name, value);
  }
  return model.outputs(test["outputs"].size());
}

// The largest |a - b| / (1 + |b|), infinite when they are no numbers alike.
double difference(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return INFINITY;
  double largest = 0;
  std::vector<double> x = a.cast(DType::float64).to_vector<double>(), y = b.cast(DType::float64).to_vector<double>();
  for (std::size_t i = 0; i < x.size(); ++i) {
    double difference = std::abs(x[i] - y[i]) / (1 + std::abs(y[i]));
    largest = difference <= largest ? largest : std::isnan(difference) ? INFINITY : difference;
  }
  return largest;
}

}  // namespace

TEST_CASE("onnx_import/operators: single nodes give what ONNX Runtime gives") {
  std::ifstream file(GRADLOOM_SOURCE_DIR "/tests/golden/onnx_operators.json");
  json cases = json::parse(file)["cases"];
  CHECK(cases.size() > 50);
  for (const json& test : cases) {
    CAPTURE(test["name"].get<std::string>());
    for (bool optimize : {true, false}) {
      std::vector<Tensor> outputs;
      try {
        outputs = model_of(test).run(optimize);
      } catch (const UserError& error) {
        FAIL_CHECK(error.what());
      }
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        Tensor wanted = tensor_of(test["outputs"][i]);
        CHECK_MESSAGE(difference(outputs[i], wanted) < 3e-6, "output ", i, ": ", outputs[i].text(), " but ",
                      wanted.text());
      }
    }
  }
}
