// The sample of sample_module.h.
#include "tests/serialization/sample_module.h"

#include "ops/ops.h"

namespace gradloom {

std::unique_ptr<Module> sample_module() {
  auto module = std::make_unique<Module>();
  module->add_variable({"weight", DType::float32, {}, Role::parameter, uniform_fill(-0.1, 0.1)});
  module->add_variable({"count", DType::int64, {}, Role::counter, constant_fill(0)});
  Graph& graph = module->add_function("step");
  Value x = graph.input("x", DType::float32, {"time", "batch"});
  Value start = graph.input("start", DType::float32, {"batch"});
  Value weight = graph.variable("weight");
  ScanResult loop = scan({start}, {x}, [&](const Values& carries, const Values& slices) {
    Value next = carries[0] * weight + slices[0];
    return Step{{next}, {next}};
  });
  graph.output("total", loop.carries[0]);
  graph.output("trace", loop.outputs[0]);
  graph.update("weight", weight * 0.5);
  graph.update("count", graph.variable("count") + 1.0);
  return module;
}

std::string sample_module_text() {
  return R"({
  "format": "gradloom-module",
  "version": 1,
  "variables": {
    "weight": {"dtype": "float32", "shape": [], "role": "parameter", "initializer": {"uniform": [-0.1, 0.1]}},
    "count": {"dtype": "int64", "shape": [], "role": "counter", "initializer": {"constant": 0}}
  },
  "functions": {
    "step": {
      "inputs": [
        {"name": "x", "dtype": "float32", "shape": ["time", "batch"]},
        {"name": "start", "dtype": "float32", "shape": ["batch"]}
      ],
      "nodes": [
        {"name": "weight", "op": "variable"},
        {"name": "scan", "op": "scan", "inputs": ["start", "x", "weight"], "attributes": {"body": "step/scan", "length": "time", "num_carries": 1, "num_constants": 1, "num_sequences": 1}},
        {"name": "constant", "op": "constant", "dtype": "float32", "shape": [], "values": [0.5]},
        {"name": "mul", "op": "mul", "inputs": ["weight", "constant"]},
        {"name": "count", "op": "variable"},
        {"name": "constant_2", "op": "constant", "dtype": "int64", "shape": [], "values": [1]},
        {"name": "add", "op": "add", "inputs": ["count", "constant_2"]}
      ],
      "outputs": [
        {"name": "total", "value": "scan"},
        {"name": "trace", "value": "scan:1"}
      ],
      "updates": [
        {"variable": "weight", "value": "mul"},
        {"variable": "count", "value": "add"}
      ]
    }
  },
  "bodies": {
    "step/scan": {
      "inputs": [
        {"name": "carry_0", "dtype": "float32", "shape": ["batch"]},
        {"name": "slice_0", "dtype": "float32", "shape": ["batch"]},
        {"name": "weight", "dtype": "float32", "shape": []}
      ],
      "nodes": [
        {"name": "mul", "op": "mul", "inputs": ["carry_0", "weight"]},
        {"name": "add", "op": "add", "inputs": ["mul", "slice_0"]}
      ],
      "outputs": [
        {"name": "carry_0", "value": "add"},
        {"name": "output_0", "value": "add"}
      ]
    }
  }
}
)";
}

}  // namespace gradloom
