// What must hold for whatever bytes a reader is given: it returns or refuses with a typed error that names the file and
// is printable, and what it accepted can be walked, written and read again. Held by the mutation test and the fuzzers.
#pragma once

#include <exception>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "serialization/file.h"
#include "serialization/json_reader.h"
#include "serialization/json_writer.h"
#include "serialization/npy.h"
#include "serialization/onnx/model_file.h"
#include "serialization/onnx/onnx_tensor.h"
#include "serialization/safetensors.h"
#include "serialization/utf8.h"

namespace gradloom::hostile {

/// Runs a reader; the text says which promise it broke, "" when none.
template <class Reader>
std::string broken_promise(const Reader& reader) {
  try {
    return reader();
  } catch (const UserError& error) {
    std::string message = error.what();
    if (error.fault() != Fault::input) return "not a fault of the input: " + message;
    if (!message.starts_with("hostile: ")) return "does not name the file: " + message;
    if (utf8_prefix(message) != message.size()) return "the message is not UTF-8: " + message;
    for (char c : message)
      if (static_cast<unsigned char>(c) < 0x20) return "the message has control characters: " + message;
    if (message.size() > 20'000) return "a message of " + std::to_string(message.size()) + " bytes";
    return "";
  } catch (const std::exception& error) {
    return std::string("an error of another type: ") + error.what();
  }
}

/// The value as compact JSON, so that every accessor is used on it.
inline std::string rewritten(const JsonValue& value) {
  switch (value.kind()) {
    case JsonKind::null:
      return "null";
    case JsonKind::boolean:
      return value.as_bool() ? "true" : "false";
    case JsonKind::number:
      return json_number(value.as_float64());
    case JsonKind::string:
      return json_string(value.as_string());
    case JsonKind::array: {
      std::string out = "[";
      for (const JsonValue& element : value.elements()) out += (out.size() > 1 ? "," : "") + rewritten(element);
      return out + "]";
    }
    case JsonKind::object: {
      std::string out = "{";
      for (const auto& [key, member] : value.members()) {
        if (value.find(key)->pointer() != member.pointer()) return "the member of " + std::string(key) + " is another";
        out += concat_text(out.size() > 1 ? "," : "", json_string(key), ":", rewritten(member));
      }
      return out + "}";
    }
  }
  return "";
}

inline std::string read_json(std::string_view bytes) {
  return broken_promise([&]() -> std::string {
    JsonDocument document = JsonDocument::parse(bytes, "hostile");
    std::string once = rewritten(document.root());
    JsonDocument again = JsonDocument::parse(once, "hostile");
    return rewritten(again.root()) == once ? "" : "does not read back: " + once;
  });
}

inline std::string read_safetensors_bytes(std::string_view bytes) {
  return broken_promise([&]() -> std::string {
    Safetensors content = parse_safetensors(bytes_of(bytes), "hostile");
    std::string once = safetensors_bytes(content);
    std::size_t data = 0;
    for (const auto& [name, tensor] : content.tensors) data += tensor.bytes();
    if (data > bytes.size()) return "more data than the file has";
    return safetensors_bytes(parse_safetensors(bytes_of(once), "hostile")) == once ? "" : "does not read back";
  });
}

inline std::string read_npy_bytes(std::string_view bytes) {
  return broken_promise([&]() -> std::string {
    Tensor tensor = parse_npy(bytes_of(bytes), "hostile");
    if (tensor.bytes() > bytes.size()) return "more data than the file has";
    return parse_npy(bytes_of(npy_bytes(tensor)), "hostile").identical(tensor) ? "" : "does not read back";
  });
}

inline std::string read_onnx_bytes(std::string_view bytes) {
  return broken_promise([&]() -> std::string {
    std::string once = onnx_bytes(parse_onnx(bytes_of(bytes), "hostile"));
    return onnx_bytes(parse_onnx(bytes_of(once), "hostile")) == once ? "" : "does not read back";
  });
}

inline std::string read_onnx_tensor_bytes(std::string_view bytes) {
  return broken_promise([&]() -> std::string {
    onnx::Tensor tensor = parse_onnx_tensor(bytes_of(bytes), "hostile");
    std::string once = onnx_tensor_bytes(tensor);
    if (onnx_tensor_bytes(parse_onnx_tensor(bytes_of(once), "hostile")) != once) return "does not read back";
    // A byte makes at most one element of 8 bytes.
    if (tensor.bytes.size() > 8 * bytes.size()) return "more data than the file has";
    if (held_dtype(tensor.type, OnnxTypes::widen) && tensor.type != onnx::ElementType::uint64)
      tensor_from_onnx(tensor, OnnxTypes::widen);
    return "";
  });
}

}  // namespace gradloom::hostile
