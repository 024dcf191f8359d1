// Derivatives and batching rules held against finite differences and loops.
#include "tests/ops/probe.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "autodiff/batching.h"
#include "autodiff/gradients.h"
#include "base/error.h"
#include "tensor/random.h"

namespace gradloom {

Value Probe::input(Tensor tensor, Dims shape) {
  std::string name = concat_text("x", inputs_.size());
  if (shape.empty()) shape.assign(tensor.shape().begin(), tensor.shape().end());
  Value value = graph_.input(name, tensor.dtype(), std::move(shape));
  inputs_.emplace(name, std::move(tensor));
  return value;
}

Tensor Probe::run(Value value) {
  std::string name = concat_text("y", outputs_++);
  graph_.output(name, value);
  return interpret(graph_, inputs_).outputs.at(name);
}

Tensor mixed(Shape shape, int seed) {
  std::vector<double> values(static_cast<std::size_t>(element_count(shape)));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = 2 * splitmix_uniform(static_cast<std::uint64_t>(seed), i) - 1;
  return Tensor::from<double>(std::move(shape), values);
}

namespace {

double dot(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.values<double>().size(); ++i) sum += a.values<double>()[i] * b.values<double>()[i];
  return sum;
}

Tensor moved(const Tensor& x, const Tensor& direction, double by) {
  Tensor result = x;
  auto values = result.mutable_values<double>();
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += by * direction.values<double>()[i];
  return result;
}

// f(inputs) = sum(build * weights), and, of order 2, its derivative along a direction.
double value_at(const Build& build, const std::vector<Tensor>& inputs, int order, std::vector<Tensor>* slopes) {
  Probe probe;
  Values values, floats;
  for (const Tensor& tensor : inputs) {
    values.push_back(probe.input(tensor));
    if (is_float(tensor.dtype())) floats.push_back(values.back());
  }
  Value y = build(values);
  Shape shape;
  for (const Dim& size : y.shape()) shape.push_back(size.constant());
  Value loss = sum(square(y + probe.graph().constant(mixed(shape, 7))) * probe.graph().constant(mixed(shape, 8)));
  if (order == 2) {
    Values first = gradients(loss, floats);
    loss = probe.graph().constant(DType::float64, 0);
    for (std::size_t i = 0; i < floats.size(); ++i) {
      Shape own;
      for (const Dim& size : floats[i].shape()) own.push_back(size.constant());
      loss = loss + sum(first[i] * probe.graph().constant(mixed(own, 20 + static_cast<int>(i))));
    }
  }
  if (slopes)
    for (const Value& gradient : gradients(loss, floats)) slopes->push_back(probe.run(gradient));
  return probe.run(loss).item();
}

// Whether a slice of `together` equals `one`: floats to rounding, since BLAS adds in another order when a product is
// larger, all else exactly.
bool agrees(const Tensor& together, const Tensor& one, int slice) {
  std::size_t count = static_cast<std::size_t>(one.size()), begin = static_cast<std::size_t>(slice) * count;
  if (one.dtype() != DType::float64)
    return std::memcmp(static_cast<const std::byte*>(together.data()) + begin * size_of(one.dtype()), one.data(),
                       one.bytes()) == 0;
  for (std::size_t i = 0; i < count; ++i)
    if (!(std::abs(together.values<double>()[begin + i] - one.values<double>()[i]) < 1e-13)) return false;
  return true;
}

}  // namespace

std::string gradient_faults(const Build& build, const std::vector<Tensor>& inputs) {
  std::string faults;
  for (int order : {1, 2}) {
    std::vector<Tensor> slopes, ahead = inputs, behind = inputs;
    value_at(build, inputs, order, &slopes);
    double step = 1e-5, expected = 0;
    std::size_t next = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!is_float(inputs[i].dtype())) continue;
      Tensor direction = mixed(inputs[i].shape(), 40 + static_cast<int>(i));
      expected += dot(slopes[next++], direction);
      ahead[i] = moved(inputs[i], direction, step);
      behind[i] = moved(inputs[i], direction, -step);
    }
    double slope = (value_at(build, ahead, order, nullptr) - value_at(build, behind, order, nullptr)) / (2 * step);
    if (!(std::abs(slope - expected) <= 1e-7 * (1 + std::abs(slope))))
      faults += concat_text("order ", order, ": the rule says ", expected, ", the function's slope is ", slope, "\n");
  }
  return faults;
}

std::string batching_faults(const Build& build, const std::vector<Tensor>& inputs,
                            const std::function<Tensor(std::size_t, const Tensor&, int)>& vary) {
  constexpr int slices = 3;
  std::string faults;
  for (unsigned choice = 1; choice < 1u << inputs.size(); ++choice) {
    Probe probe;
    Values values, wide;
    std::vector<bool> batched;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      values.push_back(probe.input(inputs[i]));
      batched.push_back((choice >> i & 1) != 0);
    }
    Node node = build(values).node();
    std::vector<std::vector<Tensor>> own(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      Shape shape = inputs[i].shape();
      shape.insert(shape.begin(), slices);
      Tensor all(inputs[i].dtype(), shape);
      for (int slice = 0; slice < slices; ++slice) {
        own[i].push_back(batched[i] ? vary(i, inputs[i], slice) : inputs[i]);
        std::memcpy(static_cast<std::byte*>(all.mutable_data()) + static_cast<std::size_t>(slice) * inputs[i].bytes(),
                    own[i].back().data(), inputs[i].bytes());
      }
      wide.push_back(batched[i] ? probe.input(all) : values[i]);
    }
    Values results = batch_node(probe.graph(), node, wide, batched, slices);
    if (results.empty()) {
      faults += concat_text("choice ", choice, ": no rule\n");
      continue;
    }
    for (std::size_t output = 0; output < results.size(); ++output) {
      Tensor together = probe.run(results[output]);
      std::vector<double> sums;
      for (int slice = 0; slice < slices; ++slice) {
        Probe alone;
        Values parts;
        for (std::size_t i = 0; i < inputs.size(); ++i)
          parts.push_back(alone.input(own[i][static_cast<std::size_t>(slice)]));
        Value y = build(parts);
        Tensor one = alone.run(Value(y.graph(), y.node_index(), static_cast<std::int32_t>(output)));
        if (!agrees(together, one, slice))
          faults += concat_text("choice ", choice, ", output ", output, ", slice ", slice, ": ", one.text(),
                                " by itself, together ", together.text(60), "\n");
        if (one.dtype() != DType::float64) continue;
        sums.resize(static_cast<std::size_t>(one.size()));
        for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += one.values<double>()[i];
      }
      if (results.size() != 1 || together.dtype() != DType::float64) continue;
      Tensor summed = probe.run(accumulate_node(probe.graph(), node, wide, batched, slices));
      for (std::size_t i = 0; i < sums.size(); ++i)
        if (!(std::abs(summed.values<double>()[i] - sums[i]) < 1e-12))
          faults += concat_text("choice ", choice, ": the sum at ", i, " is ", summed.values<double>()[i], ", not ",
                                sums[i], "\n");
    }
  }
  return faults;
}

}  // namespace gradloom
