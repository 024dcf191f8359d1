// ONNX models as bytes and files: read within limits, written whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "serialization/onnx/model.h"

namespace gradloom {

/// What a reader takes at most; beyond any of them the file is refused (Fault::input).
struct OnnxLimits {
  std::uint64_t bytes = (std::uint64_t{1} << 31) - 1;  ///< of the file; protobuf writes no more
  int depth = 64;                                      ///< messages inside messages; a body takes three
  std::size_t nodes = 100'000;                         ///< of the graph, all bodies and functions together
  std::size_t parts = 1'000'000;                       ///< names, attributes, tensors and whatever else is a struct
  std::size_t rank = 16;                               ///< of a tensor
  std::int64_t elements = std::int64_t{1} << 31;       ///< of all tensors together
};

/// Reads a model; `name` is what the errors call it. Bytes that are no model, a tensor whose elements are not as many
/// as its shape says or stand in another file, and whatever exceeds a limit are a UserError (Fault::input). What the
/// structs of model.h have no place for is skipped: descriptions of parts, training information, annotations. Whether
/// operators are used rightly is not looked at; an attribute whose type is tensor or graph holds exactly one.
onnx::Model parse_onnx(std::span<const std::byte> bytes, const std::string& name, const OnnxLimits& limits = {});
onnx::Model read_onnx(const std::string& path, const OnnxLimits& limits = {});

/// Reads a tensor that stands alone, as ONNX's test data do (input_0.pb).
onnx::Tensor parse_onnx_tensor(std::span<const std::byte> bytes, const std::string& name,
                               const OnnxLimits& limits = {});

/// The bytes of the file; the same model makes the same bytes. A UserError (Fault::system) above 2 GiB.
std::string onnx_bytes(const onnx::Model& model);
std::string onnx_tensor_bytes(const onnx::Tensor& tensor);

/// Replaces the file whole or not at all (see write_file).
void write_onnx(const std::string& path, const onnx::Model& model);

}  // namespace gradloom
