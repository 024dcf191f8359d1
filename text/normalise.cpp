// Normal form C and lower case by way of utf8proc, as declared in normalise.h.
#include "text/normalise.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

#include "base/error.h"
#include "text/unicode.h"

namespace gradloom {
namespace {

bool is_cased(char32_t character) {
  auto code = static_cast<utf8proc_int32_t>(character);
  auto kind = utf8proc_category(code);
  return kind == UTF8PROC_CATEGORY_LU || kind == UTF8PROC_CATEGORY_LL || kind == UTF8PROC_CATEGORY_LT;
}

// What may stand between a letter and the end of its word without ending it (Unicode's Case_Ignorable, its main part).
bool is_case_ignorable(char32_t character) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(character))) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
      return true;
    default:
      break;
  }
  constexpr std::u32string_view others = U"'.:·\u2018\u2019\u2024\u2027";
  return others.find(character) != std::u32string_view::npos;
}

// A capital sigma ends a word when a cased letter precedes it and none follows (Unicode 15, table 3-17).
bool is_final_sigma(std::u32string_view text, std::size_t index) {
  std::size_t before = index;
  while (before > 0 && is_case_ignorable(text[before - 1])) --before;
  if (before == 0 || !is_cased(text[before - 1])) return false;
  std::size_t after = index + 1;
  while (after < text.size() && is_case_ignorable(text[after])) ++after;
  return after == text.size() || !is_cased(text[after]);
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::u32string all;
  for (std::size_t position = 0; position < text.size();) all += next_character(text, position);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    char32_t c = all[i];
    if (c >= 0xDC80 && c <= 0xDCFF) {
      out += static_cast<char>(c - 0xDC00);
    } else if (c == 0x130) {
      out += "i\xCC\x87";
    } else if (c == 0x3A3) {
      append_character(out, is_final_sigma(all, i) ? 0x3C2 : 0x3C3);
    } else {
      append_character(out, static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))));
    }
  }
  return out;
}

std::string nfc(std::string_view text) {
  bool ascii = true;
  for (char c : text) ascii = ascii && static_cast<unsigned char>(c) < 0x80;
  if (ascii) return std::string(text);
  require_utf8(text, "text to normalise");
  utf8proc_uint8_t* raw = nullptr;
  auto length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &raw, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> owner(raw, std::free);
  require(length >= 0, Fault::system, "normalising ", text.size(),
          " bytes of text: ", utf8proc_errmsg(length < 0 ? length : 0));
  return std::string(reinterpret_cast<const char*>(raw), static_cast<std::size_t>(length));
}

std::string fold_spaces(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool gap = false;
  for (std::size_t position = 0; position < text.size();) {
    std::size_t begin = position;
    char32_t character = next_character(text, position);
    if (is_white_space(character) && !is_no_break_space(character)) {
      gap = true;
      continue;
    }
    if (gap && !out.empty()) out += ' ';
    gap = false;
    out += text.substr(begin, position - begin);
  }
  return out;
}

std::string normalise(std::string_view line, bool lower) {
  require_utf8(line, "text to normalise");
  std::string folded = fold_spaces(line);
  return nfc(lower ? lower_case(folded) : folded);
}

}  // namespace gradloom
