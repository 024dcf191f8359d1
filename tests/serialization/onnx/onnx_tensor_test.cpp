// Tensors of ONNX files as ours: the same types bit for bit, narrower ones only when asked for, never a value changed.
#include "serialization/onnx/onnx_tensor.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

using namespace gradloom;
using onnx::ElementType;

namespace {

template <class T>
onnx::Tensor tensor_of(ElementType type, const std::vector<T>& values) {
  onnx::Tensor out{"t", type, {static_cast<std::int64_t>(values.size())}, {}, {}};
  out.bytes.resize(values.size() * sizeof(T));
  std::memcpy(out.bytes.data(), values.data(), out.bytes.size());
  return out;
}

template <class From, class To>
void check_widened(ElementType type, const std::vector<From>& from, const std::vector<To>& to) {
  CHECK_THROWS_WITH_AS(tensor_from_onnx(tensor_of(type, from)),
                       ("tensor \"t\": elements of " + name_of(type) + ", which no tensor holds").c_str(), UserError);
  Tensor tensor = tensor_from_onnx(tensor_of(type, from), OnnxTypes::widen);
  CHECK(tensor.dtype() == dtype_of<To>);
  CHECK(held_dtype(type, OnnxTypes::widen) == dtype_of<To>);
  CHECK(tensor.to_vector<To>() == to);
}

}  // namespace

TEST_CASE("serialization/onnx/onnx_tensor: our element types go and come back bit for bit") {
  for (const Tensor& tensor : {Tensor::from<float>({2, 2}, {1, -0.0f, 1e-45f, std::numeric_limits<float>::infinity()}),
                               Tensor::from<double>({1}, {0.1}), Tensor::from<std::int32_t>({}, {-7}),
                               Tensor::from<std::int64_t>({2}, {std::numeric_limits<std::int64_t>::min(), 1}),
                               Tensor::from<bool>({3}, {true, false, true}), Tensor(DType::float32, {0, 4})}) {
    onnx::Tensor there = tensor_to_onnx(tensor, "name");
    CHECK(there.name == "name");
    CHECK(there.dims == tensor.shape());
    CHECK(held_dtype(there.type) == tensor.dtype());
    CHECK(tensor_from_onnx(there).identical(tensor));
  }
}

TEST_CASE("serialization/onnx/onnx_tensor: narrow types widen without a change of value, when asked for") {
  check_widened<std::int8_t, std::int32_t>(ElementType::int8, {-128, 127}, {-128, 127});
  check_widened<std::uint8_t, std::int32_t>(ElementType::uint8, {0, 255}, {0, 255});
  check_widened<std::int16_t, std::int32_t>(ElementType::int16, {-32768, 32767}, {-32768, 32767});
  check_widened<std::uint16_t, std::int32_t>(ElementType::uint16, {0, 65535}, {0, 65535});
  check_widened<std::uint32_t, std::int64_t>(ElementType::uint32, {0, 4294967295}, {0, 4294967295});
  check_widened<std::uint64_t, std::int64_t>(ElementType::uint64, {0, 9223372036854775807}, {0, 9223372036854775807});
  // 1, -2, the largest, the smallest normal and subnormal, the infinities.
  check_widened<std::uint16_t, float>(ElementType::float16, {0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x7c00, 0xfc00},
                                      {1, -2, 65504, 0x1p-14f, 0x1p-24f, INFINITY, -INFINITY});
  check_widened<std::uint16_t, float>(ElementType::bfloat16, {0x3f80, 0xc000, 0x7f80, 0x0001},
                                      {1, -2, INFINITY, std::bit_cast<float>(0x00010000u)});
}

TEST_CASE("serialization/onnx/onnx_tensor: zeros keep their sign and NaN stays one") {
  Tensor halves = tensor_from_onnx(tensor_of<std::uint16_t>(ElementType::float16, {0x8000, 0x7e00}), OnnxTypes::widen);
  CHECK(std::signbit(halves.values<float>()[0]));
  CHECK(halves.values<float>()[0] == 0);
  CHECK(std::isnan(halves.values<float>()[1]));
}

TEST_CASE("serialization/onnx/onnx_tensor: what no tensor holds is refused") {
  CHECK_THROWS_WITH_AS(
      tensor_from_onnx(tensor_of<std::uint64_t>(ElementType::uint64, {1, 9223372036854775808u}), OnnxTypes::widen),
      "tensor \"t\": the element 9223372036854775808 of UINT64, which int64 does not hold", UserError);
  CHECK_THROWS_WITH_AS(tensor_from_onnx({"t", ElementType::text, {1}, {}, {"a"}}, OnnxTypes::widen),
                       "tensor \"t\": elements of STRING, which no tensor holds", UserError);
  CHECK_THROWS_WITH_AS(tensor_from_onnx({"t", static_cast<ElementType>(99), {1}, {}, {}}, OnnxTypes::widen),
                       "tensor \"t\": elements of type 99, which no tensor holds", UserError);
  CHECK_THROWS_AS(tensor_from_onnx({"t", ElementType::int32, {1}, {}, {}}), InternalError);
}
