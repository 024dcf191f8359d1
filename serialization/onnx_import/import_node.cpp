// What a rule asks of its node, as declared in operators.h.
#include <algorithm>
#include <charconv>

#include "serialization/onnx/onnx_tensor.h"
#include "serialization/onnx_import/import_scope.h"
#include "serialization/onnx_import/known_values.h"
#include "serialization/onnx_import/onnx_structure.h"
#include "serialization/utf8.h"

namespace gradloom {

namespace {

std::string_view kind_text(onnx::AttributeType type) {
  switch (type) {
    case onnx::AttributeType::real:
      return "a float";
    case onnx::AttributeType::integer:
      return "an integer";
    case onnx::AttributeType::text:
      return "a string";
    case onnx::AttributeType::tensor:
      return "a tensor";
    case onnx::AttributeType::graph:
      return "a graph";
    case onnx::AttributeType::reals:
      return "a list of floats";
    case onnx::AttributeType::integers:
      return "a list of integers";
    case onnx::AttributeType::texts:
      return "a list of strings";
    default:
      return "of another kind";
  }
}

// The shortest decimal that reads back as this float is what its writer meant.
double decimal(float value) {
  std::string text = number_text(value);
  double result = static_cast<double>(value);
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

std::vector<std::int64_t> integers_of(const Tensor& tensor) {
  std::vector<std::int64_t> result;
  if (tensor.dtype() == DType::int32)
    for (std::int32_t value : tensor.values<std::int32_t>()) result.push_back(value);
  else
    result = tensor.to_vector<std::int64_t>();
  return result;
}

}  // namespace

ImportNode::ImportNode(ImportScope& scope, const onnx::Node& node, std::size_t position, std::int64_t opset)
    : scope_(scope),
      node_(node),
      position_(position),
      opset_(opset),
      num_inputs_(node.inputs.size()),
      num_outputs_(node.outputs.size()),
      asked_(node.attributes.size()) {
  while (num_inputs_ > 0 && !has_input(num_inputs_ - 1)) --num_inputs_;
}

Graph& ImportNode::graph() const { return scope_.context().graph(); }

std::string ImportNode::place() const { return node_place(scope_.context().file(), node_, position_); }

void ImportNode::fail_with(const std::string& sentence) const {
  // Texts of the file stand in it as they are.
  throw OnnxImportError(concat_text(place(), ": ", shown_text(sentence, 4000)), true);
}

// ---- inputs

bool ImportNode::has_input(std::size_t i) const {
  if (i >= num_inputs_ || node_.inputs[i].empty()) return false;
  // Inside a function an input may be one that the caller has left out.
  return scope_.find_sequence(node_.inputs[i]) || scope_.find(node_.inputs[i]);
}

Value ImportNode::input(std::size_t i) const {
  require(has_input(i), "input ", i, " is left out, but it is needed");
  Value value = scope_.find(node_.inputs[i]);
  require(static_cast<bool>(value), "input ", i, " is a sequence, but a tensor is needed");
  return value;
}

Values ImportNode::inputs() const {
  Values all;
  for (std::size_t i = 0; i < num_inputs_; ++i) all.push_back(input(i));
  return all;
}

const Values* ImportNode::optional_sequence(std::size_t i) const {
  return i < num_inputs_ ? scope_.find_sequence(node_.inputs[i]) : nullptr;
}

const Values& ImportNode::sequence(std::size_t i) const {
  require(has_input(i), "input ", i, " is left out, but it is needed");
  const Values* found = optional_sequence(i);
  require(found != nullptr, "input ", i, " is a tensor, but a sequence is needed");
  return *found;
}

void ImportNode::give_sequence(std::size_t output, Values values) const {
  if (wants_output(output)) scope_.define_sequence(node_.outputs[output], std::move(values));
}

Value ImportNode::named(std::string_view name) const {
  Value value = scope_.find(std::string(name));
  require(static_cast<bool>(value), "no tensor is called \"", shown_text(name), '"');
  return value;
}

const Tensor* ImportNode::known(std::size_t i) const { return has_input(i) ? known_value(input(i)) : nullptr; }

void ImportNode::need_static(std::size_t i, std::string_view what) const {
  std::vector<std::string> names;
  for (const std::string& name : inputs_behind(input(i))) names.push_back(scope_.context().names().in_file(name));
  std::string sentence = concat_text(place(), ": its input ", i, " (", what, ") must be known when importing");
  if (names.empty()) throw OnnxImportError(concat_text(sentence, ", but only running the graph tells it"), true);
  std::string shown;
  for (const std::string& name : names) shown += concat_text(shown.empty() ? "" : ", ", '"', shown_text(name), '"');
  throw StaticInputNeeded(concat_text(sentence, "; it comes from ", names.size() == 1 ? "the input " : "the inputs ",
                                      shown, ": give a value with --static NAME=FILE.npy"),
                          names);
}

Tensor ImportNode::known(std::size_t i, std::string_view what) const {
  const Tensor* tensor = known_value(input(i));
  if (!tensor) need_static(i, what);
  return *tensor;
}

std::vector<std::int64_t> ImportNode::known_integers(std::size_t i, std::string_view what) const {
  Tensor tensor = known(i, what);
  require(is_integer(tensor.dtype()) && tensor.rank() <= 1, "its input ", i, " (", what, ") is ",
          name_of(tensor.dtype()), " ", shape_text(tensor.shape()), ", but a list of integers is needed");
  return integers_of(tensor);
}

std::int64_t ImportNode::known_integer(std::size_t i, std::string_view what) const {
  std::vector<std::int64_t> numbers = known_integers(i, what);
  require(numbers.size() == 1, "its input ", i, " (", what, ") holds ", numbers.size(), " numbers, but one is needed");
  return numbers[0];
}

double ImportNode::known_number(std::size_t i, std::string_view what) const {
  Tensor tensor = known(i, what);
  require(tensor.size() == 1, "its input ", i, " (", what, ") is ", name_of(tensor.dtype()), " ",
          shape_text(tensor.shape()), ", but one number is needed");
  if (tensor.dtype() == DType::float32) return decimal(tensor.values<float>()[0]);
  return tensor.item();
}

Dims ImportNode::known_sizes(std::size_t i, std::string_view what) const {
  Value value = input(i);
  require(is_integer(value.dtype()) && value.rank() <= 1, "its input ", i, " (", what, ") is ", value.type().text(),
          ", but a list of sizes is needed");
  std::optional<Dims> sizes = gradloom::known_sizes(value);
  if (!sizes) {
    known(i, what);  // says which input to give
    fail("its input ", i, " (", what, ") holds more sizes than a tensor has axes");
  }
  return *sizes;
}

std::optional<std::vector<std::int64_t>> ImportNode::integers_or_input(std::string_view attribute,
                                                                       std::size_t i) const {
  if (has(attribute)) return integers(attribute);
  if (has_input(i)) return known_integers(i, attribute);
  return {};
}

// ---- attributes

const onnx::Attribute* ImportNode::find(std::string_view name) const {
  auto found = std::ranges::find(node_.attributes, name, &onnx::Attribute::name);
  if (found == node_.attributes.end()) return nullptr;
  asked_[static_cast<std::size_t>(found - node_.attributes.begin())] = true;
  return &*found;
}

std::vector<std::string> ImportNode::attributes_passed_over() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < asked_.size(); ++i)
    if (!asked_[i]) names.push_back(node_.attributes[i].name);
  return names;
}

const onnx::Attribute& ImportNode::typed(std::string_view name, onnx::AttributeType type) const {
  const onnx::Attribute* found = find(name);
  require(found != nullptr, "the attribute ", name, " is missing");
  require(found->type == type, "the attribute ", name, " is ", kind_text(found->type), ", but ", kind_text(type),
          " is needed");
  return *found;
}

std::int64_t ImportNode::integer(std::string_view name) const {
  return typed(name, onnx::AttributeType::integer).integer;
}
std::int64_t ImportNode::integer(std::string_view name, std::int64_t fallback) const {
  return has(name) ? integer(name) : fallback;
}

double ImportNode::real(std::string_view name, double fallback) const {
  return has(name) ? decimal(typed(name, onnx::AttributeType::real).real) : fallback;
}

std::string ImportNode::text(std::string_view name) const { return typed(name, onnx::AttributeType::text).text; }
std::string ImportNode::text(std::string_view name, std::string_view fallback) const {
  return has(name) ? text(name) : std::string(fallback);
}

std::vector<std::int64_t> ImportNode::integers(std::string_view name) const {
  return typed(name, onnx::AttributeType::integers).integers;
}
std::vector<std::int64_t> ImportNode::integers(std::string_view name, std::vector<std::int64_t> fallback) const {
  return has(name) ? integers(name) : std::move(fallback);
}

std::vector<double> ImportNode::reals(std::string_view name) const {
  std::vector<double> result;
  if (has(name))
    for (float value : typed(name, onnx::AttributeType::reals).reals) result.push_back(decimal(value));
  return result;
}

std::vector<std::string> ImportNode::texts(std::string_view name) const {
  return has(name) ? typed(name, onnx::AttributeType::texts).texts : std::vector<std::string>();
}

Tensor ImportNode::tensor(std::string_view name) const {
  const onnx::Tensor& tensor = typed(name, onnx::AttributeType::tensor).tensors.at(0);
  require(held_dtype(tensor.type).has_value(), "the attribute ", name, " holds ", name_of(tensor.type),
          ", which no tensor of ours holds");
  return tensor_from_onnx(tensor);
}

const onnx::Graph& ImportNode::subgraph(std::string_view name) const {
  return typed(name, onnx::AttributeType::graph).graphs.at(0);
}

DType ImportNode::dtype(std::string_view name) const {
  std::int64_t number = integer(name);
  auto type = static_cast<onnx::ElementType>(static_cast<std::int32_t>(number));
  bool is_type = static_cast<std::int64_t>(type) == number;
  std::optional<DType> dtype = is_type ? held_dtype(type) : std::nullopt;
  require(dtype.has_value(), "the attribute ", name, " is ", is_type ? name_of(type) : concat_text("type ", number),
          ", which no tensor of ours holds");
  return *dtype;
}
DType ImportNode::dtype(std::string_view name, DType fallback) const { return has(name) ? dtype(name) : fallback; }

// ---- other places

Values ImportNode::import_subgraph(const onnx::Graph& graph, const Values& inputs) const {
  ImportContext& context = scope_.context();
  ImportContext::Level level(context, place());
  require(graph.inputs.size() == inputs.size(), "its graph takes ", graph.inputs.size(), " inputs, but ", inputs.size(),
          " are handed to it");
  ImportScope inside(context, scope_.opsets(), &scope_);
  for (std::size_t i = 0; i < inputs.size(); ++i) inside.define(graph.inputs[i].name, inputs[i]);
  inside.import_initializers(graph);
  inside.import_nodes(graph.nodes);
  return inside.outputs_of(graph);
}

std::size_t ImportNode::axis(std::int64_t axis, std::size_t rank) const {
  auto size = static_cast<std::int64_t>(rank);
  require(axis >= -size && axis < size, "axis ", axis, " is outside of the ", rank, " axes");
  return static_cast<std::size_t>(axis < 0 ? axis + size : axis);
}

}  // namespace gradloom
