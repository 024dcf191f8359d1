// Reading of ONNX models within limits, as declared in model_file.h: one function a message of onnx.proto, whose
// numbers of fields stand in the cases.
#include <algorithm>
#include <utility>

#include "serialization/file.h"
#include "serialization/onnx/model_file.h"
#include "serialization/onnx/tensor_reader.h"
#include "serialization/onnx/wire.h"
#include "serialization/utf8.h"

namespace gradloom {

namespace {

using onnx::WireReader;

class ModelReader {
 public:
  explicit ModelReader(const OnnxLimits& limits) : limits_(limits), tensors_(limits) {}

  onnx::Model model(WireReader in) {
    onnx::Model out;
    bool has_graph = false;
    while (in.next()) switch (in.field()) {
        case 1:
          out.ir_version = in.integer();
          break;
        case 2:
          out.producer_name = in.text();
          break;
        case 3:
          out.producer_version = in.text();
          break;
        case 4:
          out.domain = in.text();
          break;
        case 5:
          out.model_version = in.integer();
          break;
        case 6:
          out.documentation = in.text();
          break;
        case 7:
          in.check(!has_graph, "a second graph");
          has_graph = true;
          out.graph = graph(in);
          break;
        case 8:
          out.opsets.push_back(opset(in));
          break;
        case 14:
          out.metadata.push_back(entry(in));
          break;
        case 25:
          out.functions.push_back(function(in));
          break;
      }
    require(has_graph, Fault::input, in.file_name(), ": an ONNX model without a graph");
    return out;
  }

  onnx::Tensor tensor(const WireReader& field) {
    count(field);
    return tensors_.read(field.message("TensorProto"));
  }

 private:
  // Each struct and each text of a list is a part.
  void count(const WireReader& in) {
    in.check(++parts_ <= limits_.parts, "more than ", limits_.parts, " parts, the limit");
  }

  void add_text(const WireReader& in, std::vector<std::string>& texts) {
    count(in);
    texts.push_back(in.text());
  }

  onnx::Opset opset(const WireReader& field) {
    count(field);
    onnx::Opset out;
    WireReader in = field.message("OperatorSetIdProto");
    while (in.next()) switch (in.field()) {
        case 1:
          out.domain = in.text();
          break;
        case 2:
          out.version = in.integer();
          break;
      }
    return out;
  }

  std::pair<std::string, std::string> entry(const WireReader& field) {
    count(field);
    std::pair<std::string, std::string> out;
    WireReader in = field.message("StringStringEntryProto");
    while (in.next()) switch (in.field()) {
        case 1:
          out.first = in.text();
          break;
        case 2:
          out.second = in.text();
          break;
      }
    return out;
  }

  onnx::Graph graph(const WireReader& field) {
    count(field);
    onnx::Graph out;
    WireReader in = field.message("GraphProto");
    while (in.next()) switch (in.field()) {
        case 1:
          out.nodes.push_back(node(in));
          break;
        case 2:
          out.name = in.text();
          break;
        case 5:
          out.initializers.push_back(tensor(in));
          break;
        case 11:
          out.inputs.push_back(value_info(in));
          break;
        case 12:
          out.outputs.push_back(value_info(in));
          break;
        case 13:
          out.values.push_back(value_info(in));
          break;
        case 15:
          in.fail("a sparse initializer, which is not read");
      }
    return out;
  }

  onnx::Function function(const WireReader& field) {
    count(field);
    onnx::Function out;
    WireReader in = field.message("FunctionProto");
    while (in.next()) switch (in.field()) {
        case 1:
          out.name = in.text();
          break;
        case 4:
          add_text(in, out.inputs);
          break;
        case 5:
          add_text(in, out.outputs);
          break;
        case 6:
          add_text(in, out.attributes);
          break;
        case 7:
          out.nodes.push_back(node(in));
          break;
        case 9:
          out.opsets.push_back(opset(in));
          break;
        case 10:
          out.domain = in.text();
          break;
        case 11:
          out.defaults.push_back(attribute(in));
          break;
        case 13:
          out.overload = in.text();
          break;
      }
    return out;
  }

  onnx::Node node(const WireReader& field) {
    field.check(++nodes_ <= limits_.nodes, "more than ", limits_.nodes, " nodes, the limit");
    onnx::Node out;
    WireReader in = field.message("NodeProto");
    while (in.next()) switch (in.field()) {
        case 1:
          add_text(in, out.inputs);
          break;
        case 2:
          add_text(in, out.outputs);
          break;
        case 3:
          out.name = in.text();
          break;
        case 4:
          out.op = in.text();
          break;
        case 5:
          out.attributes.push_back(attribute(in));
          break;
        case 7:
          out.domain = in.text();
          break;
        case 8:
          out.overload = in.text();
          break;
      }
    return out;
  }

  onnx::Attribute attribute(const WireReader& field) {
    count(field);
    onnx::Attribute out;
    WireReader in = field.message("AttributeProto");
    std::size_t single_tensors = 0, single_graphs = 0;
    while (in.next()) switch (in.field()) {
        case 1:
          out.name = in.text();
          break;
        case 2:
          out.real = in.real();
          break;
        case 3:
          out.integer = in.integer();
          break;
        case 4:
          out.text = in.any_text();
          break;
        case 5:
          ++single_tensors;
          out.tensors.push_back(tensor(in));
          break;
        case 6:
          ++single_graphs;
          out.graphs.push_back(graph(in));
          break;
        case 7:
          in.each_fixed<4>([&](const std::byte* number) { out.reals.push_back(onnx::fixed_number<float>(number)); });
          break;
        case 8:
          in.each_number([&](std::uint64_t number) { out.integers.push_back(static_cast<std::int64_t>(number)); });
          break;
        case 9:
          count(in);
          out.texts.emplace_back(in.any_text());
          break;
        case 10:
          out.tensors.push_back(tensor(in));
          break;
        case 11:
          out.graphs.push_back(graph(in));
          break;
        case 20:
          out.type = static_cast<onnx::AttributeType>(in.short_integer());
          break;
        case 21:
          out.referenced = in.text();
          break;
      }
    if (!out.referenced.empty()) return out;
    auto check_single = [&](onnx::AttributeType type, std::size_t single, std::size_t all, const char* what) {
      std::size_t expected = out.type == type ? 1 : 0;
      bool whole = single == expected && (expected == 0 || all == 1);
      in.check(whole, "attribute \"", shown_text(out.name), "\" of the type ", static_cast<int>(out.type), " holds ",
               single, " ", what, " and a list of ", all - single);
    };
    check_single(onnx::AttributeType::tensor, single_tensors, out.tensors.size(), "tensors");
    check_single(onnx::AttributeType::graph, single_graphs, out.graphs.size(), "graphs");
    return out;
  }

  onnx::ValueInfo value_info(const WireReader& field) {
    count(field);
    onnx::ValueInfo out;
    WireReader in = field.message("ValueInfoProto");
    while (in.next()) switch (in.field()) {
        case 1:
          out.name = in.text();
          break;
        case 2:
          in.check(!out.type, "a second type");
          out.type = type(in);
          break;
      }
    return out;
  }

  onnx::Type type(const WireReader& field) {
    onnx::Type out;
    out.container = "unknown";  // a kind that is newer than this reader, or none
    bool known = false;
    WireReader in = field.message("TypeProto");
    while (in.next()) {
      if (in.field() == 6) continue;  // what the type stands for
      in.check(!known, "a second type");
      known = true;
      switch (in.field()) {
        case 1:
          out.container.clear();
          tensor_type(in, out);
          break;
        case 4:
          out.container = "sequence";
          break;
        case 5:
          out.container = "map";
          break;
        case 8:
          out.container = "sparse_tensor";
          break;
        case 9:
          out.container = "optional";
          break;
      }
    }
    return out;
  }

  void tensor_type(const WireReader& field, onnx::Type& out) {
    WireReader in = field.message("TypeProto.Tensor");
    while (in.next()) switch (in.field()) {
        case 1:
          out.element = static_cast<onnx::ElementType>(in.short_integer());
          break;
        case 2:
          in.check(!out.shape, "a second shape");
          out.shape = shape(in);
          break;
      }
  }

  std::vector<onnx::Dim> shape(const WireReader& field) {
    std::vector<onnx::Dim> out;
    WireReader in = field.message("TensorShapeProto");
    while (in.next()) {
      if (in.field() != 1) continue;
      count(in);
      in.check(out.size() < limits_.rank, "more axes than the limit of ", limits_.rank);
      out.push_back(dim(in.message("TensorShapeProto.Dimension")));
    }
    return out;
  }

  onnx::Dim dim(WireReader in) {
    onnx::Dim out;
    while (in.next()) switch (in.field()) {
        case 1:
          out = {in.integer(), {}};
          break;
        case 2:
          out = {{}, in.text()};
          break;
      }
    return out;
  }

  const OnnxLimits& limits_;
  onnx::TensorReader tensors_;
  std::size_t nodes_ = 0, parts_ = 0;
};

onnx::WireFile file_within(std::span<const std::byte> bytes, const std::string& name, const OnnxLimits& limits) {
  constexpr std::uint64_t most_bytes = (std::uint64_t{1} << 31) - 1;
  std::uint64_t limit = std::min(limits.bytes, most_bytes);
  require(bytes.size() <= limit, Fault::input, name, ": ", bytes.size(), " bytes, more than the limit of ", limit);
  return {bytes, name, limits.depth};
}

}  // namespace

onnx::Model parse_onnx(std::span<const std::byte> bytes, const std::string& name, const OnnxLimits& limits) {
  onnx::WireFile file = file_within(bytes, name, limits);
  return ModelReader(limits).model(WireReader(file, "ModelProto"));
}

onnx::Model read_onnx(const std::string& path, const OnnxLimits& limits) {
  std::string bytes = read_file(path, limits.bytes);
  return parse_onnx(bytes_of(bytes), path, limits);
}

onnx::Tensor parse_onnx_tensor(std::span<const std::byte> bytes, const std::string& name, const OnnxLimits& limits) {
  onnx::WireFile file = file_within(bytes, name, limits);
  return onnx::TensorReader(limits).read(WireReader(file, "TensorProto"));
}

}  // namespace gradloom
