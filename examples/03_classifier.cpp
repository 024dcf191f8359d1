// A classifier that is not recurrent: layers are small classes that declare parameters once and graph code wherever
// they are called, so one network serves two functions; Adam is graph code as well.
#include <cmath>
#include <cstdio>

#include "models/feed_forward.h"
#include "ops/ops.h"
#include "runtime/session.h"
#include "training/optimizer.h"

using namespace gradloom;

namespace {

// Three arms of a spiral, `rows` points each.
void make_spirals(std::int64_t rows, TensorMap& batch) {
  std::vector<float> points;
  std::vector<std::int32_t> arms;
  for (std::int32_t arm = 0; arm < 3; ++arm)
    for (std::int64_t i = 1; i <= rows; ++i) {
      double radius = static_cast<double>(i) / static_cast<double>(rows), angle = 4 * radius + 2.0944 * arm;
      points.push_back(static_cast<float>(radius * std::cos(angle)));
      points.push_back(static_cast<float>(radius * std::sin(angle)));
      arms.push_back(arm);
    }
  batch["points"] = Tensor::from(Shape{3 * rows, 2}, points);
  batch["arms"] = Tensor::from(Shape{3 * rows}, arms);
}

}  // namespace

int main() {
  Module module;
  Parameters parameters(module);
  FeedForward hidden(parameters / "hidden", 2, 32, Activation::tanh);
  FeedForward output(parameters / "output", 32, 3, Activation::none);
  auto logits = [&](Value points) { return output(hidden(points)); };

  Graph& classify = module.add_function("classify");
  classify.output("arm", argmax(logits(classify.input("points", DType::float32, {"rows", 2}))));

  Graph& step = module.add_function("train_step");
  Value points = step.input("points", DType::float32, {"rows", 2});
  Value arms = step.input("arms", DType::int32, {"rows"});
  Value loss = mean(cross_entropy(logits(points), arms));
  step.output("loss", loss);
  // Adds gradients, clipping and the update of every parameter that the loss depends on.
  minimize(step, loss, step.constant(DType::float32, 0.02), Adam{}, 1.0);

  TensorMap batch;
  make_spirals(100, batch);
  Session session(module);
  session.initialize(1);
  for (int i = 0; i <= 300; ++i) {
    double now = session.run("train_step", batch).at("loss").item();
    if (i % 100 == 0) std::printf("step %3d: loss %.2f\n", i, now);
  }

  make_spirals(77, batch);  // points between those it has seen
  Tensor found = session.run("classify", {{"points", batch.at("points")}}).at("arm");
  int right = 0;
  for (std::size_t i = 0; i < 231; ++i)
    right += found.values<std::int64_t>()[i] == batch.at("arms").values<std::int32_t>()[i];
  std::printf("%d of 231 new points on the right arm\n", right);
}
