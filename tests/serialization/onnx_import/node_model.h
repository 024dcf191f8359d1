// ONNX models of one node, for tests of single operators: made piece by piece, imported and run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "serialization/onnx_import/onnx_import.h"
#include "tensor/tensor.h"

namespace gradloom {

/// Inputs are called x0, x1 ..., outputs y0, y1 ....
class NodeModel {
 public:
  NodeModel(std::string op, std::int64_t opset, std::string domain = "");

  /// `names`: symbols in the place of sizes, "" where the size is meant.
  NodeModel& input(Tensor value, const std::vector<std::string>& names = {});
  NodeModel& initializer(const Tensor& value);
  NodeModel& left_out();
  NodeModel& outputs(std::size_t count);

  NodeModel& integer(std::string name, std::int64_t value);
  NodeModel& real(std::string name, double value);
  NodeModel& text(std::string name, std::string value);
  NodeModel& integers(std::string name, std::vector<std::int64_t> values);
  NodeModel& reals(std::string name, const std::vector<double>& values);
  NodeModel& texts(std::string name, std::vector<std::string> values);

  OnnxImport import() const;
  /// The outputs for the inputs' own values.
  std::vector<Tensor> run(bool optimize = true) const;
  /// What the import says when it refuses.
  std::string refusal() const;
  const TensorMap& values() const { return values_; }

 private:
  onnx::Attribute& attribute(std::string name, onnx::AttributeType type);

  onnx::Model model_;
  TensorMap values_;
};

}  // namespace gradloom
