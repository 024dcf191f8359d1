// The tokeniser of mteval-v13a, byte by byte: every rule looks at ASCII characters only, so UTF-8 passes through.
#include <cstring>

#include "text/bleu.h"
#include "text/unicode.h"

namespace gradloom {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  std::size_t found = text.find(from);
  if (found == std::string::npos) return;
  std::string out;
  std::size_t begin = 0;
  for (; found != std::string::npos; found = text.find(from, begin)) {
    out.append(text, begin, found - begin).append(to);
    begin = found + from.size();
  }
  text = out.append(text, begin);
}

bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }
bool is_point_or_comma(char c) { return c == '.' || c == ','; }
bool is_lone_punctuation(char c) { return c != '\0' && std::strchr("{|}~[\\]^_` !\"#$%&()*+:;<=>?@/", c) != nullptr; }

// Replaces, left to right and without overlap, each pair of characters for which `matches` holds.
template <class Matches>
std::string space_pairs(const std::string& text, Matches matches, const char* before, const char* between,
                        const char* after) {
  std::string out;
  out.reserve(text.size() * 2);
  std::size_t i = 0;
  while (i + 1 < text.size()) {
    if (matches(text[i], text[i + 1])) {
      out.append(before).append(1, text[i]).append(between).append(1, text[i + 1]).append(after);
      i += 2;
    } else {
      out += text[i++];
    }
  }
  return out.append(text, i);
}

}  // namespace

std::string tokenize_13a(std::string_view line) {
  std::string text(line);
  replace_all(text, "<skipped>", "");
  replace_all(text, "-\n", "");
  replace_all(text, "\n", " ");
  replace_all(text, "&quot;", "\"");
  replace_all(text, "&amp;", "&");
  replace_all(text, "&lt;", "<");
  replace_all(text, "&gt;", ">");

  std::string spaced = " ";
  for (char c : text + " ") {
    if (is_lone_punctuation(c))
      spaced.append(1, ' ').append(1, c).append(1, ' ');
    else
      spaced += c;
  }
  spaced = space_pairs(
      spaced, [](char a, char b) { return !is_ascii_digit(a) && is_point_or_comma(b); }, "", " ", " ");
  spaced = space_pairs(
      spaced, [](char a, char b) { return is_point_or_comma(a) && !is_ascii_digit(b); }, " ", " ", "");
  spaced = space_pairs(
      spaced, [](char a, char b) { return is_ascii_digit(a) && b == '-'; }, "", " ", " ");

  std::string out;
  for (auto token : split_white_space(spaced)) out.append(out.empty() ? "" : " ").append(token);
  return out;
}

}  // namespace gradloom
