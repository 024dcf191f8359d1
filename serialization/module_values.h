// How dtypes, sizes and tensors stand in module.json, each way of writing beside the way of reading it back.
#pragma once

#include <string>

#include "graph/dim.h"
#include "serialization/json_reader.h"
#include "serialization/utf8.h"
#include "tensor/tensor.h"

namespace gradloom {

/// What `read` returns; its UserError becomes one that names the place.
template <class Read>
auto at_place(const JsonValue& place, const Read& read) {
  try {
    return read();
  } catch (const UserError& error) {
    if (error.fault() == Fault::system) throw;
    // What was given stands in the message, and may hold any character.
    place.refuse(shown_text(error.what(), 4000));
  }
}

/// `12`, or `"2*batch + 1"` of a symbolic size.
std::string dim_json(const Dim& dim);
Dim read_dim(const JsonValue& value);

/// `["batch", 3]`.
std::string dims_json(const Dims& dims);
Dims read_dims(const JsonValue& value, std::size_t limit);
/// Dims that are sizes of axes: no number below 0.
Dims read_type_shape(const JsonValue& value, std::size_t limit);

/// `[2, 3]`.
std::string integers_json(const std::vector<std::int64_t>& integers);
std::vector<std::int64_t> read_integers(const JsonValue& value, std::size_t limit);
/// The sizes of a tensor, whose number of elements fits in 64 bits.
Shape read_shape(const JsonValue& value, std::size_t limit);

DType read_dtype(const JsonValue& value);

/// The elements as one flat list, row-major.
std::string elements_json(const Tensor& tensor);
Tensor read_elements(const JsonValue& value, DType dtype, Shape shape);

/// A name of is_name(), or a refusal.
std::string read_name(const JsonValue& value);
std::string checked_name(const JsonValue& place, std::string_view name);

}  // namespace gradloom
