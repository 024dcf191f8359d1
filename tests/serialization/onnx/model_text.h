// Every field of an ONNX model as text, a line a part, so that tests see what was read and two models can be compared.
#pragma once

#include <string>

#include "base/text.h"
#include "serialization/onnx/model.h"
#include "serialization/onnx/onnx_tensor.h"
#include "serialization/utf8.h"

namespace gradloom {

class ModelText {
 public:
  static std::string of(const onnx::Model& model) {
    ModelText text;
    text.line("model ", model.ir_version, " ", model.model_version, " ", quoted(model.producer_name), " ",
              quoted(model.producer_version), " ", quoted(model.domain), " ", quoted(model.documentation));
    text.opsets(model.opsets);
    for (const auto& [key, value] : model.metadata) text.line("metadata ", quoted(key), " ", quoted(value));
    text.graph(model.graph);
    for (const onnx::Function& function : model.functions) text.function(function);
    return text.out_;
  }

 private:
  template <class... Parts>
  void line(const Parts&... parts) {
    out_ += concat_text(std::string(2 * level_, ' '), parts..., "\n");
  }

  static std::string quoted(const std::string& text) { return concat_text('"', shown_text(text), '"'); }

  static std::string list(const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts) out += " " + quoted(text);
    return out;
  }

  template <class Numbers>
  static std::string numbers(const Numbers& values) {
    std::string out;
    for (auto value : values) out += concat_text(" ", value);
    return out;
  }

  void opsets(const std::vector<onnx::Opset>& opsets) {
    for (const onnx::Opset& opset : opsets) line("opset ", quoted(opset.domain), " ", opset.version);
  }

  void graph(const onnx::Graph& graph) {
    line("graph ", quoted(graph.name));
    ++level_;
    for (const onnx::Node& each : graph.nodes) node(each);
    for (const onnx::Tensor& each : graph.initializers) tensor(each);
    for (const onnx::ValueInfo& each : graph.inputs) value("input", each);
    for (const onnx::ValueInfo& each : graph.outputs) value("output", each);
    for (const onnx::ValueInfo& each : graph.values) value("value", each);
    --level_;
  }

  void function(const onnx::Function& function) {
    line("function ", quoted(function.domain), " ", quoted(function.name), list(function.inputs), " ->",
         list(function.outputs), " with", list(function.attributes));
    ++level_;
    for (const onnx::Attribute& each : function.defaults) attribute(each);
    for (const onnx::Node& each : function.nodes) node(each);
    opsets(function.opsets);
    --level_;
  }

  void node(const onnx::Node& node) {
    line("node ", quoted(node.name), " ", quoted(node.domain), " ", quoted(node.op), list(node.inputs), " ->",
         list(node.outputs));
    ++level_;
    for (const onnx::Attribute& each : node.attributes) attribute(each);
    --level_;
  }

  void attribute(const onnx::Attribute& attribute) {
    line("attribute ", quoted(attribute.name), " ", static_cast<int>(attribute.type), ": ", attribute.real, " ",
         attribute.integer, " ", quoted(attribute.text), " ", quoted(attribute.referenced), " (",
         numbers(attribute.reals), " ) (", numbers(attribute.integers), " ) (", list(attribute.texts), " )");
    ++level_;
    for (const onnx::Tensor& each : attribute.tensors) tensor(each);
    for (const onnx::Graph& each : attribute.graphs) graph(each);
    --level_;
  }

  void tensor(const onnx::Tensor& tensor) {
    std::string bytes;
    for (std::byte byte : tensor.bytes) {
      constexpr const char* digits = "0123456789abcdef";
      bytes += {digits[std::to_integer<int>(byte >> 4)], digits[std::to_integer<int>(byte & std::byte{15})]};
    }
    line("tensor ", quoted(tensor.name), " ", name_of(tensor.type), " [", numbers(tensor.dims), " ] ", bytes,
         list(tensor.texts));
  }

  void value(const char* what, const onnx::ValueInfo& value) {
    std::string type = " of no type";
    if (value.type) {
      type = concat_text(" ", value.type->container, name_of(value.type->element));
      if (value.type->shape) {
        type += " [";
        for (const onnx::Dim& dim : *value.type->shape)
          type += dim.value ? concat_text(" ", *dim.value) : concat_text(" ", quoted(dim.param));
        type += " ]";
      }
    }
    line(what, " ", quoted(value.name), type);
  }

  std::string out_;
  std::size_t level_ = 0;
};

}  // namespace gradloom
