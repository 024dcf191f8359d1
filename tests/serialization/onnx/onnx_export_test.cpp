// Exported functions pass the ONNX checker under the names they were declared with; what cannot be said is refused.
#include "serialization/onnx/onnx_export.h"

#include <doctest/doctest.h>
#include <onnx/onnx_pb.h>

#include "base/error.h"
#include "ops/ops.h"

using namespace gradloom;

namespace {

std::vector<std::string> input_names(const onnx::ModelProto& model) {
  std::vector<std::string> names;
  for (const onnx::ValueInfoProto& input : model.graph().input()) names.push_back(input.name());
  return names;
}

}  // namespace

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

  OnnxModel model = export_onnx(module, f, {});
  CHECK(input_names(*model) == std::vector<std::string>{"xs", "lengths", "start", "w"});
  CHECK(model->graph().output(0).name() == "states");
  CHECK(model->graph().output(1).name() == "next_w");
  CHECK(model->graph().input(0).type().tensor_type().shape().dim(0).dim_param() == "time");
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
