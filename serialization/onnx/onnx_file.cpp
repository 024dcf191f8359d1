// Reading, checking and writing of ONNX models, as declared in onnx_file.h.
#include "serialization/onnx/onnx_file.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "serialization/file.h"
#include "serialization/utf8.h"

namespace gradloom {

namespace {

// The bytes that one element takes in raw_data; none: elements that do not stand there, or of a type that nobody knows.
std::optional<std::uint64_t> element_bytes(int type) {
  using onnx::TensorProto;
  switch (type) {
    case TensorProto::BOOL:
    case TensorProto::INT8:
    case TensorProto::UINT8:
      return 1;
    case TensorProto::INT16:
    case TensorProto::UINT16:
    case TensorProto::FLOAT16:
    case TensorProto::BFLOAT16:
      return 2;
    case TensorProto::FLOAT:
    case TensorProto::INT32:
    case TensorProto::UINT32:
      return 4;
    case TensorProto::DOUBLE:
    case TensorProto::INT64:
    case TensorProto::UINT64:
    case TensorProto::COMPLEX64:
      return 8;
    case TensorProto::COMPLEX128:
      return 16;
    default:
      return {};
  }
}

// Numbers in the repeated field that holds elements of a type, and how many of them make one element.
std::pair<std::int64_t, std::int64_t> listed_elements(const onnx::TensorProto& tensor) {
  using onnx::TensorProto;
  switch (tensor.data_type()) {
    case TensorProto::FLOAT:
      return {tensor.float_data_size(), 1};
    case TensorProto::COMPLEX64:
      return {tensor.float_data_size(), 2};
    case TensorProto::DOUBLE:
      return {tensor.double_data_size(), 1};
    case TensorProto::COMPLEX128:
      return {tensor.double_data_size(), 2};
    case TensorProto::INT64:
      return {tensor.int64_data_size(), 1};
    case TensorProto::UINT32:
    case TensorProto::UINT64:
      return {tensor.uint64_data_size(), 1};
    case TensorProto::STRING:
      return {tensor.string_data_size(), 1};
    default:
      return {tensor.int32_data_size(), 1};
  }
}

// Walks through everything that a model holds and counts.
class Bounds {
 public:
  Bounds(const std::string& name, const OnnxLimits& limits) : name_(name), limits_(limits) {}

  void graph(const onnx::GraphProto& graph) {
    nodes(graph.node());
    for (const onnx::TensorProto& tensor : graph.initializer()) this->tensor(tensor);
    for (const onnx::SparseTensorProto& sparse : graph.sparse_initializer()) this->sparse(sparse);
  }

  void nodes(const google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes) {
    nodes_ += static_cast<std::size_t>(nodes.size());
    check(nodes_ <= limits_.nodes, "more than ", limits_.nodes, " nodes, the limit");
    for (const onnx::NodeProto& node : nodes)
      for (const onnx::AttributeProto& attribute : node.attribute()) {
        if (attribute.has_g()) graph(attribute.g());
        if (attribute.has_t()) tensor(attribute.t());
        if (attribute.has_sparse_tensor()) sparse(attribute.sparse_tensor());
        for (const onnx::GraphProto& body : attribute.graphs()) graph(body);
        for (const onnx::TensorProto& value : attribute.tensors()) tensor(value);
        for (const onnx::SparseTensorProto& value : attribute.sparse_tensors()) sparse(value);
      }
  }

 private:
  template <class... Parts>
  void check(bool condition, const Parts&... parts) const {
    require(condition, Fault::input, name_, ": ", parts...);
  }

  void sparse(const onnx::SparseTensorProto& sparse) {
    tensor(sparse.values());
    tensor(sparse.indices());
  }

  void tensor(const onnx::TensorProto& tensor) {
    std::string who = concat_text("tensor \"", shown_text(tensor.name()), "\"");
    check(tensor.data_location() != onnx::TensorProto::EXTERNAL && tensor.external_data_size() == 0, who,
          ": its elements are in another file, which is not read");
    check(static_cast<std::size_t>(tensor.dims_size()) <= limits_.rank, who, ": ", tensor.dims_size(),
          " axes, more than the limit of ", limits_.rank);
    std::int64_t count = 1;
    for (std::int64_t size : tensor.dims()) {
      check(size >= 0, who, ": the size ", size, " of an axis");
      // Both factors are at most 2^62, and so is what passes.
      bool fits = size == 0 || count <= limits_.elements / size;
      check(fits, who, ": more than ", limits_.elements, " elements, the limit of all tensors together");
      count *= size;
    }
    elements_ += count;
    check(elements_ <= limits_.elements, who, ": with it more than ", limits_.elements,
          " elements, the limit of all tensors together");
    if (tensor.has_raw_data()) {
      std::optional<std::uint64_t> size = element_bytes(tensor.data_type());
      check(size.has_value(), who, ": raw bytes of the element type ", tensor.data_type(), ", which has none");
      std::uint64_t needed = static_cast<std::uint64_t>(count) * *size;
      check(tensor.raw_data().size() == needed, who, ": ", tensor.raw_data().size(), " bytes of elements, but its ",
            count, " elements take ", needed);
      return;
    }
    auto [numbers, an_element] = listed_elements(tensor);
    check(numbers == count * an_element, who, ": ", numbers, " numbers, but its ", count, " elements take ",
          count * an_element);
  }

  const std::string& name_;
  const OnnxLimits& limits_;
  std::size_t nodes_ = 0;
  std::int64_t elements_ = 0;
};

}  // namespace

void DeleteOnnxModel::operator()(onnx::ModelProto* model) const { delete model; }

OnnxModel make_onnx_model() { return OnnxModel(new onnx::ModelProto); }

OnnxModel parse_onnx(std::span<const std::byte> bytes, const std::string& name, const OnnxLimits& limits) {
  constexpr std::uint64_t most_bytes = (std::uint64_t{1} << 31) - 1;
  std::uint64_t limit = std::min(limits.bytes, most_bytes);
  require(bytes.size() <= limit, Fault::input, name, ": ", bytes.size(), " bytes, more than the limit of ", limit);
  google::protobuf::LogSilencer silence;
  int size = static_cast<int>(bytes.size());
  google::protobuf::io::ArrayInputStream stream(bytes.data(), size);
  google::protobuf::io::CodedInputStream coded(&stream);
  coded.SetRecursionLimit(limits.depth);
  coded.SetTotalBytesLimit(size);
  OnnxModel model = make_onnx_model();
  bool whole = model->ParseFromCodedStream(&coded) && coded.ConsumedEntireMessage();
  require(whole, Fault::input, name, ": ", bytes.size(), " bytes that are no ONNX model of at most ", limits.depth,
          " levels");
  require(model->has_graph(), Fault::input, name, ": an ONNX model without a graph");
  Bounds bounds(name, limits);
  bounds.graph(model->graph());
  for (const onnx::FunctionProto& function : model->functions()) bounds.nodes(function.node());
  for (const onnx::TrainingInfoProto& training : model->training_info()) {
    bounds.graph(training.initialization());
    bounds.graph(training.algorithm());
  }
  return model;
}

OnnxModel read_onnx(const std::string& path, const OnnxLimits& limits) {
  std::string bytes = read_file(path, limits.bytes);
  return parse_onnx(bytes_of(bytes), path, limits);
}

void check_onnx(const onnx::ModelProto& model, const std::string& name) {
  google::protobuf::LogSilencer silence;
  try {
    onnx::checker::check_model(model);
  } catch (const std::exception& error) {
    std::string_view said = error.what();
    said = said.substr(0, said.find_last_not_of(" \n") + 1);
    throw UserError(concat_text(name, ": the ONNX checker says: ", shown_text(said, 2000)), Fault::input);
  }
}

std::string onnx_bytes(const onnx::ModelProto& model) {
  google::protobuf::LogSilencer silence;
  std::uint64_t size = model.ByteSizeLong();
  require(size < std::uint64_t{1} << 31, Fault::system, "an ONNX model of ", size,
          " bytes; a file of protobuf has at most 2147483647");
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    ensure(model.SerializeToCodedStream(&coded), "protobuf could not write an ONNX model of ", size, " bytes");
  }
  return bytes;
}

void write_onnx(const std::string& path, const onnx::ModelProto& model) { write_file(path, onnx_bytes(model)); }

}  // namespace gradloom
