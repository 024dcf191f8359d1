// ONNX models as bytes and files: read within limits, checked by the ONNX library, written whole or not at all. Only
// .cpp files of this folder include the headers of ONNX and protobuf, which take seconds to compile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace onnx {
class ModelProto;
}

namespace gradloom {

struct DeleteOnnxModel {
  void operator()(onnx::ModelProto* model) const;
};
using OnnxModel = std::unique_ptr<onnx::ModelProto, DeleteOnnxModel>;

OnnxModel make_onnx_model();

/// What a reader takes at most; beyond any of them the file is refused (Fault::input).
struct OnnxLimits {
  std::uint64_t bytes = (std::uint64_t{1} << 31) - 1;  ///< of the file; protobuf takes no more
  int depth = 64;                                      ///< messages inside messages; a body takes three
  std::size_t nodes = 100'000;                         ///< of the graph, all bodies and functions together
  std::size_t rank = 16;                               ///< of a tensor
  std::int64_t elements = std::int64_t{1} << 31;       ///< of all tensors together
};

/// Reads a model; `name` is what the errors call it. Bytes that are no model, a tensor whose elements are not as many
/// as its shape says or stand in another file, and whatever exceeds a limit are a UserError (Fault::input). Whether
/// the operators are used rightly is not looked at: see check_onnx.
OnnxModel parse_onnx(std::span<const std::byte> bytes, const std::string& name, const OnnxLimits& limits = {});
OnnxModel read_onnx(const std::string& path, const OnnxLimits& limits = {});

/// Asks the checker of the ONNX library (which knows opsets up to 17). A UserError (Fault::input) says what it said.
void check_onnx(const onnx::ModelProto& model, const std::string& name);

/// The bytes of the file; the same model makes the same bytes. A UserError (Fault::system) above 2 GiB.
std::string onnx_bytes(const onnx::ModelProto& model);

/// Replaces the file whole or not at all (see write_file).
void write_onnx(const std::string& path, const onnx::ModelProto& model);

}  // namespace gradloom
