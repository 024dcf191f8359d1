// Writing of ONNX graphs, as declared in onnx_graph.h.
#include "serialization/onnx/onnx_graph.h"

#include <onnx/onnx_pb.h>

#include "base/error.h"

namespace gradloom {

namespace {

void set_tensor(onnx::TensorProto& proto, const Tensor& tensor) {
  proto.set_data_type(static_cast<int>(onnx_dtype(tensor.dtype())));
  for (std::int64_t size : tensor.shape()) proto.add_dims(size);
  proto.set_raw_data(tensor.data(), tensor.bytes());
}

void set_type(onnx::ValueInfoProto& proto, const std::string& name, const Type& type) {
  proto.set_name(name);
  auto& tensor = *proto.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(static_cast<int>(onnx_dtype(type.dtype)));
  auto& shape = *tensor.mutable_shape();
  for (const Dim& dim : type.shape) {
    if (dim.is_constant())
      shape.add_dim()->set_dim_value(dim.constant());
    else
      shape.add_dim()->set_dim_param(dim.text());
  }
}

void set_attribute(onnx::AttributeProto& proto, const std::string& name, const OnnxAttribute& value) {
  proto.set_name(name);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    proto.set_type(onnx::AttributeProto::INT);
    proto.set_i(*integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    proto.set_type(onnx::AttributeProto::FLOAT);
    proto.set_f(static_cast<float>(*real));
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    proto.set_type(onnx::AttributeProto::STRING);
    proto.set_s(*text);
  } else if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) {
    proto.set_type(onnx::AttributeProto::INTS);
    for (std::int64_t element : *list) proto.add_ints(element);
  } else {
    proto.set_type(onnx::AttributeProto::GRAPH);
    *proto.mutable_g() = *std::get<const onnx::GraphProto*>(value);
  }
}

}  // namespace

std::int64_t onnx_dtype(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return onnx::TensorProto::FLOAT;
    case DType::float64:
      return onnx::TensorProto::DOUBLE;
    case DType::int32:
      return onnx::TensorProto::INT32;
    case DType::int64:
      return onnx::TensorProto::INT64;
    case DType::boolean:
      return onnx::TensorProto::BOOL;
  }
  throw InternalError("a dtype that ONNX has no number for");
}

std::string OnnxGraph::unique_name(std::string_view wanted) {
  std::string name(wanted);
  for (int number = 2; !names_->insert(name).second; ++number) name = concat_text(wanted, "_", number);
  return name;
}

void OnnxGraph::reserve_name(const std::string& name) {
  require(names_->insert(name).second, Fault::usage, "export: two inputs or outputs would have the name \"", name,
          "\"");
}

OnnxNames OnnxGraph::add_all(std::string_view op, OnnxNames inputs, std::size_t outputs,
                             const OnnxAttributes& attributes) {
  onnx::NodeProto& node = *proto_.add_node();
  node.set_op_type(std::string(op));
  for (std::string& input : inputs) node.add_input(std::move(input));
  for (const auto& [name, value] : attributes) set_attribute(*node.add_attribute(), name, value);
  OnnxNames names;
  for (std::size_t i = 0; i < outputs; ++i) {
    names.push_back(unique_name(concat_text(op, "_value")));
    node.add_output(names.back());
  }
  return names;
}

std::string OnnxGraph::add(std::string_view op, OnnxNames inputs, const OnnxAttributes& attributes) {
  return add_all(op, std::move(inputs), 1, attributes)[0];
}

void OnnxGraph::add_named(std::string_view op, OnnxNames inputs, const std::string& output) {
  onnx::NodeProto& node = *proto_.add_node();
  node.set_op_type(std::string(op));
  for (std::string& input : inputs) node.add_input(std::move(input));
  node.add_output(output);
}

std::string OnnxGraph::constant(const Tensor& value) {
  onnx::NodeProto& node = *proto_.add_node();
  node.set_op_type("Constant");
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name("value");
  attribute.set_type(onnx::AttributeProto::TENSOR);
  set_tensor(*attribute.mutable_t(), value);
  std::string name = unique_name("constant");
  node.add_output(name);
  return name;
}

std::string OnnxGraph::integers(const std::vector<std::int64_t>& values) {
  return constant(Tensor::from<std::int64_t>({static_cast<std::int64_t>(values.size())}, values));
}

std::string OnnxGraph::size_of_symbol(const std::string& symbol) {
  auto found = symbols_.find(symbol);
  require(found != symbols_.end(), Fault::usage, "export: the size ", symbol,
          " is no axis of an input; a size of an input must be a plain symbol");
  const auto& [value, axis] = found->second;
  return add("Gather", {add("Shape", {value}), scalar(DType::int64, static_cast<double>(axis))}, {{"axis", 0}});
}

std::string OnnxGraph::size(const Dim& dim) {
  if (dim.is_constant()) return scalar(DType::int64, static_cast<double>(dim.constant()));
  // Sizes are computed in the outermost graph, once; bodies see its values.
  if (&root_ != this) return root_.size(dim);
  auto [entry, is_new] = dims_.try_emplace(dim.text());
  if (!is_new) return entry->second;
  std::string name;
  if (auto symbol = dim.symbol())
    name = size_of_symbol(*symbol);
  else
    name = computed_size(dim);
  dims_[dim.text()] = name;
  return name;
}

std::string OnnxGraph::sizes(const Dims& dims) {
  std::vector<std::int64_t> constants;
  for (const Dim& dim : dims)
    if (dim.is_constant()) constants.push_back(dim.constant());
  if (constants.size() == dims.size()) return integers(constants);
  OnnxNames parts;
  for (const Dim& dim : dims) parts.push_back(add("Reshape", {size(dim), integers({1})}));
  return parts.size() == 1 ? parts[0] : add("Concat", parts, {{"axis", 0}});
}

void OnnxGraph::add_input(const std::string& name, const Type& type) { set_type(*proto_.add_input(), name, type); }

void OnnxGraph::add_output(const std::string& name, const Type& type) { set_type(*proto_.add_output(), name, type); }

void OnnxGraph::add_initializer(const std::string& name, const Tensor& value) {
  onnx::TensorProto& tensor = *proto_.add_initializer();
  tensor.set_name(name);
  set_tensor(tensor, value);
}

void OnnxGraph::learn_symbols(const std::string& name, const Dims& shape) {
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    if (auto symbol = shape[axis].symbol()) symbols_.try_emplace(*symbol, name, static_cast<std::int64_t>(axis));
}

std::string OnnxGraph::draw_name(std::int64_t stream, std::string_view node) {
  std::string& name = root_.draw_names_[stream];
  if (name.empty()) name = unique_name(concat_text("random/", node));
  return name;
}

std::string OnnxGraph::draw(const std::string& name, const Type& type) {
  auto [entry, is_new] = draws_.try_emplace(name);
  if (!is_new) return entry->second;
  if (!parent_) {
    add_input(name, type);
    return entry->second = name;
  }
  Type outer = type;
  if (steps_) outer.shape.insert(outer.shape.begin(), *steps_);
  std::string outside = parent_->draw(name, outer);
  if (!steps_) return entry->second = outside;
  std::string slice = unique_name(name + "/slice");
  add_input(slice, type);
  drawn_slices_.emplace_back(outside, slice);
  return entry->second = slice;
}

}  // namespace gradloom
