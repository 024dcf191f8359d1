// See node_model.h.
#include "tests/serialization/onnx_import/node_model.h"

#include "runtime/session.h"
#include "serialization/onnx/onnx_tensor.h"

namespace gradloom {

NodeModel::NodeModel(std::string op, std::int64_t opset, std::string domain) {
  model_.ir_version = 8;
  model_.opsets.push_back({domain, opset});
  if (!domain.empty()) model_.opsets.push_back({"", 17});
  model_.graph.name = "main";
  model_.graph.nodes.emplace_back();
  model_.graph.nodes[0].op = std::move(op);
  model_.graph.nodes[0].domain = std::move(domain);
  outputs(1);
}

NodeModel& NodeModel::input(Tensor value, const std::vector<std::string>& names) {
  std::vector<std::string>& inputs = model_.graph.nodes[0].inputs;
  std::string name = "x" + std::to_string(inputs.size());
  onnx::Type type{.element = element_type(value.dtype()), .shape = std::vector<onnx::Dim>(), .container = ""};
  for (std::size_t axis = 0; axis < value.shape().size(); ++axis) {
    bool is_named = axis < names.size() && !names[axis].empty();
    type.shape->push_back(is_named ? onnx::Dim{{}, names[axis]} : onnx::Dim{value.shape()[axis], ""});
  }
  model_.graph.inputs.push_back({name, type});
  values_[name] = std::move(value);
  inputs.push_back(name);
  return *this;
}

NodeModel& NodeModel::initializer(const Tensor& value) {
  std::vector<std::string>& inputs = model_.graph.nodes[0].inputs;
  inputs.push_back("x" + std::to_string(inputs.size()));
  model_.graph.initializers.push_back(tensor_to_onnx(value, inputs.back()));
  return *this;
}

NodeModel& NodeModel::left_out() {
  model_.graph.nodes[0].inputs.emplace_back();
  return *this;
}

NodeModel& NodeModel::outputs(std::size_t count) {
  model_.graph.outputs.clear();
  model_.graph.nodes[0].outputs.clear();
  for (std::size_t i = 0; i < count; ++i) {
    std::string name = "y" + std::to_string(i);
    model_.graph.nodes[0].outputs.push_back(name);
    model_.graph.outputs.push_back({name, {}});
  }
  return *this;
}

onnx::Attribute& NodeModel::attribute(std::string name, onnx::AttributeType type) {
  onnx::Attribute& made = model_.graph.nodes[0].attributes.emplace_back();
  made.name = std::move(name);
  made.type = type;
  return made;
}

NodeModel& NodeModel::integer(std::string name, std::int64_t value) {
  attribute(std::move(name), onnx::AttributeType::integer).integer = value;
  return *this;
}

NodeModel& NodeModel::real(std::string name, double value) {
  attribute(std::move(name), onnx::AttributeType::real).real = static_cast<float>(value);
  return *this;
}

NodeModel& NodeModel::text(std::string name, std::string value) {
  attribute(std::move(name), onnx::AttributeType::text).text = std::move(value);
  return *this;
}

NodeModel& NodeModel::integers(std::string name, std::vector<std::int64_t> values) {
  attribute(std::move(name), onnx::AttributeType::integers).integers = std::move(values);
  return *this;
}

NodeModel& NodeModel::reals(std::string name, const std::vector<double>& values) {
  std::vector<float>& reals = attribute(std::move(name), onnx::AttributeType::reals).reals;
  for (double value : values) reals.push_back(static_cast<float>(value));
  return *this;
}

NodeModel& NodeModel::texts(std::string name, std::vector<std::string> values) {
  attribute(std::move(name), onnx::AttributeType::texts).texts = std::move(values);
  return *this;
}

OnnxImport NodeModel::import() const { return import_onnx(model_, {.name = "node.onnx"}); }

std::vector<Tensor> NodeModel::run(bool optimize) const {
  OnnxImport imported = import();
  Session session(*imported.module, {.compile = {.optimize = optimize}});
  for (const auto& [name, value] : imported.weights) session.set_variable(name, value);
  TensorMap results = session.run("main", values_);
  std::vector<Tensor> outputs;
  for (const onnx::ValueInfo& output : model_.graph.outputs) outputs.push_back(results.at(output.name));
  return outputs;
}

std::string NodeModel::refusal() const {
  try {
    import();
  } catch (const OnnxImportError& error) {
    return error.what();
  }
  return "(imported)";
}

}  // namespace gradloom
