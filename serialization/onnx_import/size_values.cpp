// Constants and `dim` operations for sizes, as declared in size_values.h.
#include "serialization/onnx_import/size_values.h"

#include <algorithm>

#include "ops/ops.h"

namespace gradloom {

Value size_value(Graph& graph, const Dim& size) {
  return size.is_constant() ? graph.constant(Tensor::scalar<std::int64_t>(size.constant())) : dim(graph, size);
}

Value list_of_sizes(Graph& graph, const Dims& sizes) {
  if (std::ranges::all_of(sizes, &Dim::is_constant)) {
    std::vector<std::int64_t> numbers;
    for (const Dim& size : sizes) numbers.push_back(size.constant());
    return graph.constant(Tensor::from({static_cast<std::int64_t>(numbers.size())}, numbers));
  }
  Values parts;
  for (const Dim& size : sizes) parts.push_back(size_value(graph, size));
  return stack(std::move(parts), 0);
}

}  // namespace gradloom
