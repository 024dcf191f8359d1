// Damaged module.json: a refusal with type and place, or a module that can be written again; never a crash (row R6).
#include <doctest/doctest.h>

#include <cstdlib>

#include "ops/ops.h"
#include "tests/serialization/hostile_module.h"
#include "tests/serialization/sample_module.h"
#include "training/reference_workload.h"

using namespace gradloom;

namespace {

// GRADLOOM_MUTATIONS=N, or ten times the short count where tests may be long.
std::uint64_t count_of(std::uint64_t usual) {
  if (const char* asked = std::getenv("GRADLOOM_MUTATIONS")) return std::strtoull(asked, nullptr, 10);
  return std::getenv("GRADLOOM_LONG") != nullptr ? 20 * usual : usual;
}

void survive(const ModuleJson& sample, std::uint64_t usual) {
  REQUIRE(hostile::read_module(sample.text, sample.constants) == "");
  for (std::uint64_t seed = 0; seed < count_of(usual); ++seed) {
    std::string text = seed % 2 == 0 ? mutated(sample.text, seed) : hostile::with_strings_exchanged(sample.text, seed);
    std::string broken = hostile::read_module(text, sample.constants);
    CHECK_MESSAGE(broken == "", "seed ", seed, ": ", broken);
  }
}

// One node or more of each operation that takes attributes or looks at ranks.
std::unique_ptr<Module> module_of_many_operations() {
  auto module = std::make_unique<Module>();
  Graph& graph = module->add_function("many");
  Value x = graph.input("x", DType::float32, {"batch", "time", 6});
  Value ids = graph.input("ids", DType::int32, {"batch", "time"});
  Value weight = graph.constant(Tensor::from<float>({2, 6}, std::vector<float>(12, 0.5f)));
  Value rows = reshape(x, {Dim("batch") * Dim("time"), -1});
  Value y = linear(x, weight);
  Value both = concat({slice(x, 1, 1, Dim("time")), slice(x, 1, 0, -1)}, 1);
  Values halves = split(x, 2, Dims{2, 4});
  Value parts = stack({halves[0], y}, -1);
  Value padded = pad(transpose(parts, {1, 0, 2, 3}), {1, 0, 0, 0}, {0, 0, 0, 2}, -1);
  Value chosen = gather(x, argmax(y, -1), 2, 2);
  Value joined = scatter_add(ids, y, 9, 1, 1);
  Value lengths = cast(sum(one_hot(ids, 5, DType::float32), {1, 2}), DType::int32);
  Value mask = sequence_mask(lengths, "time");
  Value scores = softmax(mean(x, {2}), -1, mask);
  Randomness randomness{graph.constant(Tensor::scalar<std::int64_t>(1)),
                        graph.constant(Tensor::scalar<std::int64_t>(2))};
  Value loss = mean(cross_entropy(y, where(mask, argmax(y), cast(ids, DType::int64)), 0.1, 0));
  ScanResult loop = scan({squeeze(slice(x, 1, 0, 1), {1})}, {transpose(x, {1, 0, 2})},
                         [&](const Values& carries, const Values& slices) {
                           Value next =
                               tanh(carries[0] + slices[0] * cast(graph.innermost().step_index(), DType::float32));
                           return Step{{next}, {next * loss}};
                         },
                         {.lengths = lengths, .reverse = true});
  int number = 0;
  for (Value value : {rows, y, both, padded, chosen, joined, scores, loss, dropout(y, 0.5, randomness), loop.carries[0],
                      loop.outputs[0], clip(log_softmax(y), -3, 0), broadcast_to(loss, {"time", 2})})
    graph.output(concat_text("output_", number++), value);
  return module;
}

}  // namespace

TEST_CASE("serialization/module_mutation: a loop with updates") { survive(write_module_json(*sample_module()), 2000); }

TEST_CASE("serialization/module_mutation: many operations") {
  survive(write_module_json(*module_of_many_operations()), 2000);
}

TEST_CASE("serialization/module_mutation: a training step") {
  Module module;
  Workload workload;
  workload.size = {2, 4, 7, 2, 3, 3};
  declare_workload(module, workload, 1);
  survive(write_module_json(module), 100);
}
