// Marks where tokens join, and back from marks to a line, as declared in word_tokenizer.h.
#include "text/word_tokenizer.h"

#include "text/normalise.h"
#include "text/unicode.h"
#include "text/word_split.h"

namespace gradloom {
namespace {

constexpr std::string_view joiner = "\uFFED", escape = "\uFFEE";

std::u32string decoded(std::string_view text) {
  std::u32string out;
  for (std::size_t position = 0; position < text.size();) out += next_character(text, position);
  return out;
}

struct MarkedToken {
  std::string text;
  bool joins_left = false, joins_right = false;
};

MarkedToken read_marks(std::string_view token) {
  MarkedToken result;
  if (token.size() > joiner.size() && token.starts_with(joiner)) {
    result.joins_left = true;
    token.remove_prefix(joiner.size());
  }
  while (!token.empty()) {
    if (token == joiner && !result.text.empty()) {
      result.joins_right = true;
      break;
    }
    if (token.starts_with(escape)) token.remove_prefix(escape.size());
    std::size_t length = 0;
    if (!token.empty()) next_character(token, length);
    result.text += token.substr(0, length);
    token.remove_prefix(length);
  }
  return result;
}

std::string write_marks(const std::u32string& text, bool joins_left, bool joins_right) {
  std::string out(joins_left ? joiner : "");
  for (char32_t c : text) {
    if (c == U'\uFFED' || c == U'\uFFEE') out += escape;
    append_character(out, c);
  }
  return out.append(joins_right ? joiner : "");
}

}  // namespace

std::vector<std::string> WordTokenizer::encode(std::string_view line) const {
  std::u32string text = decoded(normalise(line, lower_case_));
  std::vector<std::string> tokens;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = std::min(text.find(U' ', begin), text.size());
    auto parts = split_words(std::u32string_view(text).substr(begin, end - begin), end == text.size());
    bool left_of_next = false;  // the boundary behind the part before is marked on this part
    for (std::size_t i = 0; i < parts.size(); ++i) {
      bool last = i + 1 == parts.size();
      bool next_carries = !last && !parts[i].opens && parts[i + 1].closes;
      tokens.push_back(write_marks(parts[i].text, left_of_next, !last && !next_carries));
      left_of_next = next_carries;
    }
    begin = end + 1;
  }
  return tokens;
}

std::string WordTokenizer::decode(std::span<const std::string> tokens) const {
  std::string line;
  bool joined = true;
  for (const auto& token : tokens) {
    auto marked = read_marks(token);
    if (!joined && !marked.joins_left) line += ' ';
    line += marked.text;
    joined = marked.joins_right;
  }
  return line;
}

std::string token_surface(std::string_view token) { return read_marks(token).text; }

}  // namespace gradloom
