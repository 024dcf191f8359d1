// Every operation exports: each sample of the operations' table, and the gradients of those that have any, pass the
// checker, and ONNX Runtime computes from the file what we compute.
#include "serialization/onnx/lowering.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "autodiff/gradients.h"
#include "base/error.h"
#include "ops/ops.h"
#include "ops/registry.h"
#include "serialization/onnx/model_file.h"
#include "serialization/onnx/onnx_export.h"
#include "tests/op_samples/declared.h"
#include "tests/serialization/onnx/onnx_runtime.h"

using namespace gradloom;
using namespace gradloom::op_samples;

namespace {

// The gradient of the weighted sum of all float results, the weights being further inputs, as further outputs.
void add_gradients(Declared& declared, TensorMap& inputs) {
  Values wanted;
  for (const Value& input : declared.inputs)
    if (is_float(input.dtype())) wanted.push_back(input);
  TensorMap results = interpret(*declared.graph, inputs).outputs;
  Random random(7);
  Value total;
  for (std::size_t i = 0; i < declared.outputs.size(); ++i) {
    Value output = declared.outputs[i];
    if (!is_float(output.dtype()) || (total && output.dtype() != total.dtype())) continue;
    std::string name = concat_text("weight", i);
    Array weights{results.at(concat_text("y", i)).shape(), {}};
    for (std::int64_t n = element_count(weights.shape); n > 0; --n) weights.values.push_back(2 * random.uniform() - 1);
    inputs[name] = to_tensor(weights, output.dtype());
    Value part = sum(output * declared.graph->input(name, output.dtype(), output.shape()));
    total = total ? total + part : part;
  }
  if (wanted.empty() || !total) return;
  Values made = gradients(total, wanted);
  for (std::size_t i = 0; i < made.size(); ++i) declared.graph->output(concat_text("gradient", i), made[i]);
}

// 0, 1, 2 ...
Array array_of_size(Shape shape) {
  Array array{std::move(shape), {}};
  for (std::int64_t i = 0; i < element_count(array.shape); ++i) array.values.push_back(static_cast<double>(i));
  return array;
}

// What ONNX, or its runtime, does otherwise, by the beginning of a sample's name.
struct KnownDifference {
  std::string_view sample, reason;
};
constexpr KnownDifference known_differences[] = {
    {"div: the lowest integer by -1", "a division that traps ends the process"},
    {"mod: the lowest integer by -1", "a division that traps ends the process"},
    {"hard_swish: infinities and NaN", "x * share is NaN at -inf"},
    {"max: NaN", "ReduceMax passes over NaN"},
    {"min: NaN", "ReduceMin passes over NaN"},
    {"l1_norm: the lowest integer wraps around", "integers saturate"},
    {"l2_norm: squares beyond float32", "squares are added up in float32"},
    {"softmax: -inf is masked, inf is NaN", "a row of -inf is NaN"},
    {"log_softmax: rows of -inf, and inf", "a row of -inf is NaN"},
    {"layer_norm: rows of nothing", "sizes of 0 do not broadcast, or are refused"},
    {"cross_entropy: no rows", "sizes of 0 do not broadcast, or are refused"},
    {"cross_entropy_gradient: no rows", "sizes of 0 do not broadcast, or are refused"},
    {"gather: nothing, axis 1", "sizes of 0 do not broadcast, or are refused"},
    {"product_of_others: nothing, axis 1", "sizes of 0 do not broadcast, or are refused"},
};

bool is_known(const std::string& sample) {
  return std::any_of(std::begin(known_differences), std::end(known_differences),
                     [&](const KnownDifference& known) { return sample.starts_with(known.sample); });
}

struct SampleRun {
  std::string name;
  TensorMap expected;
};

}  // namespace

TEST_CASE("serialization/onnx/lowering: every operation has a rule") {
  for (const OpDef* op : all_ops()) {
    INFO(op->name);
    CHECK((find_lowering(*op) != nullptr));
  }
}

TEST_CASE("serialization/onnx/lowering: ONNX Runtime computes samples and their gradients as we do") {
  std::vector<SampleRun> samples;
  std::vector<OnnxRun> runs;
  bool is_long = std::getenv("GRADLOOM_LONG") != nullptr;
  std::map<std::string, int> of_operation;
  for (const OpSample& sample : table().samples())
    for (DType numbers : sample.dtypes) {
      std::string name = concat_text(sample.op, ": ", sample.name, ", ", name_of(numbers));
      if (const char* text = std::getenv("GRADLOOM_SAMPLE"); text && name.find(text) == std::string::npos) continue;
      INFO(name);
      try {
        Binding sizes = sizes_of(sample);
        auto declared = declare(sample, numbers, sizes, !sample.only_literal.empty());
        TensorMap inputs = fill_inputs(sample, numbers, sizes, 1);
        if (is_float(numbers) && sample.not_differentiated.empty()) add_gradients(*declared, inputs);
        std::string model = onnx_bytes(export_onnx(declared->module, *declared->graph, {}));
        // Many operators have no kernel for float64. Short runs take some samples of each operation.
        if (numbers == DType::float64 || (!is_long && of_operation[sample.op]++ % 4 != 0)) continue;
        samples.push_back({name, interpret(*declared->graph, inputs).outputs});
        runs.push_back({std::move(model), std::move(inputs)});
      } catch (const std::exception& error) {
        FAIL_CHECK(concat_text(name, ": ", error.what()));
      }
    }
  if (!has_onnx_runtime()) return;
  std::vector<OnnxOutcome> outcomes = run_in_onnx_runtime(runs);
  std::size_t computed = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const std::string& error = outcomes[i].error;
    if (error.starts_with("the graph's input random/")) continue;
    std::string text = error.empty() ? difference_of(outcomes[i].outputs, samples[i].expected, 1e-4, 1e-5) : error;
    if (!text.empty() && !is_known(samples[i].name)) FAIL_CHECK(concat_text(samples[i].name, ": ", text));
    computed += text.empty();
  }
  MESSAGE(concat_text("ONNX Runtime computed ", computed, " of ", runs.size(), " models as we do"));
}

TEST_CASE("serialization/onnx/lowering: sizes are computed from those of the inputs") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"n"});
  f.input("y", DType::float32, {"m", 4});
  Dim n = "n", m = "m";
  Dims sizes{n * m + 2,     2 * n * n - m, floordiv(n, 2) * m,      ceildiv(n + 1, 3),    floordiv(n - 8, 3) + 9,
             ceildiv(n, m), max(n, m + 1), min(2 * n, m) + Dim(-1), ceildiv(m - 9, 4) + n};
  for (std::size_t i = 0; i < sizes.size(); ++i) f.output(concat_text("size", i), dim(f, sizes[i]));
  f.output("repeated", reshape(broadcast_to(x, {m - 1, n}), {n * (m - 1)}));
  std::vector<OnnxRun> runs;
  std::vector<TensorMap> expected;
  std::string model = onnx_bytes(export_onnx(module, f, {}));
  for (auto [n_size, m_size] : std::vector<std::pair<std::int64_t, std::int64_t>>{{5, 3}, {7, 1}, {3, 8}}) {
    TensorMap inputs{{"x", to_tensor(array_of_size({n_size}), DType::float32)},
                     {"y", to_tensor(array_of_size({m_size, 4}), DType::float32)}};
    expected.push_back(interpret(f, inputs).outputs);
    runs.push_back({model, inputs});
  }
  if (!has_onnx_runtime()) return;
  std::vector<OnnxOutcome> outcomes = run_in_onnx_runtime(runs);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    CHECK(outcomes[i].error == "");
    CHECK(difference_of(outcomes[i].outputs, expected[i], 0, 0) == "");
  }
}

TEST_CASE("serialization/onnx/lowering: sums at repeated indices do not use ScatterND") {
  // Its threads add to one place without a lock in ONNX Runtime 1.30, so that some sums of an embedding's gradient are
  // wrong, in one run of dozens.
  Module module;
  Graph& f = module.add_function("f");
  Value indices = f.input("indices", DType::int32, {"n"});
  f.output("y", scatter_add(indices, f.input("updates", DType::float32, {"n", 3}), 5));
  std::string model = onnx_bytes(export_onnx(module, f, {}));
  CHECK(model.find("ScatterND") == std::string::npos);
  CHECK(model.find("ScatterElements") != std::string::npos);
}
