// The five element types a tensor can hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"

namespace gradloom {

enum class DType : std::uint8_t { float32, float64, int32, int64, boolean };

constexpr std::size_t size_of(DType dtype) {
  switch (dtype) {
    case DType::float32:
    case DType::int32:
      return 4;
    case DType::float64:
    case DType::int64:
      return 8;
    case DType::boolean:
      return 1;
  }
  return 0;
}

/// "float32", "float64", "int32", "int64", "bool": the names used in text, JSON and messages.
constexpr std::string_view name_of(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return "float32";
    case DType::float64:
      return "float64";
    case DType::int32:
      return "int32";
    case DType::int64:
      return "int64";
    case DType::boolean:
      return "bool";
  }
  return "";
}

constexpr std::optional<DType> dtype_named(std::string_view name) {
  for (DType dtype : {DType::float32, DType::float64, DType::int32, DType::int64, DType::boolean})
    if (name_of(dtype) == name) return dtype;
  return std::nullopt;
}

constexpr bool is_float(DType dtype) { return dtype == DType::float32 || dtype == DType::float64; }
constexpr bool is_integer(DType dtype) { return dtype == DType::int32 || dtype == DType::int64; }

template <class T>
constexpr DType dtype_of = [] { static_assert(sizeof(T) == 0, "no DType holds this C++ type"); }();
template <>
inline constexpr DType dtype_of<float> = DType::float32;
template <>
inline constexpr DType dtype_of<double> = DType::float64;
template <>
inline constexpr DType dtype_of<std::int32_t> = DType::int32;
template <>
inline constexpr DType dtype_of<std::int64_t> = DType::int64;
template <>
inline constexpr DType dtype_of<bool> = DType::boolean;

/// Calls `f.template operator()<T>()` with the C++ type of the dtype: `visit(dtype, [&]<class T>() { ... })`.
template <class F>
decltype(auto) visit(DType dtype, F&& f) {
  switch (dtype) {
    case DType::float32:
      return f.template operator()<float>();
    case DType::float64:
      return f.template operator()<double>();
    case DType::int32:
      return f.template operator()<std::int32_t>();
    case DType::int64:
      return f.template operator()<std::int64_t>();
    case DType::boolean:
      return f.template operator()<bool>();
  }
  throw InternalError("unknown dtype");
}

/// The same for the two float types; an InternalError for others (shape rules have checked before).
template <class F>
decltype(auto) visit_float(DType dtype, F&& f) {
  switch (dtype) {
    case DType::float32:
      return f.template operator()<float>();
    case DType::float64:
      return f.template operator()<double>();
    default:
      throw InternalError(concat_text("a float dtype was expected, not ", name_of(dtype)));
  }
}

}  // namespace gradloom
