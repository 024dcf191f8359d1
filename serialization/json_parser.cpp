// Fills a JsonTable from the events of nlohmann's SAX parser, which keeps its own stack on the heap; the limits and the
// checks that the library leaves out (equal keys, NUL, byte order marks, integers beyond 64 bits) are here.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "serialization/json_reader.h"
#include "serialization/json_table.h"
#include "serialization/utf8.h"

namespace gradloom {

namespace {

// `FILE: line 3, column 7: `, the column counted in characters.
std::string line_place(const std::string& name, std::string_view text, std::size_t offset) {
  std::string_view before = text.substr(0, offset);
  auto line = 1 + std::count(before.begin(), before.end(), '\n');
  std::size_t newline = before.rfind('\n');
  if (newline != std::string_view::npos) before.remove_prefix(newline + 1);
  auto column = 1 + std::count_if(before.begin(), before.end(),
                                  [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
  return concat_text(name, ": line ", line, ", column ", column, ": ");
}

void check_bytes(const std::string& name, std::string_view text) {
  auto fail = [&](std::size_t offset, const auto&... parts) {
    throw UserError(line_place(name, text, offset) + concat_text(parts...), Fault::input);
  };
  if (text.starts_with("\xef\xbb\xbf")) fail(0, "a byte order mark (EF BB BF) stands before the text");
  std::size_t sound = utf8_prefix(text);
  std::size_t zero = text.find('\0');
  if (zero < sound) fail(zero, "the byte 0x00 is not text");
  if (sound < text.size()) {
    constexpr std::string_view digits = "0123456789abcdef";
    auto byte = static_cast<unsigned char>(text[sound]);
    fail(sound, "the byte 0x", digits[byte >> 4], digits[byte & 15], " is not UTF-8");
  }
}

class TableBuilder {
 public:
  TableBuilder(JsonTable& table, std::string_view text, const JsonLimits& limits)
      : table_(table), text_(text), limits_(limits) {}

  bool null() { return add(JsonKind::null), true; }
  bool boolean(bool value) {
    add(JsonKind::boolean).natural = value;
    return true;
  }
  bool number_unsigned(std::uint64_t value) {
    add(JsonKind::number).natural = value;
    return true;
  }
  bool number_integer(std::int64_t value) {
    // Only a literal with a minus comes here, so 0 was written -0: a float's zero, whose sign an integer loses.
    if (value == 0) return number_float(-0.0, "-0");
    JsonNode& node = add(JsonKind::number);
    node.form = NumberForm::negative;
    node.integer = value;
    return true;
  }
  bool number_float(double value, const std::string& written) {
    check_length("a number", written);
    std::string literal = written;
    // The lexer writes the point of the process's locale.
    std::replace_if(
        literal.begin(), literal.end(), [](char c) { return !is_number_character(c); }, '.');
    TextSpan text = keep(literal);
    JsonNode& node = add(JsonKind::number);
    node.form =
        literal.find_first_of(".eE") == std::string::npos && literal != "-0" ? NumberForm::beyond : NumberForm::decimal;
    node.decimal = value;
    node.text = text;
    return true;
  }
  bool string(const std::string& value) {
    check_length("a string", value);
    TextSpan text = keep(value);
    add(JsonKind::string).text = text;
    return true;
  }
  bool binary(const std::vector<std::uint8_t>&) { return false; }

  bool start_object(std::size_t) { return open(JsonKind::object); }
  bool start_array(std::size_t) { return open(JsonKind::array); }
  bool key(const std::string& value) {
    check_length("a key", value);
    key_ = keep(value);
    return true;
  }
  bool end_object() {
    refuse_equal_keys();
    open_.pop_back();
    return true;
  }
  bool end_array() {
    open_.pop_back();
    return true;
  }

  // `position` counts the characters read, the one that was not expected included.
  bool parse_error(std::size_t position, const std::string& last_read, const nlohmann::detail::exception& error) {
    std::string place = line_place(table_.name, text_, std::min(position == 0 ? 0 : position - 1, text_.size()));
    if (error.id == number_overflow)
      throw UserError(concat_text(place, "the number ", shown_text(last_read), " is beyond float64"), Fault::input);
    // "[json.exception...] parse error at line 1, column 2: syntax error while parsing value - WHAT; last read:
    // 'TOKEN'"
    std::string what = error.what();
    std::size_t dash = what.find(" - ");
    if (dash != std::string::npos) what.erase(0, dash + 3);
    std::size_t token = what.find("last read: '");
    std::size_t shown = 72;
    if (token != std::string::npos) shown += token;
    throw UserError(place + shown_text(what, shown), Fault::input);
  }

 private:
  struct Open {
    std::uint32_t node;
    std::uint32_t last_child;
  };
  static constexpr int number_overflow = 406;

  static bool is_number_character(char c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == 'e' || c == 'E';
  }

  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    std::string place = open_.empty() ? table_.name + ": " : table_.place(open_.back().node);
    throw UserError(place + concat_text(parts...), Fault::input);
  }

  void check_length(std::string_view what, const std::string& value) const {
    if (value.size() > limits_.string_bytes)
      refuse(what, " of ", value.size(), " bytes, more than the limit of ", limits_.string_bytes);
  }

  TextSpan keep(std::string_view value) {
    TextSpan span{static_cast<std::uint32_t>(table_.characters.size()), static_cast<std::uint32_t>(value.size())};
    table_.characters += value;
    return span;
  }

  JsonNode& add(JsonKind kind) {
    if (table_.nodes.size() >= limits_.values) refuse("more than ", limits_.values, " values");
    auto index = static_cast<std::uint32_t>(table_.nodes.size());
    JsonNode& node = table_.nodes.emplace_back();
    node.kind = kind;
    if (open_.empty()) return node;
    Open& above = open_.back();
    JsonNode& parent = table_.nodes[above.node];
    node.parent = above.node;
    node.position = parent.children.count++;
    if (parent.kind == JsonKind::object) node.key = key_;
    (above.last_child == no_node ? parent.children.first : table_.nodes[above.last_child].next) = index;
    above.last_child = index;
    return node;
  }

  bool open(JsonKind kind) {
    if (open_.size() >= limits_.depth) refuse("more than ", limits_.depth, " levels of brackets");
    add(kind).children = {no_node, 0};
    open_.push_back({static_cast<std::uint32_t>(table_.nodes.size() - 1), no_node});
    return true;
  }

  void refuse_equal_keys() {
    const ChildList& children = table_.nodes[open_.back().node].children;
    std::vector<std::string_view> keys;
    keys.reserve(children.count);
    for (std::uint32_t i = children.first; i != no_node; i = table_.nodes[i].next) keys.push_back(table_.key(i));
    std::sort(keys.begin(), keys.end());
    auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice != keys.end()) refuse("the key \"", shown_text(*twice), "\" occurs twice");
  }

  JsonTable& table_;
  std::string_view text_;
  const JsonLimits& limits_;
  std::vector<Open> open_;
  TextSpan key_;
};

}  // namespace

JsonDocument JsonDocument::parse(std::string_view text, std::string name, const JsonLimits& limits) {
  // The table's offsets and indices have 32 bits, and no text has more values than bytes.
  std::size_t most = std::min<std::size_t>(limits.input_bytes, std::numeric_limits<std::int32_t>::max());
  require(text.size() <= most, Fault::input, name, ": ", text.size(), " bytes, more than the limit of ", most);
  check_bytes(name, text);
  auto table = std::make_shared<JsonTable>();
  table->name = std::move(name);
  TableBuilder builder(*table, text, limits);
  bool done = nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  ensure(done, "the JSON parser stopped without an error");
  return JsonDocument(std::move(table));
}

}  // namespace gradloom
