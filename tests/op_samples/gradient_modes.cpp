// Gradients of samples against central differences in one random direction, extrapolated once (Richardson), in float64.
#include <algorithm>
#include <cmath>

#include "autodiff/gradients.h"
#include "base/error.h"
#include "ops/ops.h"
#include "tests/op_samples/declared.h"
#include "tests/op_samples/modes.h"

namespace gradloom::op_samples {

namespace {

bool is_differentiable(const OpSample& sample) {
  return sample.not_differentiated.empty() && !sample.gradient &&
         std::find(sample.dtypes.begin(), sample.dtypes.end(), DType::float64) != sample.dtypes.end() &&
         std::any_of(sample.inputs.begin(), sample.inputs.end(),
                     [](const Filled& input) { return input.element == Element::number; });
}

Tensor random_tensor(const Shape& shape, Random& random) {
  Tensor tensor(DType::float64, shape);
  for (double& x : tensor.mutable_values<double>()) x = 2 * random.uniform() - 1;
  return tensor;
}

// sum of a * b over all elements of all pairs
Value inner_product(const Values& a, const Values& b) {
  Value total;
  for (std::size_t i = 0; i < a.size(); ++i) {
    Value part = sum(a[i] * b[i]);
    total = total ? total + part : part;
  }
  return total;
}

// A function of the sample's inputs in float64, differentiated as often as asked for.
struct Differentiable {
  std::unique_ptr<Declared> declared;
  Values wanted;                           // inputs of numbers
  std::vector<std::string> names;          // theirs
  std::vector<std::vector<Tensor>> steps;  // a direction for each time
  TensorMap inputs;

  Differentiable(const OpSample& sample, std::uint64_t seed) {
    Binding sizes = sizes_of(sample);
    declared = declare(sample, DType::float64, sizes, !sample.only_literal.empty());
    inputs = fill_inputs(sample, DType::float64, sizes, seed);
    for (std::size_t i = 0; i < sample.inputs.size(); ++i)
      if (sample.inputs[i].element == Element::number) {
        wanted.push_back(declared->inputs[i]);
        names.push_back(concat_text("x", i));
      }
    Random random(seed * 7919);
    steps.resize(2);
    for (auto& direction : steps)
      for (const std::string& name : names) direction.push_back(random_tensor(inputs.at(name).shape(), random));
  }

  Graph& graph() const { return *declared->graph; }

  // A further input of the function, since its sizes may be symbols.
  Value fixed_input(const std::string& name, const Type& type, Tensor value) {
    inputs[name] = std::move(value);
    return graph().input(name, type.dtype, type.shape);
  }

  Values direction(std::size_t time) {
    Values values;
    for (std::size_t i = 0; i < wanted.size(); ++i)
      values.push_back(fixed_input(concat_text("step", time, "_", names[i]), wanted[i].type(), steps[time][i]));
    return values;
  }

  // The weighted sum of all float results; none when there are none.
  Value loss(std::uint64_t seed) {
    Random random(seed * 104729);
    InterpreterResult result = interpret(graph(), inputs);
    Values outputs, weights;
    for (std::size_t i = 0; i < declared->outputs.size(); ++i) {
      Value output = declared->outputs[i];
      if (output.dtype() != DType::float64) continue;
      outputs.push_back(output);
      weights.push_back(fixed_input(concat_text("weight", i), output.type(),
                                    random_tensor(result.outputs.at(concat_text("y", i)).shape(), random)));
    }
    return inner_product(outputs, weights);
  }

  double value_at(const std::string& output, std::size_t time, double step) const {
    TensorMap moved = inputs;
    for (std::size_t i = 0; i < names.size(); ++i) {
      auto x = moved[names[i]].mutable_values<double>();
      auto d = steps[time][i].values<double>();
      for (std::size_t n = 0; n < x.size(); ++n) x[n] += step * d[n];
    }
    return interpret(graph(), moved).outputs.at(output).item();
  }

  double difference(const std::string& output, std::size_t time) const {
    auto central = [&](double h) { return (value_at(output, time, h) - value_at(output, time, -h)) / (2 * h); };
    constexpr double h = 2e-3;
    return (4 * central(h / 2) - central(h)) / 3;
  }
};

void expect_near(double got, double expected, double tolerance) {
  if (std::abs(got - expected) <= tolerance * std::max(1.0, std::abs(expected))) return;
  throw Mismatch{concat_text("the gradient in a random direction is ", got, " but differences give ", expected)};
}

// Where differences mean nothing: every element of d sum(results) / d inputs.
void check_exact_gradient(const OpSample& sample, std::uint64_t seed) {
  Differentiable f(sample, seed);
  Value total;
  for (const Value& output : f.declared->outputs)
    if (is_float(output.dtype())) total = total ? total + sum(output) : sum(output);
  Values gradient = gradients(total, f.wanted);
  for (std::size_t i = 0; i < gradient.size(); ++i) f.graph().output("d_" + f.names[i], gradient[i]);
  Arrays expected = sample.gradient(inputs_as_arrays(sample, f.inputs));
  InterpreterResult result = interpret(f.graph(), f.inputs);
  for (std::size_t i = 0; i < gradient.size(); ++i)
    expect_equal("gradient of " + f.names[i], result.outputs.at("d_" + f.names[i]), expected.at(i), 1e-12);
}

}  // namespace

void check_first_gradient(const OpSample& sample, std::uint64_t seed) {
  if (sample.gradient) check_exact_gradient(sample, seed);
  if (!is_differentiable(sample)) return;
  Differentiable f(sample, seed);
  Value loss = f.loss(seed);
  if (!loss) return;
  Value slope = inner_product(gradients(loss, f.wanted), f.direction(0));
  f.graph().output("loss", loss);
  f.graph().output("slope", slope);
  double got = interpret(f.graph(), f.inputs).outputs.at("slope").item();
  expect_near(got, f.difference("loss", 0), 1e-6);
}

void check_second_gradient(const OpSample& sample, std::uint64_t seed) {
  if (!is_differentiable(sample)) return;
  Differentiable f(sample, seed);
  Value loss = f.loss(seed);
  if (!loss) return;
  Value slope = inner_product(gradients(loss, f.wanted), f.direction(0));
  Value curvature = inner_product(gradients(slope, f.wanted), f.direction(1));
  f.graph().output("slope", slope);
  f.graph().output("curvature", curvature);
  double got = interpret(f.graph(), f.inputs).outputs.at("curvature").item();
  expect_near(got, f.difference("slope", 1), 1e-5);
}

}  // namespace gradloom::op_samples
