// UTF-8 checking and normal forms by way of utf8proc, as declared in unicode.h.
#include "text/unicode.h"

#include <utf8proc.h>

#include "base/error.h"

namespace gradloom {
namespace {

unsigned char byte_at(std::string_view text, std::size_t index) { return static_cast<unsigned char>(text[index]); }

// The bytes of the well-formed character at `position`, or 0 (Unicode 15, table 3-7).
std::size_t character_length(std::string_view text, std::size_t position) {
  auto lead = byte_at(text, position);
  if (lead < 0x80) return 1;
  std::size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (length == 0 || text.size() - position < length) return 0;
  auto second = byte_at(text, position + 1);
  unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (second < low || second > high) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if ((byte_at(text, position + i) & 0xC0) != 0x80) return 0;
  return length;
}

std::string hexadecimal(unsigned char byte) {
  const char* digits = "0123456789ABCDEF";
  return {'0', 'x', digits[byte >> 4], digits[byte & 15]};
}

utf8proc_category_t category(char32_t character) { return utf8proc_category(static_cast<utf8proc_int32_t>(character)); }

}  // namespace

std::size_t first_non_utf8(std::string_view text) {
  for (std::size_t position = 0; position < text.size();) {
    std::size_t length = character_length(text, position);
    if (length == 0) return position;
    position += length;
  }
  return std::string_view::npos;
}

void require_utf8(std::string_view text, std::string_view place) {
  std::size_t fault = first_non_utf8(text);
  if (fault == std::string_view::npos) return;
  require(false, Fault::input, place, ": byte ", fault + 1, " (", hexadecimal(byte_at(text, fault)), ") is not UTF-8");
}

char32_t next_character(std::string_view text, std::size_t& position) {
  std::size_t length = character_length(text, position);
  char32_t lead = byte_at(text, position++);
  if (length == 0) return 0xDC00 + lead;
  if (length == 1) return lead;
  char32_t character = lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) character = (character << 6) | (byte_at(text, position++) & 0x3Fu);
  return character;
}

void append_character(std::string& out, char32_t character) {
  utf8proc_uint8_t bytes[4];
  auto length = utf8proc_encode_char(static_cast<utf8proc_int32_t>(character), bytes);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
}

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> all;
  for (std::size_t position = 0; position < text.size();) {
    std::size_t begin = position;
    next_character(text, position);
    all.push_back(text.substr(begin, position - begin));
  }
  return all;
}

bool is_white_space(char32_t character) {
  if (character <= 0x20) return character == 0x20 || (character >= 9 && character <= 13) || character >= 0x1C;
  return character == 0x85 || character == 0xA0 || character == 0x1680 ||
         (character >= 0x2000 && character <= 0x200A) || character == 0x2028 || character == 0x2029 ||
         character == 0x202F || character == 0x205F || character == 0x3000;
}

bool is_no_break_space(char32_t character) { return character == 0xA0 || character == 0x2007 || character == 0x202F; }

bool is_letter(char32_t character) {
  auto kind = category(character);
  return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO;
}

bool is_digit(char32_t character) { return category(character) == UTF8PROC_CATEGORY_ND; }

bool is_mark(char32_t character) {
  auto kind = category(character);
  return kind >= UTF8PROC_CATEGORY_MN && kind <= UTF8PROC_CATEGORY_ME;
}

bool is_punctuation(char32_t character) {
  auto kind = category(character);
  return kind >= UTF8PROC_CATEGORY_PC && kind <= UTF8PROC_CATEGORY_SO;
}

bool is_opening(char32_t character) {
  auto kind = category(character);
  return kind == UTF8PROC_CATEGORY_PS || kind == UTF8PROC_CATEGORY_PI;
}

std::vector<std::string_view> split_white_space(std::string_view text) {
  std::vector<std::string_view> pieces;
  std::size_t begin = 0;
  for (std::size_t position = 0; position < text.size();) {
    std::size_t here = position;
    if (!is_white_space(next_character(text, position))) continue;
    if (here > begin) pieces.push_back(text.substr(begin, here - begin));
    begin = position;
  }
  if (begin < text.size()) pieces.push_back(text.substr(begin));
  return pieces;
}

std::string_view without_trailing_white_space(std::string_view text) {
  std::size_t end = 0;
  for (std::size_t position = 0; position < text.size();)
    if (!is_white_space(next_character(text, position))) end = position;
  return text.substr(0, end);
}

}  // namespace gradloom
