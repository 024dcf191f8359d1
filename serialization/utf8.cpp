// The table of well-formed UTF-8 sequences (Unicode standard, table 3-7) as code.
#include "serialization/utf8.h"

#include <algorithm>

namespace gradloom {

namespace {

// The length of the sequence at the start of `text`, or 0 when it is not well formed.
std::size_t sequence_length(std::string_view text) {
  auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto between = [&](std::size_t i, unsigned low, unsigned high) { return byte(i) >= low && byte(i) <= high; };
  auto tail = [&](std::size_t i) { return between(i, 0x80, 0xbf); };
  unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) return tail(1) ? 2 : 0;
  if (lead < 0xf0) {
    // e0 would be overlong below a0, ed a surrogate above 9f.
    return between(1, lead == 0xe0 ? 0xa0 : 0x80, lead == 0xed ? 0x9f : 0xbf) && tail(2) ? 3 : 0;
  }
  if (lead < 0xf5) {
    return between(1, lead == 0xf0 ? 0x90 : 0x80, lead == 0xf4 ? 0x8f : 0xbf) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::size_t utf8_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t length = sequence_length(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return at;
}

std::string shown_text(std::string_view text, std::size_t limit) {
  auto hexadecimal = [](std::string_view prefix, char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    auto byte = static_cast<unsigned char>(c);
    return std::string(prefix) + digits[byte >> 4] + digits[byte & 15];
  };
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t length = sequence_length(text.substr(at));
    if (at + std::max<std::size_t>(length, 1) > limit) return out + "...";
    if (length == 0)
      out += hexadecimal("\\x", text[at]);
    else if (length == 1 && (static_cast<unsigned char>(text[at]) < 0x20 || text[at] == 0x7f))
      out += hexadecimal("\\u00", text[at]);
    else
      out += text.substr(at, length);
    at += std::max<std::size_t>(length, 1);
  }
  return out;
}

}  // namespace gradloom
