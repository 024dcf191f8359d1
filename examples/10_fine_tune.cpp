// Someone else's network, trained on: an ONNX file is imported, a loss and an optimizer are added to its graph in a few
// lines, it learns, and goes out as ONNX again. The file knows three arms of a spiral; here they are turned by 40
// degrees.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "graph/rewrite.h"
#include "ops/ops.h"
#include "runtime/session.h"
#include "serialization/onnx/model_file.h"
#include "serialization/onnx/onnx_export.h"
#include "serialization/onnx_import/onnx_import.h"
#include "training/optimizer.h"

using namespace gradloom;

namespace {

// Three arms of a spiral, `rows` points each.
TensorMap turned_spirals(std::int64_t rows) {
  std::vector<float> points;
  std::vector<std::int32_t> arms;
  for (std::int32_t arm = 0; arm < 3; ++arm)
    for (std::int64_t i = 1; i <= rows; ++i) {
      double radius = static_cast<double>(i) / static_cast<double>(rows), angle = 4 * radius + 2.0944 * arm + 0.7;
      points.push_back(static_cast<float>(radius * std::cos(angle)));
      points.push_back(static_cast<float>(radius * std::sin(angle)));
      arms.push_back(arm);
    }
  return {{"points", Tensor::from(Shape{3 * rows, 2}, points)}, {"arms", Tensor::from(Shape{3 * rows}, arms)}};
}

// The arm of the largest logit, for each point.
int count_right(const Tensor& logits, const Tensor& arms) {
  auto x = logits.values<float>();
  int right = 0;
  for (std::size_t i = 0; i < x.size() / 3; ++i) {
    auto row = x.subspan(3 * i, 3);
    right += std::max_element(row.begin(), row.end()) - row.begin() == arms.values<std::int32_t>()[i];
  }
  return right;
}

}  // namespace

int main(int count, char** arguments) {
  std::string folder = count > 1 ? arguments[1] : "examples/10_fine_tune";
  OnnxImport network = import_onnx(read_onnx(folder + "/network.onnx"), {.name = "network.onnx"});
  Module& module = *network.module;
  const Graph& main = module.function("main");

  // The graph once more, on the same variables, with a loss behind it.
  Graph& step = module.add_function("train_step");
  ValueMap copies;
  copy_nodes(main, step, copies);
  Value logits = copies.at(main.output_named("logits"));
  Value loss = mean(cross_entropy(logits, step.input("arms", DType::int32, {"rows"})));
  step.output("loss", loss);
  minimize(step, loss, step.constant(DType::float32, 0.01), Adam{}, 1.0);

  Session session(module);
  for (const auto& [name, value] : network.weights) session.set_variable(name, value);
  session.initialize_missing(1);  // Adam's slots
  TensorMap fresh = turned_spirals(77), points{{"points", fresh.at("points")}};
  auto right = [&] { return count_right(session.run("main", points).at("logits"), fresh.at("arms")); };
  std::printf("as imported: %d of 231 points on the right arm\n", right());
  for (int i = 0; i <= 200; ++i) {
    double now = session.run("train_step", turned_spirals(100)).at("loss").item();
    if (i % 100 == 0) std::printf("step %3d: loss %.1f\n", i, now);
  }
  std::printf("trained on: %d of 231\n", right());

  OnnxImport again = import_onnx(export_onnx(module, main, session.variables()));
  Session other(*again.module);
  for (const auto& [name, value] : again.weights) other.set_variable(name, value);
  bool same = other.run("main", points).at("logits").identical(session.run("main", points).at("logits"));
  std::printf("exported and imported again: %s\n", same ? "the same numbers" : "other numbers");
}
