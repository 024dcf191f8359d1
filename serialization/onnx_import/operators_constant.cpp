// Values that need no operand, or hand theirs on: constants, ranges, diagonals, windows, identities and dropout at
// rest.
#include <cmath>
#include <numbers>

#include "serialization/onnx_import/operators.h"
#include "serialization/onnx_import/size_values.h"

namespace gradloom {

namespace {

Values constant(const ImportNode& node) {
  Graph& graph = node.graph();
  if (node.has("value")) return {graph.constant(node.tensor("value"))};
  if (node.has("value_float")) return {graph.constant(Tensor::scalar(static_cast<float>(node.real("value_float", 0))))};
  if (node.has("value_int")) return {graph.constant(Tensor::scalar<std::int64_t>(node.integer("value_int")))};
  if (node.has("value_ints")) {
    std::vector<std::int64_t> values = node.integers("value_ints");
    return {graph.constant(Tensor::from({static_cast<std::int64_t>(values.size())}, values))};
  }
  node.require(node.has("value_floats"), "it holds neither a tensor nor numbers");
  std::vector<float> values;
  for (double value : node.reals("value_floats")) values.push_back(static_cast<float>(value));
  return {graph.constant(Tensor::from({static_cast<std::int64_t>(values.size())}, values))};
}

Values constant_of_shape(const ImportNode& node) {
  Tensor value = node.has("value") ? node.tensor("value") : Tensor::scalar(0.0f);
  node.require(value.size() == 1, "value is ", shape_text(value.shape()), ", but one element is needed");
  return {broadcast_to(node.graph().constant(value.reshaped({})), node.known_sizes(0, "input"))};
}

// ---- Range

// start, start + delta ... before limit; of sizes where all three are.
Value range_of_sizes(const ImportNode& node, const Dim& start, const Dim& limit, const Dim& delta, DType dtype) {
  node.require(delta.is_constant() && !delta.is(0), "delta is ", delta, ", but a number other than 0 is needed");
  Dim distance = delta.constant() > 0 ? limit - start : start - limit;
  Dim count = ceildiv(distance, delta.constant() > 0 ? delta : Dim(0) - delta);
  if (count.is_constant()) count = std::max<std::int64_t>(count.constant(), 0);
  Graph& graph = node.graph();
  Value numbers = range(graph, count);
  if (!delta.is(1)) numbers = numbers * size_value(graph, delta);
  if (!start.is(0)) numbers = numbers + size_value(graph, start);
  return dtype == DType::int64 ? numbers : cast(numbers, dtype);
}

Values numbers_in_order(const ImportNode& node) {
  DType dtype = node.input(0).dtype();
  auto size = [&](std::size_t i, std::string_view what) {
    Dims sizes = node.known_sizes(i, what);
    node.require(sizes.size() == 1, what, " is no scalar");
    return sizes[0];
  };
  if (is_integer(dtype)) return {range_of_sizes(node, size(0, "start"), size(1, "limit"), size(2, "delta"), dtype)};
  double start = node.known_number(0, "start"), limit = node.known_number(1, "limit");
  double delta = node.known_number(2, "delta"), count = std::ceil((limit - start) / delta);
  node.require(std::isfinite(count) && count < 1e15, "from ", start, " to ", limit, " in steps of ", delta,
               " there is no end");
  Value numbers = cast(range(node.graph(), static_cast<std::int64_t>(std::max(count, 0.0))), dtype);
  return {numbers * scalar_like(numbers, delta) + scalar_like(numbers, start)};
}

// ---- diagonals and windows

Values diagonal_like(const ImportNode& node) {
  Value x = node.input(0);
  node.require(x.rank() == 2, "the operand is ", x.type().text(), ", but two axes are needed");
  return {eye(node.graph(), node.dtype("dtype", x.dtype()), x.dim(0), x.dim(1), node.integer("k", 0))};
}

// a0 - a1 cos(w) + a2 cos(2 w), where w goes round once in `size` steps, or in one less when it is symmetric.
Values window(const ImportNode& node, double a0, double a1, double a2) {
  Dims sizes = node.known_sizes(0, "size");
  node.require(sizes.size() == 1, "size is no scalar");
  DType dtype = node.dtype("output_datatype", DType::float32);
  node.require(is_float(dtype), "output_datatype is ", name_of(dtype), ", but a float is needed");
  Dim steps = node.flag("periodic", true) ? sizes[0] : sizes[0] - 1;
  Value places = cast(range(node.graph(), sizes[0]), DType::float64);
  Value turn = places * (2 * std::numbers::pi) / cast(size_value(node.graph(), steps), DType::float64);
  Value y = a0 - a1 * cos(turn) + a2 * cos(2.0 * turn);
  return {dtype == DType::float64 ? y : cast(y, dtype)};
}

Values hann(const ImportNode& node) { return window(node, 0.5, 0.5, 0); }
Values hamming(const ImportNode& node) { return window(node, 25.0 / 46, 21.0 / 46, 0); }
Values blackman(const ImportNode& node) { return window(node, 0.42, 0.5, 0.08); }

// ---- what hands its operand on

Values identity(const ImportNode& node) {
  if (const Values* sequence = node.optional_sequence(0)) {
    node.give_sequence(0, *sequence);
    return {};
  }
  return {node.input(0)};
}

// As in inference: in training it draws random numbers, other ones in each runtime.
Values dropout_at_rest(const ImportNode& node) {
  Value x = node.input(0);
  bool is_training =
      node.opset() < 7 ? !node.flag("is_test", false) : node.has_input(2) && node.known_number(2, "training_mode") != 0;
  double rate = node.has("ratio") ? node.real("ratio", 0.5) : 0.5;
  if (is_training && node.has_input(1)) rate = node.known_number(1, "ratio");
  node.require(!is_training || rate == 0, "dropout in training draws random numbers, which no file can fix");
  Values results{x};
  if (node.wants_output(1)) {
    DType dtype = node.opset() < 7 ? x.dtype() : DType::boolean;
    results.push_back(fill(node.graph(), dtype, x.shape(), 1));
  }
  return results;
}

constexpr ImportRule rules[] = {
    {"Constant", constant},       {"ConstantOfShape", constant_of_shape},
    {"Range", numbers_in_order},  {"EyeLike", diagonal_like},
    {"HannWindow", hann},         {"HammingWindow", hamming},
    {"BlackmanWindow", blackman}, {"Identity", identity},
    {"Dropout", dropout_at_rest},
};

}  // namespace

ImportRules constant_imports() { return rules; }

}  // namespace gradloom
