// Escaping and number text, as declared in json_writer.h.
#include "serialization/json_writer.h"

#include <cmath>

#include "base/error.h"
#include "serialization/utf8.h"

namespace gradloom {

namespace {

template <class T>
std::string number(T value) {
  // Without the point a reader takes -0 for an integer and loses the sign.
  if (value == 0 && std::signbit(value)) return "-0.0";
  return std::isfinite(value) ? number_text(value) : concat_text('"', number_text(value), '"');
}

}  // namespace

std::string json_string(std::string_view text) {
  std::size_t sound = utf8_prefix(text);
  require(sound == text.size(), Fault::input, "byte ", sound, " of \"", shown_text(text),
          "\" is not UTF-8 and cannot be written as JSON");
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      auto byte = static_cast<unsigned char>(c);
      out += "\\u00";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string json_number(double value) { return number(value); }
std::string json_number(float value) { return number(value); }

}  // namespace gradloom
