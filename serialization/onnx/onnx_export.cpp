// The outline of an exported function: inputs, variables, nodes, outputs, as declared in onnx_export.h.
#include "serialization/onnx/onnx_export.h"

#include "base/error.h"
#include "base/version.h"
#include "serialization/onnx/lowering.h"

namespace gradloom {

onnx::Model export_onnx(const Module& module, const Graph& function, const TensorMap& variables) {
  onnx::Model model;
  model.ir_version = 8;
  model.producer_name = "gradloom";
  model.producer_version = version;
  model.opsets = {{"", 17}};
  model.graph.name = function.name();
  OnnxGraph to(model.graph);
  OnnxValues values;
  bool trains = !function.updates().empty();

  auto add_leaf = [&](Value leaf) {
    const std::string& name = leaf.node().name;
    to.reserve_name(name);
    values[leaf] = name;
    return name;
  };
  for (const Value& input : function.inputs()) {
    std::string name = add_leaf(input);
    to.add_input(name, input.type());
    to.learn_symbols(name, input.shape());
  }
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(function.nodes().size()); ++i) {
    if (function.node(i).kind != NodeKind::variable) continue;
    Value variable(const_cast<Graph&>(function), i);
    std::string name = add_leaf(variable);
    if (trains) {
      to.add_input(name, variable.type());
      continue;
    }
    auto given = variables.find(name);
    require(given != variables.end(), Fault::input, "export: the variable ", name,
            " has no value in the model's files");
    to.add_initializer(name, given->second);
  }
  for (const NamedValue& output : function.outputs()) to.reserve_name(output.name);
  for (const NamedValue& update : function.updates()) {
    module.variable(update.name);
    to.reserve_name("next_" + update.name);
  }

  lower_nodes(function, to, values);
  auto add_result = [&](const std::string& name, Value value) {
    to.add_named("Identity", {values.at(value)}, name);
    to.add_output(name, value.type());
  };
  for (const NamedValue& output : function.outputs()) add_result(output.name, output.value);
  for (const NamedValue& update : function.updates()) add_result("next_" + update.name, update.value);
  return model;
}

}  // namespace gradloom
