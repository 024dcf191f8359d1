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
  bool is_empty = false;  // a size is 0

  Differentiable(const OpSample& sample, std::uint64_t seed, const Binding& sizes, bool literal) {
    declared = declare(sample, DType::float64, sizes, literal);
    for (const auto& [name, size] : sizes) is_empty = is_empty || size == 0;
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

void expect_near(double got, double expected, double tolerance, bool is_empty) {
  // The mean of nothing is NaN and the largest of nothing -inf, and neither has a slope.
  if (!std::isfinite(expected) && is_empty) return;
  if (std::abs(got - expected) <= tolerance * std::max(1.0, std::abs(expected))) return;
  throw Mismatch{concat_text("the gradient in a random direction is ", got, " but differences give ", expected)};
}

// Where differences mean nothing: every element of d sum(results) / d inputs.
void check_exact_gradient(const OpSample& sample, std::uint64_t seed) {
  Differentiable f(sample, seed, sizes_of(sample), !sample.only_literal.empty());
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

void check_slope(Differentiable f, std::uint64_t seed) {
  Value loss = f.loss(seed);
  if (!loss) return;
  Value slope = inner_product(gradients(loss, f.wanted), f.direction(0));
  f.graph().output("loss", loss);
  f.graph().output("slope", slope);
  double got = interpret(f.graph(), f.inputs).outputs.at("slope").item();
  expect_near(got, f.difference("loss", 0), 1e-6, f.is_empty);
}

void check_curvature(Differentiable f, std::uint64_t seed) {
  Value loss = f.loss(seed);
  if (!loss) return;
  Value slope = inner_product(gradients(loss, f.wanted), f.direction(0));
  Value curvature = inner_product(gradients(slope, f.wanted), f.direction(1));
  f.graph().output("slope", slope);
  f.graph().output("curvature", curvature);
  double got = interpret(f.graph(), f.inputs).outputs.at("curvature").item();
  expect_near(got, f.difference("slope", 1), 1e-5, f.is_empty);
}

// Symbols, as large as the sample says and each 0 in turn; and numbers, all of them 1, which broadcast.
template <class Check>
void check_at_each_size(const OpSample& sample, std::uint64_t seed, const Check& check) {
  if (!is_differentiable(sample)) return;
  Binding usual = sizes_of(sample);
  for (const Binding& sizes : sizes_to_try(sample)) {
    bool all_one = true, has_zero = false;
    for (const auto& [name, size] : sizes) {
      all_one = all_one && size == 1;
      has_zero = has_zero || size == 0;
    }
    if (sizes != usual && !all_one && !has_zero) continue;
    try {
      check(Differentiable(sample, seed, sizes, all_one || !sample.only_literal.empty()), seed);
    } catch (const NothingToFill&) {
    } catch (const Mismatch& mismatch) {
      throw Mismatch{concat_text(sizes_text(sizes), ": ", mismatch.text)};
    } catch (const std::exception& error) {
      throw Mismatch{concat_text(sizes_text(sizes), ": ", error.what())};
    }
  }
}

}  // namespace

void check_first_gradient(const OpSample& sample, std::uint64_t seed) {
  if (sample.gradient) check_exact_gradient(sample, seed);
  check_at_each_size(sample, seed, check_slope);
}

void check_second_gradient(const OpSample& sample, std::uint64_t seed) {
  check_at_each_size(sample, seed, check_curvature);
}

}  // namespace gradloom::op_samples
