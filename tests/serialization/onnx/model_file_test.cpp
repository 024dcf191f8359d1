// ONNX models as bytes: what another writer wrote is read whole, what is written reads back, and what is refused, to
// the letter.
#include "serialization/onnx/model_file.h"

#include <doctest/doctest.h>

#include "serialization/file.h"
#include "tests/serialization/onnx/model_text.h"
#include "tests/serialization/scratch_folder.h"

using namespace gradloom;

namespace {

const std::string folder = GRADLOOM_SOURCE_DIR "/tests/golden/onnx/";

std::string golden(const std::string& name) { return read_file(folder + name, 1'000'000); }

// y = x + w.
onnx::Model sum_model() {
  onnx::Type type{onnx::ElementType::float32, std::vector<onnx::Dim>{{2, ""}}, ""};
  onnx::Model model;
  model.ir_version = 8;
  model.opsets = {{"", 17}};
  model.graph.name = "main";
  model.graph.nodes = {{"", "Add", "", {"x", "w"}, {"y"}, {}}};
  model.graph.initializers = {{"w", onnx::ElementType::float32, {2}, std::vector<std::byte>(8), {}}};
  model.graph.inputs = {{"x", type}};
  model.graph.outputs = {{"y", type}};
  return model;
}

template <class Action>
std::string refused(const Action& action) {
  try {
    action();
  } catch (const UserError& error) {
    CHECK(error.fault() == Fault::input);
    return error.what();
  }
  return "(no error)";
}

std::string refused_bytes(std::string_view bytes, const OnnxLimits& limits = {}) {
  return refused([&] { parse_onnx(bytes_of(bytes), "m.onnx", limits); });
}

std::string refused_model(const onnx::Model& model, const OnnxLimits& limits = {}) {
  return refused_bytes(onnx_bytes(model), limits);
}

std::string refused_weight(void (*change)(onnx::Tensor&), const OnnxLimits& limits = {}) {
  onnx::Tensor tensor = sum_model().graph.initializers[0];
  change(tensor);
  std::string bytes = onnx_tensor_bytes(tensor);
  return refused([&] { parse_onnx_tensor(bytes_of(bytes), "t.pb", limits); });
}

std::string refused_tensor(std::string_view bytes) {
  return refused([&] { parse_onnx_tensor(bytes_of(bytes), "t.pb"); });
}

using namespace std::string_view_literals;

}  // namespace

// every_field.onnx: protoc --encode=onnx.ModelProto onnx.proto < every_field.txt
TEST_CASE("serialization/onnx/model_file: every field that protobuf's own writer wrote is read, and written again") {
  onnx::Model model = read_onnx(folder + "every_field.onnx");
  std::string expected = golden("every_field_read.txt");
  CHECK(ModelText::of(model) == expected);
  std::string bytes = onnx_bytes(model);
  CHECK(ModelText::of(parse_onnx(bytes_of(bytes), "again")) == expected);
  CHECK(onnx_bytes(parse_onnx(bytes_of(bytes), "again")) == bytes);
}

// plain.onnx holds nothing that is skipped or may be written in two ways: so the bytes are protobuf's own.
TEST_CASE("serialization/onnx/model_file: a file is written as protobuf writes it, byte for byte") {
  std::string bytes = golden("plain.onnx");
  CHECK(onnx_bytes(parse_onnx(bytes_of(bytes), "plain.onnx")) == bytes);
}

TEST_CASE("serialization/onnx/model_file: a model that is written is read") {
  ScratchFolder scratch;
  std::string path = scratch.path() + "/sum.onnx";
  write_onnx(path, sum_model());
  CHECK(ModelText::of(read_onnx(path)) == ModelText::of(sum_model()));
  CHECK(refused([&] { read_onnx(path, {.bytes = 10}); }).find("10") != std::string::npos);
}

TEST_CASE("serialization/onnx/model_file: overloads of functions and of their calls are kept") {
  onnx::Model model = sum_model();
  model.functions.resize(1);
  model.functions[0].name = "f";
  model.functions[0].overload = model.graph.nodes[0].overload = "of two";
  std::string bytes = onnx_bytes(model);
  onnx::Model read = parse_onnx(bytes_of(bytes), "m.onnx");
  CHECK(read.functions.at(0).overload == "of two");
  CHECK(read.graph.nodes.at(0).overload == "of two");
}

TEST_CASE("serialization/onnx/model_file: bytes that are no model are refused") {
  CHECK(refused_bytes("") == "m.onnx: an ONNX model without a graph");
  CHECK(refused_bytes("hello") == "m.onnx: byte 2, in ModelProto: field 13 is a group, which ONNX has none of");
  CHECK(refused_bytes("hello", {.bytes = 4}) == "m.onnx: 5 bytes, more than the limit of 4");
  CHECK(refused_bytes("\x3a\x00\x3a\x00"sv) == "m.onnx: byte 2, in ModelProto: a second graph");
  CHECK(refused_bytes("\x3a\x02\x7a\x00"sv) ==
        "m.onnx: byte 2, in GraphProto: a sparse initializer, which is not read");
  CHECK(refused_bytes("\x3a\x03\x12\x01\xff"sv) == "m.onnx: byte 2, in GraphProto: field 2 is no UTF-8: \"\\xff\"");
  CHECK(refused_bytes("\x08\x01\x10\x01"sv) ==
        "m.onnx: byte 2, in ModelProto: field 2 is a varint, not a length with bytes");
  std::string whole = onnx_bytes(sum_model());
  // Only what ends behind the graph, where the opset begins, is whole.
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK((refused_bytes(std::string_view(whole).substr(0, size)) == "(no error)") ==
          (whole.substr(size) == "\x42\x04\x0a\x00\x10\x11"sv));
}

TEST_CASE("serialization/onnx/model_file: a type of no kind, or of one that nobody knows, is no tensor") {
  // graph { input { type { } } input { type { 15: 0 } } }
  onnx::Model model = parse_onnx(bytes_of("\x3a\x0a\x5a\x02\x12\x00\x5a\x04\x12\x02\x78\x00"sv), "m.onnx");
  REQUIRE(model.graph.inputs.size() == 2);
  for (const onnx::ValueInfo& input : model.graph.inputs) CHECK(input.type.value().container == "unknown");
  std::string bytes = onnx_bytes(model);
  CHECK(ModelText::of(parse_onnx(bytes_of(bytes), "again")) == ModelText::of(model));
}

TEST_CASE("serialization/onnx/model_file: limits on levels, nodes, parts and axes") {
  onnx::Model deep;
  onnx::Graph* graph = &deep.graph;
  for (int level = 0; level < 30; ++level) {
    onnx::Attribute attribute;
    attribute.name = "body";
    attribute.type = onnx::AttributeType::graph;
    attribute.graphs.emplace_back();
    graph->nodes.push_back({"", "If", "", {}, {}, {attribute}});
    graph = &graph->nodes[0].attributes[0].graphs[0];
  }
  CHECK(refused_model(deep).ends_with("more than 64 messages inside each other, the limit"));
  CHECK(refused_model(deep, {.depth = 91}) == "(no error)");
  CHECK(refused_model(deep, {.depth = 91, .nodes = 29}).ends_with("in GraphProto: more than 29 nodes, the limit"));
  CHECK(refused_model(sum_model(), {.nodes = 0}) == "m.onnx: byte 4, in GraphProto: more than 0 nodes, the limit");
  CHECK(refused_model(sum_model(), {.rank = 0}).ends_with("a tensor of more axes than the limit of 0"));
  // Two bytes each, but a struct in memory.
  std::string attributes("\x3a\xd3\x0f\x0a\xd0\x0f"sv);
  for (int i = 0; i < 1000; ++i) attributes += "\x2a\x00"sv;
  CHECK(refused_bytes(attributes, {.parts = 1001}) == "(no error)");
  CHECK(refused_bytes(attributes, {.parts = 1000}).ends_with("in NodeProto: more than 1000 parts, the limit"));
}

TEST_CASE("serialization/onnx/model_file: an attribute holds what its type says") {
  onnx::Model model = sum_model();
  onnx::Attribute attribute;
  attribute.name = "a";
  attribute.type = onnx::AttributeType::tensor;
  model.graph.nodes[0].attributes = {attribute};
  CHECK(refused_model(model).ends_with("attribute \"a\" of the type 4 holds 0 tensors and a list of 0"));
  model.graph.nodes[0].attributes[0].tensors.resize(2, sum_model().graph.initializers[0]);
  CHECK(refused_model(model).ends_with("attribute \"a\" of the type 4 holds 2 tensors and a list of 0"));
  model.graph.nodes[0].attributes[0] = attribute;
  model.graph.nodes[0].attributes[0].type = onnx::AttributeType::graph;
  CHECK(refused_model(model).ends_with("attribute \"a\" of the type 5 holds 0 graphs and a list of 0"));
  model.graph.nodes[0].attributes[0].referenced = "b";
  CHECK(refused_model(model) == "(no error)");
}

TEST_CASE("serialization/onnx/model_file: tensors that are not what their shape says are refused") {
  using onnx::Tensor;
  CHECK(refused_weight([](Tensor&) {}) == "(no error)");
  CHECK(refused_weight([](Tensor& w) {
          w.dims[0] = 3;
        }).ends_with("tensor \"w\": 8 bytes of elements, but its shape takes 12"));
  CHECK(refused_weight([](Tensor& w) { w.dims[0] = -1; }).ends_with("tensor \"w\": the size -1 of an axis"));
  CHECK(refused_weight([](Tensor& w) {
          w.type = onnx::ElementType::text;
        }).ends_with("tensor \"w\": 0 numbers, but its shape takes 2"));
  CHECK(refused_weight([](Tensor& w) {
          w.type = static_cast<onnx::ElementType>(17);
        }).ends_with("tensor \"w\": elements of the type 17, which is none"));
  CHECK(refused_weight([](Tensor& w) {
          w.dims.push_back(std::int64_t{1} << 62);
        }).ends_with("tensor \"w\": more than 2147483648 elements, the limit of all tensors together"));
  // A size of 0 hides none of the others.
  CHECK(refused_weight([](Tensor& w) {
          w.bytes.clear();
          w.dims = {0, std::int64_t{1} << 32};
        }).ends_with("tensor \"w\": more than 2147483648 elements, the limit of all tensors together"));
  CHECK(refused_weight([](Tensor& w) {
          w.bytes.clear();
          w.dims = {0, std::int64_t{1} << 31};
        }) == "(no error)");
  CHECK(refused_weight([](Tensor& w) { w.dims.push_back(1); }, {.rank = 1})
            .ends_with("a tensor of more axes than the limit of 1"));
  CHECK(refused_weight([](Tensor& w) {
          w.type = onnx::ElementType::boolean;
          w.bytes = {std::byte{1}, std::byte{2}};
        }) == "t.pb: tensor \"w\": element 1 is the byte 2, but a bool is 0 or 1");
}

TEST_CASE("serialization/onnx/model_file: elements in the wrong field, in two, or in another file are refused") {
  // dims: 1, data_type: 1 or 9 or 3, then the elements.
  CHECK(refused_tensor("\x08\x01\x10\x01\x2a\x01\x05"sv) ==
        "t.pb: byte 4, in TensorProto: tensor \"\": elements of FLOAT also in field 5");
  CHECK(refused_tensor("\x08\x01\x10\x09\x2a\x01\x02"sv) ==
        "t.pb: byte 4, in TensorProto: tensor \"\": the element 2 of BOOL");
  CHECK(refused_tensor("\x08\x01\x10\x03\x2a\x02\x80\x01"sv) ==
        "t.pb: byte 4, in TensorProto: tensor \"\": the element 128 of INT8");
  CHECK(refused_tensor("\x08\x01\x10\x03\x2a\x02\x05\x06"sv) ==
        "t.pb: byte 4, in TensorProto: tensor \"\": 2 numbers, but its shape takes 1");
  CHECK(refused_tensor("\x08\x01\x10\x03\x2a\x01\x05\x4a\x01\x05"sv) ==
        "t.pb: byte 4, in TensorProto: tensor \"\": elements of INT8 also in field 5");
  CHECK(refused_tensor("\x08\x01\x10\x03\x4a\x01\x05\x4a\x01\x05"sv) ==
        "t.pb: byte 7, in TensorProto: raw bytes a second time");
  CHECK(refused_tensor("\x08\x01\x10\x08\x4a\x01\x05"sv) ==
        "t.pb: byte 4, in TensorProto: tensor \"\": raw bytes of STRING, which has none");
  CHECK(refused_tensor("\x10\x01\x6a\x00"sv).ends_with("its elements are in another file, which is not read"));
  CHECK(refused_tensor("\x10\x01\x70\x01"sv).ends_with("its elements are in another file, which is not read"));
  CHECK(refused_tensor("\x10\x01\x1a\x00"sv).ends_with("a segment of a tensor, which is not read"));
  CHECK(refused_tensor("\x08\x00\x10\x03\x2a\x00"sv) == "(no error)");
}
