// ONNX models as bytes: what is refused, to the letter; small damage never gives more than a typed error.
#include "serialization/onnx/onnx_file.h"

#include <doctest/doctest.h>
#include <onnx/onnx_pb.h>

#include "base/error.h"
#include "serialization/file.h"
#include "tests/serialization/mutate.h"
#include "tests/serialization/scratch_folder.h"

using namespace gradloom;

namespace {

void add_type(onnx::ValueInfoProto& value, const std::string& name) {
  value.set_name(name);
  auto& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx::TensorProto::FLOAT);
  tensor.mutable_shape()->add_dim()->set_dim_value(2);
}

// y = x + w.
OnnxModel sum_model() {
  OnnxModel model = make_onnx_model();
  model->set_ir_version(8);
  model->add_opset_import()->set_version(17);
  onnx::GraphProto& graph = *model->mutable_graph();
  graph.set_name("main");
  add_type(*graph.add_input(), "x");
  add_type(*graph.add_output(), "y");
  onnx::NodeProto& node = *graph.add_node();
  node.set_op_type("Add");
  node.add_input("x");
  node.add_input("w");
  node.add_output("y");
  onnx::TensorProto& weight = *graph.add_initializer();
  weight.set_name("w");
  weight.set_data_type(onnx::TensorProto::FLOAT);
  weight.add_dims(2);
  weight.set_raw_data(std::string(8, '\0'));
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

std::string refused_model(const onnx::ModelProto& model, const OnnxLimits& limits = {}) {
  std::string bytes = onnx_bytes(model);
  return refused([&] { parse_onnx(bytes_of(bytes), "m.onnx", limits); });
}

std::string refused_weight(void (*change)(onnx::TensorProto&), const OnnxLimits& limits = {}) {
  OnnxModel model = sum_model();
  change(*model->mutable_graph()->mutable_initializer(0));
  return refused_model(*model, limits);
}

}  // namespace

TEST_CASE("serialization/onnx/onnx_file: a model that is written is read and checked") {
  ScratchFolder folder;
  std::string path = folder.path() + "/sum.onnx";
  OnnxModel model = sum_model();
  write_onnx(path, *model);
  OnnxModel read = read_onnx(path);
  CHECK(onnx_bytes(*read) == onnx_bytes(*model));
  check_onnx(*read, path);
}

TEST_CASE("serialization/onnx/onnx_file: bytes that are no model are refused") {
  auto parsed = [](std::string_view bytes, const OnnxLimits& limits = {}) {
    return refused([&] { parse_onnx(bytes_of(bytes), "m.onnx", limits); });
  };
  CHECK(parsed("") == "m.onnx: an ONNX model without a graph");
  CHECK(parsed("hello") == "m.onnx: 5 bytes that are no ONNX model of at most 64 levels");
  CHECK(parsed("hello", {.bytes = 4}) == "m.onnx: 5 bytes, more than the limit of 4");

  OnnxModel deep = make_onnx_model();
  onnx::GraphProto* graph = deep->mutable_graph();
  for (int level = 0; level < 30; ++level) graph = graph->add_node()->add_attribute()->mutable_g();
  CHECK(refused_model(*deep).ends_with(" bytes that are no ONNX model of at most 64 levels"));
}

TEST_CASE("serialization/onnx/onnx_file: tensors that are not what their shape says are refused") {
  using onnx::TensorProto;
  CHECK(refused_weight([](TensorProto& w) { w.set_dims(0, 3); }) ==
        "m.onnx: tensor \"w\": 8 bytes of elements, but its 3 elements take 12");
  CHECK(refused_weight([](TensorProto& w) { w.set_dims(0, -1); }) == "m.onnx: tensor \"w\": the size -1 of an axis");
  CHECK(refused_weight([](TensorProto& w) { w.clear_raw_data(); }) ==
        "m.onnx: tensor \"w\": 0 numbers, but its 2 elements take 2");
  CHECK(refused_weight([](TensorProto& w) { w.set_data_type(TensorProto::STRING); }) ==
        "m.onnx: tensor \"w\": raw bytes of the element type 8, which has none");
  CHECK(refused_weight([](TensorProto& w) { w.set_data_location(TensorProto::EXTERNAL); }) ==
        "m.onnx: tensor \"w\": its elements are in another file, which is not read");
  CHECK(refused_weight([](TensorProto& w) { w.add_dims(std::int64_t{1} << 62); }) ==
        "m.onnx: tensor \"w\": more than 2147483648 elements, the limit of all tensors together");
  CHECK(refused_weight([](TensorProto& w) { w.add_dims(1); }, {.rank = 1}) ==
        "m.onnx: tensor \"w\": 2 axes, more than the limit of 1");
  CHECK(refused_model(*sum_model(), {.nodes = 0}) == "m.onnx: more than 0 nodes, the limit");
}

TEST_CASE("serialization/onnx/onnx_file: the checker's words become an error of the input") {
  OnnxModel model = sum_model();
  model->mutable_graph()->mutable_node(0)->set_op_type("Sum\nOf");
  std::string said = refused([&] { check_onnx(*model, "m.onnx"); });
  CHECK(said.starts_with("m.onnx: the ONNX checker says: No Op registered for Sum\\u000aOf with domain_version of 17"));
}

TEST_CASE("serialization/onnx/onnx_file: damage gives an error or a model that can be written") {
  std::string bytes = onnx_bytes(*sum_model());
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    std::string damaged = mutated(bytes, seed);
    CAPTURE(seed);
    try {
      OnnxModel model = parse_onnx(bytes_of(damaged), "m.onnx");
      onnx_bytes(*model);
      check_onnx(*model, "m.onnx");
    } catch (const UserError& error) {
      CHECK(error.fault() == Fault::input);
    }
  }
}
