// The pairs of writers and readers that module_values.h declares.
#include "serialization/module_values.h"

#include "graph/module.h"
#include "serialization/json_writer.h"
#include "serialization/utf8.h"

namespace gradloom {

namespace {

template <class List, class Item>
std::string list_json(const List& list, const Item& item) {
  std::string out = "[";
  for (const auto& one : list) {
    if (out.size() > 1) out += ", ";
    out += item(one);
  }
  return out + "]";
}

std::vector<JsonValue> limited_elements(const JsonValue& value, std::size_t limit) {
  std::vector<JsonValue> elements = value.elements();
  if (elements.size() > limit) value.refuse("a list of ", elements.size(), ", more than the limit of ", limit);
  return elements;
}

template <class T>
T read_element(const JsonValue& value) {
  if constexpr (std::is_same_v<T, bool>)
    return value.as_bool();
  else if constexpr (std::is_same_v<T, float>)
    return value.as_float32();
  else if constexpr (std::is_same_v<T, double>)
    return value.as_float64();
  else
    return static_cast<T>(value.as_int64(std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

}  // namespace

std::string dim_json(const Dim& dim) {
  return dim.is_constant() ? json_number(dim.constant()) : json_string(dim.text());
}

Dim read_dim(const JsonValue& value) {
  if (!value.is_string()) return value.as_int64();
  return at_place(value, [&] { return Dim::parse(value.as_string()); });
}

std::string dims_json(const Dims& dims) { return list_json(dims, dim_json); }

Dims read_dims(const JsonValue& value, std::size_t limit) {
  Dims dims;
  for (const JsonValue& element : limited_elements(value, limit)) dims.push_back(read_dim(element));
  return dims;
}

Dims read_type_shape(const JsonValue& value, std::size_t limit) {
  Dims dims = read_dims(value, limit);
  std::vector<JsonValue> elements = value.elements();
  for (std::size_t i = 0; i < dims.size(); ++i)
    if (dims[i].is_constant() && dims[i].constant() < 0)
      elements[i].refuse("a size of 0 or more was expected, not ", dims[i].text());
  return dims;
}

std::string integers_json(const std::vector<std::int64_t>& integers) {
  return list_json(integers, [](std::int64_t integer) { return json_number(integer); });
}

std::vector<std::int64_t> read_integers(const JsonValue& value, std::size_t limit) {
  std::vector<std::int64_t> integers;
  for (const JsonValue& element : limited_elements(value, limit)) integers.push_back(element.as_int64());
  return integers;
}

Shape read_shape(const JsonValue& value, std::size_t limit) {
  Shape shape;
  for (const JsonValue& element : limited_elements(value, limit))
    shape.push_back(element.as_int64(0, std::numeric_limits<std::int64_t>::max()));
  at_place(value, [&] { return element_count(std::span<const std::int64_t>(shape)); });
  return shape;
}

DType read_dtype(const JsonValue& value) {
  auto dtype = dtype_named(value.as_string());
  if (!dtype)
    value.refuse("float32, float64, int32, int64 or bool was expected, not \"", shown_text(value.as_string()), '"');
  return *dtype;
}

std::string elements_json(const Tensor& tensor) {
  return visit(tensor.dtype(), [&]<class T>() {
    return list_json(tensor.values<T>(), [](T element) -> std::string {
      if constexpr (std::is_same_v<T, bool>)
        return element ? "true" : "false";
      else
        return json_number(element);
    });
  });
}

Tensor read_elements(const JsonValue& value, DType dtype, Shape shape) {
  std::int64_t count = element_count(std::span<const std::int64_t>(shape));
  // Compared before memory is taken for the shape.
  if (value.size() != static_cast<std::uint64_t>(count))
    value.refuse(value.size(), " values, but the shape ", shape_text(shape), " has ", count);
  Tensor tensor(dtype, std::move(shape));
  visit(dtype, [&]<class T>() {
    std::span<T> elements = tensor.mutable_values<T>();
    std::size_t i = 0;
    for (const JsonValue& element : value.elements()) elements[i++] = read_element<T>(element);
  });
  return tensor;
}

std::string checked_name(const JsonValue& place, std::string_view name) {
  if (!is_name(name))
    place.refuse('"', shown_text(name), "\" is not a name, which is made of letters, digits, _, -, ., $ and /");
  return std::string(name);
}

std::string read_name(const JsonValue& value) { return checked_name(value, value.as_string()); }

}  // namespace gradloom
