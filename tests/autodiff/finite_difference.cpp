// See finite_difference.h.
#include "finite_difference.h"

#include <algorithm>
#include <cmath>

#include "autodiff/gradients.h"
#include "ops/ops.h"
#include "tensor/random.h"

namespace gradloom {

double GradientCheck::relative_error() const {
  return std::abs(analytic - numeric) / std::max({1.0, std::abs(analytic), std::abs(numeric)});
}

Tensor random_tensor(Shape shape, std::uint64_t seed) {
  Tensor tensor(DType::float64, std::move(shape));
  std::uint64_t i = 0;
  for (double& x : tensor.mutable_values<double>()) x = 2 * splitmix_uniform(seed, i++) - 1;
  return tensor;
}

GradientCheck check_gradient(const std::vector<Tensor>& inputs, const DeclareLoss& declare, int order,
                             std::uint64_t seed) {
  Module module;
  Graph& graph = module.add_function("f");
  Values values, wanted;
  std::vector<Tensor> directions;
  TensorMap given;
  auto name = [](std::size_t i) { return "x" + std::to_string(i); };
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    values.push_back(graph.input(name(i), inputs[i].dtype(), Dims(inputs[i].shape().begin(), inputs[i].shape().end())));
    given[name(i)] = inputs[i];
    if (inputs[i].dtype() != DType::float64) continue;
    wanted.push_back(values[i]);
    directions.push_back(random_tensor(inputs[i].shape(), seed * 1000 + i));
  }
  Value loss = declare(values);
  auto along = [&](const Values& grads, std::uint64_t shift) {
    Value total;
    for (std::size_t i = 0; i < grads.size(); ++i) {
      Value direction = graph.constant(random_tensor(directions[i].shape(), seed * 1000 + shift + i));
      Value part = sum(grads[i] * direction);
      total = total ? total + part : part;
    }
    return total;
  };
  if (order == 2) loss = along(gradients(loss, wanted), 500);
  graph.output("loss", loss);
  graph.output("slope", along(gradients(loss, wanted), 0));
  auto run = [&](double step) {
    TensorMap moved = given;
    for (std::size_t i = 0, k = 0; i < inputs.size(); ++i) {
      if (inputs[i].dtype() != DType::float64) continue;
      auto x = moved[name(i)].mutable_values<double>();
      auto d = directions[k++].values<double>();
      for (std::size_t j = 0; j < x.size(); ++j) x[j] += step * d[j];
    }
    return interpret(graph, moved).outputs;
  };
  double h = order == 2 ? 1e-4 : 1e-5;
  GradientCheck check;
  check.analytic = run(0).at("slope").item();
  check.numeric = (run(h).at("loss").item() - run(-h).at("loss").item()) / (2 * h);
  return check;
}

}  // namespace gradloom
