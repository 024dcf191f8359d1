// Writing of ONNX models, as declared in model_file.h: one function a message of onnx.proto, fields in the order of
// their numbers.
#include "serialization/file.h"
#include "serialization/onnx/model_file.h"
#include "serialization/onnx/wire.h"

namespace gradloom {

namespace {

using onnx::WireWriter;

// Named before write_all, which finds no later ones.
void write(WireWriter& out, const onnx::Graph& graph);
void write(WireWriter& out, const onnx::Node& node);
void write(WireWriter& out, const onnx::Attribute& attribute);
void write(WireWriter& out, const onnx::ValueInfo& value);
void write(WireWriter& out, const onnx::Function& function);

void write(WireWriter& out, const onnx::Opset& opset) {
  out.text(1, opset.domain);
  out.integer(2, opset.version);
}

void write(WireWriter& out, const std::pair<std::string, std::string>& entry) {
  out.text(1, entry.first);
  out.text(2, entry.second);
}

void write(WireWriter& out, const onnx::Tensor& tensor) {
  for (std::int64_t size : tensor.dims) out.integer(1, size);
  out.integer(2, static_cast<std::int32_t>(tensor.type));
  out.texts(6, tensor.texts);
  out.optional_text(8, tensor.name);
  if (tensor.type != onnx::ElementType::text) out.bytes(9, tensor.bytes);
}

void write(WireWriter& out, const onnx::Dim& dim) {
  if (dim.value)
    out.integer(1, *dim.value);
  else
    out.optional_text(2, dim.param);
}

// The messages of a list, each as the field.
template <class Messages>
void write_all(WireWriter& out, std::uint32_t field, const Messages& messages) {
  for (const auto& message : messages) out.message(field, [&] { write(out, message); });
}

void write(WireWriter& out, const onnx::Type& type) {
  if (type.container.empty()) {
    out.message(1, [&] {
      out.integer(1, static_cast<std::int32_t>(type.element));
      if (type.shape) out.message(2, [&] { write_all(out, 1, *type.shape); });
    });
    return;
  }
  constexpr std::pair<const char*, std::uint32_t> containers[] = {
      {"sequence", 4}, {"map", 5}, {"sparse_tensor", 8}, {"optional", 9}};
  for (const auto& [name, field] : containers)
    if (type.container == name) out.message(field, [] {});
}

void write(WireWriter& out, const onnx::ValueInfo& value) {
  out.text(1, value.name);
  if (value.type) out.message(2, [&] { write(out, *value.type); });
}

void write(WireWriter& out, const onnx::Attribute& attribute) {
  using onnx::AttributeType;
  bool has_value = attribute.referenced.empty();
  auto is = [&](AttributeType type) { return has_value && attribute.type == type; };
  out.text(1, attribute.name);
  if (is(AttributeType::real)) out.real(2, attribute.real);
  if (is(AttributeType::integer)) out.integer(3, attribute.integer);
  if (is(AttributeType::text)) out.text(4, attribute.text);
  if (is(AttributeType::tensor)) write_all(out, 5, attribute.tensors);
  if (is(AttributeType::graph)) write_all(out, 6, attribute.graphs);
  for (float real : attribute.reals) out.real(7, real);
  for (std::int64_t integer : attribute.integers) out.integer(8, integer);
  out.texts(9, attribute.texts);
  if (!is(AttributeType::tensor)) write_all(out, 10, attribute.tensors);
  if (!is(AttributeType::graph)) write_all(out, 11, attribute.graphs);
  out.integer(20, static_cast<std::int32_t>(attribute.type));
  out.optional_text(21, attribute.referenced);
}

void write(WireWriter& out, const onnx::Node& node) {
  out.texts(1, node.inputs);
  out.texts(2, node.outputs);
  out.optional_text(3, node.name);
  out.text(4, node.op);
  write_all(out, 5, node.attributes);
  out.optional_text(7, node.domain);
  out.optional_text(8, node.overload);
}

void write(WireWriter& out, const onnx::Graph& graph) {
  write_all(out, 1, graph.nodes);
  out.text(2, graph.name);
  write_all(out, 5, graph.initializers);
  write_all(out, 11, graph.inputs);
  write_all(out, 12, graph.outputs);
  write_all(out, 13, graph.values);
}

void write(WireWriter& out, const onnx::Function& function) {
  out.text(1, function.name);
  out.texts(4, function.inputs);
  out.texts(5, function.outputs);
  out.texts(6, function.attributes);
  write_all(out, 7, function.nodes);
  write_all(out, 9, function.opsets);
  out.optional_text(10, function.domain);
  write_all(out, 11, function.defaults);
  out.optional_text(13, function.overload);
}

void write(WireWriter& out, const onnx::Model& model) {
  out.integer(1, model.ir_version);
  out.optional_text(2, model.producer_name);
  out.optional_text(3, model.producer_version);
  out.optional_text(4, model.domain);
  if (model.model_version != 0) out.integer(5, model.model_version);
  out.optional_text(6, model.documentation);
  out.message(7, [&] { write(out, model.graph); });
  write_all(out, 8, model.opsets);
  write_all(out, 14, model.metadata);
  write_all(out, 25, model.functions);
}

}  // namespace

std::string onnx_bytes(const onnx::Model& model) {
  return onnx::wire_bytes([&](WireWriter& out) { write(out, model); });
}

std::string onnx_tensor_bytes(const onnx::Tensor& tensor) {
  return onnx::wire_bytes([&](WireWriter& out) { write(out, tensor); });
}

void write_onnx(const std::string& path, const onnx::Model& model) { write_file(path, onnx_bytes(model)); }

}  // namespace gradloom
