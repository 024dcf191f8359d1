// An ONNX model as plain values: what its messages hold, under the names that ONNX gives them. The wire format is read
// and written elsewhere; importer and exporter know only these.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gradloom::onnx {

/// TensorProto.DataType, by its numbers.
enum class ElementType : std::int32_t {
  undefined = 0,
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  uint16 = 4,
  int16 = 5,
  int32 = 6,
  int64 = 7,
  text = 8,
  boolean = 9,
  float16 = 10,
  float64 = 11,
  uint32 = 12,
  uint64 = 13,
  complex64 = 14,
  complex128 = 15,
  bfloat16 = 16,
};

/// A tensor in the file. Whatever field of the message held the elements, `bytes` holds them packed, little-endian, in
/// row-major order, as many as `dims` says; only those of ElementType::text stand in `texts`.
struct Tensor {
  std::string name;
  ElementType type = ElementType::undefined;
  std::vector<std::int64_t> dims;
  std::vector<std::byte> bytes;
  std::vector<std::string> texts;
};

/// One size of a shape: a number, a name, or neither when both are empty.
struct Dim {
  std::optional<std::int64_t> value;
  std::string param;
};

/// The type of a value. `container` names what is no tensor ("sequence", "map", "optional", "sparse_tensor",
/// "unknown").
struct Type {
  ElementType element = ElementType::undefined;
  std::optional<std::vector<Dim>> shape;  ///< none: not even the rank is known
  std::string container;
};

struct ValueInfo {
  std::string name;
  std::optional<Type> type;
};

struct Graph;

/// AttributeProto.AttributeType, by its numbers.
enum class AttributeType : std::int32_t {
  undefined = 0,
  real = 1,
  integer = 2,
  text = 3,
  tensor = 4,
  graph = 5,
  reals = 6,
  integers = 7,
  texts = 8,
  tensors = 9,
  graphs = 10,
  sparse_tensor = 11,
  sparse_tensors = 12,
  type_proto = 13,
  type_protos = 14,
};

/// An attribute of a node. One tensor or graph is the only element of `tensors` or `graphs`.
struct Attribute {
  std::string name;
  AttributeType type = AttributeType::undefined;
  float real = 0;
  std::int64_t integer = 0;
  std::string text;
  std::vector<float> reals;
  std::vector<std::int64_t> integers;
  std::vector<std::string> texts;
  std::vector<Tensor> tensors;
  std::vector<Graph> graphs;
  std::string referenced;  ///< inside a function: the attribute of the caller that this one takes (ref_attr_name)
};

/// An empty name of an input or output is one that is left out.
struct Node {
  std::string name, op, domain;
  std::vector<std::string> inputs, outputs;
  std::vector<Attribute> attributes;
  std::string overload = {};  ///< which of the functions of this name is called
};

struct Graph {
  std::string name;
  std::vector<Node> nodes;
  std::vector<Tensor> initializers;
  std::vector<ValueInfo> inputs, outputs, values;  ///< `values`: value_info, types of values inside
};

struct Opset {
  std::string domain;  ///< empty: ONNX's own
  std::int64_t version = 0;
};

/// An operator that the model itself defines.
struct Function {
  std::string name, domain;
  std::vector<std::string> inputs, outputs;
  std::vector<std::string> attributes;  ///< without default
  std::vector<Attribute> defaults;
  std::vector<Node> nodes;
  std::vector<Opset> opsets;
  std::string overload = {};  ///< tells functions of one name apart
};

struct Model {
  std::int64_t ir_version = 0, model_version = 0;
  std::string producer_name, producer_version, domain, documentation;
  std::vector<Opset> opsets;
  std::vector<std::pair<std::string, std::string>> metadata;
  Graph graph;
  std::vector<Function> functions;
};

}  // namespace gradloom::onnx
