// Escaping and measuring go character by character through text/unicode.h.
#include "training/markup.h"

#include "text/unicode.h"

namespace gradloom {

namespace {

constexpr char32_t replacement = 0xFFFD;

// XML 1.0, section 2.2, without the code points that Unicode calls noncharacters.
bool is_allowed(char32_t c) {
  if (c < 0x20) return c == '\t' || c == '\n' || c == '\r';
  bool is_control = c >= 0x7F && c < 0xA0;
  bool is_surrogate = c >= 0xD800 && c < 0xE000;
  bool is_noncharacter = (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c < 0xFDF0);
  return !is_control && !is_surrogate && !is_noncharacter;
}

// Unicode's blocks of East Asian Width W and F, roughly.
bool is_wide(char32_t c) {
  return (c >= 0x1100 && c < 0x1160) || (c >= 0x2E80 && c < 0xA4D0) || (c >= 0xAC00 && c < 0xD7A4) ||
         (c >= 0xF900 && c < 0xFB00) || (c >= 0xFF00 && c < 0xFF61) || (c >= 0x1F300 && c < 0x1FB00) ||
         (c >= 0x20000 && c < 0x40000);
}

std::int64_t columns_of(char32_t c) { return is_mark(c) ? 0 : is_wide(c) ? 2 : 1; }

}  // namespace

std::string escape_markup(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    char32_t c = next_character(text, i);
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        append_character(out, is_allowed(c) ? c : replacement);
    }
  }
  return out;
}

std::int64_t column_count(std::string_view text) {
  std::int64_t columns = 0;
  for (std::size_t i = 0; i < text.size();) columns += columns_of(next_character(text, i));
  return columns;
}

std::string shortened(std::string_view text, std::int64_t limit) {
  if (column_count(text) <= limit) return std::string(text);
  std::size_t end = 0;
  for (std::int64_t columns = 1;;) {
    std::size_t next = end;
    columns += columns_of(next_character(text, next));
    if (columns > limit) return std::string(text.substr(0, end)) + "…";
    end = next;
  }
}

}  // namespace gradloom
