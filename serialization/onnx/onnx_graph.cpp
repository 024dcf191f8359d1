// Writing of ONNX graphs, as declared in onnx_graph.h.
#include "serialization/onnx/onnx_graph.h"

#include "base/error.h"
#include "serialization/onnx/onnx_tensor.h"

namespace gradloom {

namespace {

onnx::ValueInfo value_info(const std::string& name, const Type& type) {
  std::vector<onnx::Dim> shape;
  for (const Dim& dim : type.shape) {
    if (dim.is_constant())
      shape.push_back({dim.constant(), {}});
    else
      shape.push_back({{}, dim.text()});
  }
  return {name, onnx::Type{element_type(type.dtype), std::move(shape), {}}};
}

onnx::Attribute attribute_of(const std::string& name, const OnnxAttribute& value) {
  onnx::Attribute out;
  out.name = name;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    out.type = onnx::AttributeType::integer;
    out.integer = *integer;
  } else if (const auto* real = std::get_if<double>(&value)) {
    out.type = onnx::AttributeType::real;
    out.real = static_cast<float>(*real);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    out.type = onnx::AttributeType::text;
    out.text = *text;
  } else if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) {
    out.type = onnx::AttributeType::integers;
    out.integers = *list;
  } else {
    out.type = onnx::AttributeType::graph;
    out.graphs.push_back(*std::get<const onnx::Graph*>(value));
  }
  return out;
}

}  // namespace

std::int64_t onnx_dtype(DType dtype) { return static_cast<std::int64_t>(element_type(dtype)); }

std::string OnnxGraph::unique_name(std::string_view wanted) {
  std::string name(wanted);
  if (names_->insert(name).second) return name;
  int& number = root_.numbers_.try_emplace(name, 1).first->second;
  do {
    name = concat_text(wanted, "_", ++number);
  } while (!names_->insert(name).second);
  return name;
}

void OnnxGraph::reserve_name(const std::string& name) {
  require(names_->insert(name).second, Fault::usage, "export: two inputs or outputs would have the name \"", name,
          "\"");
}

OnnxNames OnnxGraph::add_all(std::string_view op, OnnxNames inputs, std::size_t outputs,
                             const OnnxAttributes& attributes) {
  onnx::Node node;
  node.op = op;
  node.inputs = std::move(inputs);
  for (const auto& [name, value] : attributes) node.attributes.push_back(attribute_of(name, value));
  for (std::size_t i = 0; i < outputs; ++i) node.outputs.push_back(unique_name(concat_text(op, "_value")));
  OnnxNames names = node.outputs;
  graph_.nodes.push_back(std::move(node));
  return names;
}

std::string OnnxGraph::add(std::string_view op, OnnxNames inputs, const OnnxAttributes& attributes) {
  return add_all(op, std::move(inputs), 1, attributes)[0];
}

void OnnxGraph::add_named(std::string_view op, OnnxNames inputs, const std::string& output) {
  graph_.nodes.push_back({"", std::string(op), "", std::move(inputs), {output}, {}});
}

std::string OnnxGraph::constant(const Tensor& value) {
  onnx::Attribute attribute;
  attribute.name = "value";
  attribute.type = onnx::AttributeType::tensor;
  attribute.tensors.push_back(tensor_to_onnx(value));
  std::string name = unique_name("constant");
  graph_.nodes.push_back({"", "Constant", "", {}, {name}, {std::move(attribute)}});
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

void OnnxGraph::add_input(const std::string& name, const Type& type) {
  graph_.inputs.push_back(value_info(name, type));
}

void OnnxGraph::add_output(const std::string& name, const Type& type) {
  graph_.outputs.push_back(value_info(name, type));
}

void OnnxGraph::add_initializer(const std::string& name, const Tensor& value) {
  graph_.initializers.push_back(tensor_to_onnx(value, name));
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
