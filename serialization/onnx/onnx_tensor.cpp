// Element types and elements of ONNX as ours and back, as declared in onnx_tensor.h.
#include "serialization/onnx/onnx_tensor.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

#include "base/error.h"
#include "serialization/utf8.h"

namespace gradloom {

namespace {

using onnx::ElementType;

// IEEE 754 binary16; every value is one of float32.
float float_of_half(std::uint16_t bits) {
  std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16, exponent = bits >> 10 & 31u,
                fraction = bits & 1023u;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | fraction << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
  float small = static_cast<float>(fraction) * 0x1p-24f;
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(small));
}

float float_of_bfloat(std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }

// Each element read as From, and what `convert` makes of it.
template <class From, class To, class Convert>
Tensor converted(const onnx::Tensor& tensor, const Convert& convert) {
  Tensor out(dtype_of<To>, tensor.dims);
  const std::byte* at = tensor.bytes.data();
  for (To& element : out.mutable_values<To>()) {
    From value;
    std::memcpy(&value, at, sizeof value);
    at += sizeof value;
    element = convert(value);
  }
  return out;
}

template <class From, class To>
Tensor widened(const onnx::Tensor& tensor) {
  return converted<From, To>(tensor, [](From value) { return static_cast<To>(value); });
}

std::string shown_tensor(const onnx::Tensor& tensor) { return concat_text("tensor \"", shown_text(tensor.name), "\""); }

Tensor signed_elements(const onnx::Tensor& tensor) {
  return converted<std::uint64_t, std::int64_t>(tensor, [&](std::uint64_t value) {
    require(value >> 63 == 0, Fault::input, shown_tensor(tensor), ": the element ", value,
            " of UINT64, which int64 does not hold");
    return static_cast<std::int64_t>(value);
  });
}

}  // namespace

std::string name_of(ElementType type) {
  constexpr const char* names[] = {"UNDEFINED", "FLOAT",  "UINT8",     "INT8",       "UINT16",  "INT16",
                                   "INT32",     "INT64",  "STRING",    "BOOL",       "FLOAT16", "DOUBLE",
                                   "UINT32",    "UINT64", "COMPLEX64", "COMPLEX128", "BFLOAT16"};
  auto number = static_cast<std::int32_t>(type);
  if (number < 0 || number >= static_cast<std::int32_t>(std::size(names))) return concat_text("type ", number);
  return names[number];
}

std::optional<std::size_t> element_bytes(ElementType type) {
  switch (type) {
    case ElementType::boolean:
    case ElementType::int8:
    case ElementType::uint8:
      return 1;
    case ElementType::int16:
    case ElementType::uint16:
    case ElementType::float16:
    case ElementType::bfloat16:
      return 2;
    case ElementType::float32:
    case ElementType::int32:
    case ElementType::uint32:
      return 4;
    case ElementType::float64:
    case ElementType::int64:
    case ElementType::uint64:
    case ElementType::complex64:
      return 8;
    case ElementType::complex128:
      return 16;
    default:
      return {};
  }
}

ElementType element_type(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return ElementType::float32;
    case DType::float64:
      return ElementType::float64;
    case DType::int32:
      return ElementType::int32;
    case DType::int64:
      return ElementType::int64;
    case DType::boolean:
      return ElementType::boolean;
  }
  throw InternalError("a dtype that ONNX has no number for");
}

std::optional<DType> held_dtype(ElementType type, OnnxTypes types) {
  bool widens = types == OnnxTypes::widen;
  switch (type) {
    case ElementType::float32:
      return DType::float32;
    case ElementType::float64:
      return DType::float64;
    case ElementType::int32:
      return DType::int32;
    case ElementType::int64:
      return DType::int64;
    case ElementType::boolean:
      return DType::boolean;
    case ElementType::float16:
    case ElementType::bfloat16:
      return widens ? std::optional(DType::float32) : std::nullopt;
    case ElementType::int8:
    case ElementType::uint8:
    case ElementType::int16:
    case ElementType::uint16:
      return widens ? std::optional(DType::int32) : std::nullopt;
    case ElementType::uint32:
    case ElementType::uint64:
      return widens ? std::optional(DType::int64) : std::nullopt;
    default:
      return {};
  }
}

Tensor tensor_from_onnx(const onnx::Tensor& tensor, OnnxTypes types) {
  std::optional<DType> dtype = held_dtype(tensor.type, types);
  require(dtype.has_value(), Fault::input, shown_tensor(tensor), ": elements of ", name_of(tensor.type),
          ", which no tensor holds");
  auto bytes = static_cast<std::size_t>(element_count(tensor.dims)) * *element_bytes(tensor.type);
  ensure(tensor.bytes.size() == bytes, shown_tensor(tensor), ": ", tensor.bytes.size(), " bytes, not ", bytes);
  switch (tensor.type) {
    case ElementType::float16:
      return converted<std::uint16_t, float>(tensor, float_of_half);
    case ElementType::bfloat16:
      return converted<std::uint16_t, float>(tensor, float_of_bfloat);
    case ElementType::int8:
      return widened<std::int8_t, std::int32_t>(tensor);
    case ElementType::uint8:
      return widened<std::uint8_t, std::int32_t>(tensor);
    case ElementType::int16:
      return widened<std::int16_t, std::int32_t>(tensor);
    case ElementType::uint16:
      return widened<std::uint16_t, std::int32_t>(tensor);
    case ElementType::uint32:
      return widened<std::uint32_t, std::int64_t>(tensor);
    case ElementType::uint64:
      return signed_elements(tensor);
    default: {
      Tensor out(*dtype, tensor.dims);
      if (bytes > 0) std::memcpy(out.mutable_data(), tensor.bytes.data(), bytes);
      return out;
    }
  }
}

onnx::Tensor tensor_to_onnx(const Tensor& tensor, std::string name) {
  const auto* bytes = static_cast<const std::byte*>(tensor.data());
  return {std::move(name), element_type(tensor.dtype()), tensor.shape(), {bytes, bytes + tensor.bytes()}, {}};
}

}  // namespace gradloom
