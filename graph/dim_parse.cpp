// Reads the text of a Dim back: sums of products of numbers, symbols and the four functions of two Dims.
#include <charconv>

#include "base/error.h"
#include "graph/dim.h"

namespace gradloom {

namespace {

// A descent as deep as the text nests; untrusted text is held to `max_depth`.
class DimParser {
 public:
  explicit DimParser(std::string_view text) : text_(text) {}

  Dim parse() {
    Dim result = sum(0);
    skip_spaces();
    if (position_ != text_.size()) fail("an operator or the end");
    return result;
  }

 private:
  static constexpr int max_depth = 32;
  static constexpr std::size_t max_length = 4096;

  [[noreturn]] void fail(const char* expected) const {
    throw UserError(
        concat_text("size \"", text_.substr(0, 80), "\": ", expected, " was expected at character ", position_ + 1),
        Fault::input);
  }
  void skip_spaces() {
    while (position_ < text_.size() && text_[position_] == ' ') ++position_;
  }
  bool take(char c) {
    skip_spaces();
    if (position_ == text_.size() || text_[position_] != c) return false;
    ++position_;
    return true;
  }
  Dim sum(int depth) {
    if (depth > max_depth || text_.size() > max_length) fail("a shorter expression");
    Dim result = take('-') ? Dim(-1) * product(depth) : product(depth);
    for (;;) {
      if (take('+'))
        result = result + product(depth);
      else if (take('-'))
        result = result - product(depth);
      else
        return result;
    }
  }
  Dim product(int depth) {
    Dim result = factor(depth);
    while (take('*')) result = result * factor(depth);
    return result;
  }
  Dim factor(int depth) {
    skip_spaces();
    std::size_t begin = position_;
    if (begin < text_.size() && text_[begin] >= '0' && text_[begin] <= '9') {
      std::int64_t number = 0;
      auto [end, error] = std::from_chars(text_.data() + begin, text_.data() + text_.size(), number);
      if (error != std::errc()) fail("a number below 2^63");
      position_ = static_cast<std::size_t>(end - text_.data());
      return number;
    }
    while (position_ < text_.size() && is_name_letter(text_[position_])) ++position_;
    if (position_ == begin) fail("a number or a name");
    std::string_view name = text_.substr(begin, position_ - begin);
    if (!take('(')) return Dim(name);
    Dim a = sum(depth + 1);
    if (!take(',')) fail("a comma");
    Dim b = sum(depth + 1);
    if (!take(')')) fail("a closing parenthesis");
    if (name == "floordiv") return floordiv(a, b);
    if (name == "ceildiv") return ceildiv(a, b);
    if (name == "max") return max(a, b);
    if (name == "min") return min(a, b);
    position_ = begin;
    fail("floordiv, ceildiv, max or min");
  }
  static bool is_name_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace

Dim Dim::parse(std::string_view text) { return DimParser(text).parse(); }

}  // namespace gradloom
