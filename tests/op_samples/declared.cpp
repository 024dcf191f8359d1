// Samples as functions, tensors and comparisons.
#include "tests/op_samples/declared.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace gradloom::op_samples {

DType dtype_of_input(const Filled& input, DType numbers) {
  if (input.element == Element::number) return numbers;
  if (input.element == Element::flag) return DType::boolean;
  return numbers == DType::float32 || numbers == DType::int32 ? DType::int32 : DType::int64;
}

Binding sizes_of(const OpSample& sample) {
  Binding sizes{{"k", 2}, {"l", 5}, {"m", 3}, {"n", 4}};
  for (const auto& [name, size] : sample.sizes) sizes[name] = size;
  Binding used;
  for (const Filled& input : sample.inputs)
    for (const Dim& dim : input.shape)
      for (const std::string& symbol : dim.symbols()) used[symbol] = sizes.at(symbol);
  return used;
}

std::string sizes_text(const Binding& sizes) {
  std::string out;
  for (const auto& [name, size] : sizes) out += concat_text(out.empty() ? "" : ", ", name, "=", size);
  return out;
}

std::vector<Binding> sizes_to_try(const OpSample& sample) {
  Binding usual = sizes_of(sample);
  std::vector<Binding> all{usual};
  auto add = [&](Binding sizes) {
    for (auto& [name, size] : sizes) {
      auto least = sample.smallest.find(name);
      if (least != sample.smallest.end()) size = std::max(size, least->second);
    }
    if (std::find(all.begin(), all.end(), sizes) == all.end()) all.push_back(std::move(sizes));
  };
  Binding ones = usual;
  for (const auto& [name, size] : usual) {
    ones[name] = 1;
    for (std::int64_t other : {0, 1, 21}) {
      Binding sizes = usual;
      sizes[name] = other;
      add(std::move(sizes));
    }
  }
  add(std::move(ones));
  return all;
}

Dims literal_shape(const Dims& shape, const Binding& sizes) {
  Dims result;
  for (const Dim& dim : shape) result.emplace_back(dim.evaluate(sizes));
  return result;
}

std::unique_ptr<Declared> declare(const OpSample& sample, DType numbers, const Binding& sizes, bool literal) {
  auto declared = std::make_unique<Declared>();
  declared->graph = &declared->module.add_function("sample");
  for (const Filled& input : sample.inputs)
    declared->inputs.push_back(declared->graph->input(concat_text("x", declared->inputs.size()),
                                                      dtype_of_input(input, numbers),
                                                      literal ? literal_shape(input.shape, sizes) : input.shape));
  declared->outputs = sample.build(declared->inputs);
  for (std::size_t i = 0; i < declared->outputs.size(); ++i)
    declared->graph->output(concat_text("y", i), declared->outputs[i]);
  return declared;
}

TensorMap fill_inputs(const OpSample& sample, DType numbers, const Binding& sizes, std::uint64_t seed) {
  TensorMap tensors;
  for (std::size_t i = 0; i < sample.inputs.size(); ++i) {
    const Filled& input = sample.inputs[i];
    Random random(seed * 1000 + i);
    Array array{evaluate(input.shape, sizes), {}};
    auto count = static_cast<std::size_t>(element_count(array.shape));
    if (input.draw_all)
      array.values = input.draw_all(count, random);
    else
      for (std::size_t n = 0; n < count; ++n) array.values.push_back(input.draw(random, sizes));
    tensors[concat_text("x", i)] = to_tensor(array, dtype_of_input(input, numbers));
  }
  return tensors;
}

Arrays inputs_as_arrays(const OpSample& sample, const TensorMap& tensors) {
  Arrays arrays;
  for (std::size_t i = 0; i < sample.inputs.size(); ++i) arrays.push_back(to_array(tensors.at(concat_text("x", i))));
  return arrays;
}

Array to_array(const Tensor& tensor) {
  Tensor wide = tensor.cast(DType::float64);
  return {tensor.shape(), wide.to_vector<double>()};
}

Tensor to_tensor(const Array& array, DType dtype) {
  return Tensor::from<double>(array.shape, array.values).cast(dtype);
}

void expect_equal(const std::string& what, const Tensor& got, const Array& expected, double tolerance) {
  if (got.shape() != expected.shape)
    throw Mismatch{
        concat_text(what, " has the shape ", shape_text(got.shape()), " but ", shape_text(expected.shape), " is due")};
  Array values = to_array(got);
  double largest = 0;
  for (double x : expected.values)
    if (std::isfinite(x)) largest = std::max(largest, std::abs(x));
  for (std::size_t i = 0; i < values.values.size(); ++i) {
    double x = values.values[i], y = expected.values.at(i);
    bool same = x == y || (std::isnan(x) && std::isnan(y)) || std::abs(x - y) <= tolerance * largest;
    if (!same)
      throw Mismatch{concat_text(what, ": element ", i, " of ", shape_text(got.shape()), " is ", x, " but ", y,
                                 " is due (difference ", std::abs(x - y), ", allowed ", tolerance * largest, ")")};
  }
}

}  // namespace gradloom::op_samples
