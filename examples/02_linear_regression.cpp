// Linear regression: variables are what a module remembers, and a function may give them new values. So a training step
// is one function: loss, gradient and descent.
#include <cstdio>

#include "autodiff/gradients.h"
#include "graph/module.h"
#include "ops/ops.h"
#include "runtime/session.h"

using namespace gradloom;

int main() {
  Module module;
  module.add_variable({.name = "weight", .shape = {2}, .initializer = uniform_fill(-1, 1)});
  module.add_variable({.name = "bias", .shape = {}, .initializer = constant_fill(0)});

  Graph& step = module.add_function("train_step");
  Value x = step.input("x", DType::float32, {"rows", 2});
  Value y = step.input("y", DType::float32, {"rows"});
  Value rate = step.input("learning_rate", DType::float32, {});
  Value weight = step.variable("weight"), bias = step.variable("bias");

  Value loss = mean(square(matmul(x, weight) + bias - y));
  Values slopes = gradients(loss, {weight, bias});

  // Inside everything is pure: reads see the old values, the new ones are in place when the function has run.
  step.update("weight", weight - rate * slopes[0]);
  step.update("bias", bias - rate * slopes[1]);
  step.output("loss", loss);

  // y = 3 a - 2 b + 0.5 on a grid of a and b
  std::vector<float> points, values;
  for (int a = -2; a <= 2; ++a)
    for (int b = -2; b <= 2; ++b) {
      points.insert(points.end(), {static_cast<float>(a), static_cast<float>(b)});
      values.push_back(static_cast<float>(3 * a - 2 * b) + 0.5f);
    }
  auto rows = static_cast<std::int64_t>(values.size());
  TensorMap batch{{"x", Tensor::from(Shape{rows, 2}, points)},
                  {"y", Tensor::from(Shape{rows}, values)},
                  {"learning_rate", Tensor::scalar(0.1f)}};

  Session session(module);
  session.initialize(1);  // a function of the seed and each variable's name
  for (int i = 0; i <= 40; ++i) {
    double now = session.run("train_step", batch).at("loss").item();
    if (i % 10 == 0) std::printf("step %2d: loss %.4f\n", i, now);
  }
  Tensor learned = session.variable("weight");
  std::printf("y = %.2f a %+.2f b %+.2f\n", learned.values<float>()[0], learned.values<float>()[1],
              session.variable("bias").item());
}
