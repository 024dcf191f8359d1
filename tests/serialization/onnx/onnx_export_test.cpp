// Exported functions pass the ONNX checker under the names they were declared with; what cannot be said is refused.
#include "serialization/onnx/onnx_export.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "ops/ops.h"
#include "tests/runtime/random_graph.h"

using namespace gradloom;

namespace {

std::vector<std::string> names_of(const std::vector<onnx::ValueInfo>& values) {
  std::vector<std::string> names;
  for (const onnx::ValueInfo& value : values) names.push_back(value.name);
  return names;
}

// The nodes that give no result, in bodies too.
std::string nodes_without_results(const onnx::Graph& graph) {
  std::string found;
  for (const onnx::Node& node : graph.nodes) {
    if (node.outputs.empty()) found += node.op + " ";
    for (const onnx::Attribute& attribute : node.attributes)
      for (const onnx::Graph& body : attribute.graphs) found += nodes_without_results(body);
  }
  return found;
}

}  // namespace

TEST_CASE("serialization/onnx/onnx_export: a loop that gives no result is no node") {
  // The gradients of this function leave one behind.
  testing::RandomGraph made = testing::random_graph(33, {.with_gradients = true});
  onnx::Model model = export_onnx(*made.module, made.module->function("f"), made.variables);
  CHECK(nodes_without_results(model.graph) == "");
}

TEST_CASE("serialization/onnx/onnx_export: a loop that updates a variable is a Scan with an input and a next_ output") {
  Module module;
  module.add_variable({"w", DType::float32, {3}, Role::parameter, constant_fill(0)});
  Graph& f = module.add_function("step");
  Value xs = f.input("xs", DType::float32, {"time", "batch", 3});
  Value lengths = f.input("lengths", DType::int32, {"batch"});
  Value start = f.input("start", DType::float32, {"batch", 3});
  Value w = f.variable("w");
  auto body = [&](const Values& carries, const Values& slices) -> Step {
    Value next = carries[0] + slices[0] * w;
    return {{next}, {next}};
  };
  ScanResult result = scan({start}, {xs}, body, {.lengths = lengths, .reverse = true});
  f.output("states", result.outputs[0]);
  f.update("w", w + 1);

  onnx::Model model = export_onnx(module, f, {});
  CHECK(names_of(model.graph.inputs) == std::vector<std::string>{"xs", "lengths", "start", "w"});
  CHECK(names_of(model.graph.outputs) == std::vector<std::string>{"states", "next_w"});
  const std::vector<onnx::Dim>& shape = *model.graph.inputs[0].type->shape;
  CHECK(shape[0].param == "time");
  CHECK(shape[2].value == 3);
  std::vector<const onnx::Node*> loops;
  for (const onnx::Node& node : model.graph.nodes)
    if (node.op == "Scan") loops.push_back(&node);
  REQUIRE(loops.size() == 1);
  // State, slice and the mask of active rows.
  CHECK(loops[0]->attributes[0].graphs[0].inputs.size() == 3);
  CHECK(loops[0]->attributes[2].name == "scan_input_directions");
  CHECK(loops[0]->attributes[2].integers == std::vector<std::int64_t>{1, 1});
}

TEST_CASE("serialization/onnx/onnx_export: what cannot be exported is named") {
  Module module;
  Graph& f = module.add_function("f");
  f.input("x", DType::float32, {2 * Dim("n")});
  f.output("y", range(f, "n"));
  CHECK_THROWS_WITH_AS(export_onnx(module, f, {}),
                       "export: the size n is no axis of an input; a size of an input must be a plain symbol",
                       UserError);
}
