// Tensors of ONNX files and tensors of ours: which element types are the same, and which of ours hold another's values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "serialization/onnx/model.h"
#include "tensor/tensor.h"

namespace gradloom {

/// ONNX's own word for an element type ("FLOAT16"), or its number.
std::string name_of(onnx::ElementType type);

/// The bytes of an element; none for texts and for numbers that are no type.
std::optional<std::size_t> element_bytes(onnx::ElementType type);

/// The element type that a dtype of ours is.
onnx::ElementType element_type(DType dtype);

/// What to do with elements of a type that no tensor of ours has.
enum class OnnxTypes {
  same,   ///< refuse them
  widen,  ///< take the smallest dtype that holds each value: float32 for float16 and bfloat16, int32 or int64 for
          ///< integers
};

/// The dtype that tensor_from_onnx gives; none where it refuses.
std::optional<DType> held_dtype(onnx::ElementType type, OnnxTypes types = OnnxTypes::same);

/// The same elements as a tensor of ours. A UserError (Fault::input) that names the tensor when no dtype holds them; of
/// uint64, when a value exceeds int64. The tensor must be one that a reader passed, or one made like it.
Tensor tensor_from_onnx(const onnx::Tensor& tensor, OnnxTypes types = OnnxTypes::same);

onnx::Tensor tensor_to_onnx(const Tensor& tensor, std::string name = "");

}  // namespace gradloom
