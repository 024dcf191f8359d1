// Batching and accumulation rules of samples against a loop over slices.
#include <algorithm>

#include "autodiff/batching.h"
#include "base/error.h"
#include "graph/op_def.h"
#include "tests/op_samples/declared.h"
#include "tests/op_samples/modes.h"

namespace gradloom::op_samples {

namespace {

constexpr std::int64_t slices = 3;

// A sample whose inputs, some of them, have a new leading axis, and the tensors for it.
struct Batched {
  std::unique_ptr<Declared> declared;  // the sample itself
  Module module;
  Graph* graph = &module.add_function("batched");
  Values inputs;
  std::vector<bool> has_axis;
  Dim size;
  TensorMap tensors;              // with the new axis
  std::vector<TensorMap> sliced;  // the inputs of each slice

  Batched(const OpSample& sample, std::uint64_t seed, DType numbers, std::vector<bool> chosen)
      : has_axis(std::move(chosen)) {
    Binding sizes = sizes_of(sample);
    bool literal = !sample.only_literal.empty();
    size = literal ? Dim(slices) : Dim("slices");
    declared = declare(sample, numbers, sizes, literal);
    for (std::int64_t slice = 0; slice < slices; ++slice)
      sliced.push_back(fill_inputs(sample, numbers, sizes, seed + static_cast<std::uint64_t>(slice)));
    for (std::size_t i = 0; i < has_axis.size(); ++i) {
      std::string name = concat_text("x", i);
      Dims shape = declared->inputs[i].shape();
      if (has_axis[i]) {
        shape.insert(shape.begin(), size);
        tensors[name] = stacked(name);
      } else {
        tensors[name] = sliced[0][name];
        for (TensorMap& slice : sliced) slice[name] = sliced[0][name];
      }
      inputs.push_back(graph->input(name, declared->inputs[i].dtype(), shape));
    }
  }

  Tensor stacked(const std::string& name) const {
    Array all;
    for (const TensorMap& slice : sliced) {
      Array one = to_array(slice.at(name));
      all.shape = one.shape;
      all.values.insert(all.values.end(), one.values.begin(), one.values.end());
    }
    all.shape.insert(all.shape.begin(), slices);
    return to_tensor(all, sliced[0].at(name).dtype());
  }

  // The results of each slice by itself, stacked.
  Array looped(const std::string& output) const {
    Array all;
    for (const TensorMap& slice : sliced) {
      Array one = to_array(interpret(*declared->graph, slice).outputs.at(output));
      all.shape = one.shape;
      all.values.insert(all.values.end(), one.values.begin(), one.values.end());
    }
    all.shape.insert(all.shape.begin(), slices);
    return all;
  }

  std::string text() const {
    std::string out = "with the new axis on ";
    for (std::size_t i = 0; i < has_axis.size(); ++i)
      if (has_axis[i]) out += concat_text("x", i, " ");
    return out;
  }
};

double tolerance_of(const OpSample& sample, DType dtype) {
  if (dtype == DType::float32) return std::max(2 * sample.tolerance.float32, 1e-6);
  return dtype == DType::float64 ? std::max(2 * sample.tolerance.float64, 1e-13) : 0;
}

template <class Try>
void each_choice(const OpSample& sample, std::uint64_t seed, const Try& attempt) {
  DType numbers = sample.dtypes.back();
  std::size_t count = sample.inputs.size();
  for (std::size_t bits = 1; bits < (std::size_t{1} << count); ++bits) {
    std::vector<bool> chosen;
    for (std::size_t i = 0; i < count; ++i) chosen.push_back((bits >> i & 1) != 0);
    Batched batched(sample, seed, numbers, std::move(chosen));
    try {
      attempt(batched);
    } catch (const Mismatch& mismatch) {
      throw Mismatch{batched.text() + mismatch.text};
    } catch (const std::exception& error) {
      throw Mismatch{batched.text() + error.what()};
    }
  }
}

// Whether an operation on the way says aloud that it has no batching rule.
bool has_refusal(const Graph& graph) {
  return std::any_of(graph.nodes().begin(), graph.nodes().end(),
                     [](const Node& node) { return node.op && node.op->batching == &no_batching; });
}

Array summed(const Array& all) {
  Array result{{all.shape.begin() + 1, all.shape.end()}, {}};
  result.values.resize(static_cast<std::size_t>(element_count(result.shape)));
  for (std::size_t i = 0; i < all.values.size(); ++i) result.values[i % result.values.size()] += all.values[i];
  return result;
}

}  // namespace

void check_batching(const OpSample& sample, std::uint64_t seed) {
  if (!sample.not_batched.empty()) return;
  each_choice(sample, seed, [&](Batched& b) {
    std::vector<bool> with_axis;
    Values results = batch_body(*b.declared->graph, *b.graph, b.inputs, b.has_axis, b.size, with_axis);
    if (results.empty()) {
      if (has_refusal(*b.declared->graph)) return;
      throw Mismatch{"no rule for this case"};
    }
    for (std::size_t i = 0; i < results.size(); ++i) b.graph->output(concat_text("y", i), results[i]);
    InterpreterResult got = interpret(*b.graph, b.tensors);
    for (std::size_t i = 0; i < results.size(); ++i) {
      std::string name = concat_text("y", i);
      Array expected = b.looped(name);
      if (!with_axis[i]) expected = to_array(interpret(*b.declared->graph, b.sliced[0]).outputs.at(name));
      expect_equal(name, got.outputs.at(name), expected, tolerance_of(sample, results[i].dtype()));
    }
  });
}

void check_accumulation(const OpSample& sample, std::uint64_t seed) {
  if (!sample.not_batched.empty()) return;
  each_choice(sample, seed, [&](Batched& b) {
    const Graph& graph = *b.declared->graph;
    const Node& node = graph.nodes().back();
    // Only a sample that is one operation on its inputs, in their order.
    if (node.kind != NodeKind::operation || !node.op->accumulation || node.inputs != b.declared->inputs) return;
    if (!is_float(node.types[0].dtype)) return;
    Value result = accumulate_node(*b.graph, node, b.inputs, b.has_axis, b.size);
    if (!result) throw Mismatch{"no accumulation"};
    b.graph->output("total", result);
    expect_equal("the sum of all slices", interpret(*b.graph, b.tensors).outputs.at("total"), summed(b.looped("y0")),
                 10 * tolerance_of(sample, result.dtype()));
  });
}

}  // namespace gradloom::op_samples
