// Reading of the values of a parsed text, as declared in json_reader.h; the parsing is in json_parser.cpp.
#include "serialization/json_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "serialization/json_table.h"
#include "serialization/utf8.h"

namespace gradloom {

namespace {

std::string_view kind_text(JsonKind kind) {
  switch (kind) {
    case JsonKind::null:
      return "null";
    case JsonKind::boolean:
      return "true or false";
    case JsonKind::number:
      return "a number";
    case JsonKind::string:
      return "a string";
    case JsonKind::array:
      return "an array";
    case JsonKind::object:
      return "an object";
  }
  return "";
}

std::string quoted(std::string_view key) { return concat_text('"', shown_text(key), '"'); }

}  // namespace

std::string JsonTable::pointer(std::uint32_t index) const {
  std::vector<std::uint32_t> path;
  for (; nodes[index].parent != no_node; index = nodes[index].parent) path.push_back(index);
  std::string out;
  for (auto i = path.rbegin(); i != path.rend(); ++i) {
    out += '/';
    if (nodes[nodes[*i].parent].kind == JsonKind::array) {
      out += std::to_string(nodes[*i].position);
      continue;
    }
    for (char c : shown_text(key(*i)))
      if (c == '~')
        out += "~0";
      else if (c == '/')
        out += "~1";
      else
        out += c;
  }
  return out;
}

std::string JsonTable::place(std::uint32_t index) const {
  std::string path = pointer(index);
  return name + ": " + (path.empty() ? "" : path + ": ");
}

JsonKind JsonValue::kind() const { return table_->nodes[index_].kind; }

std::string JsonValue::pointer() const { return table_->pointer(index_); }
std::string JsonValue::place() const { return table_->place(index_); }

void JsonValue::expect(JsonKind kind) const {
  if (this->kind() != kind) refuse(kind_text(kind), " was expected, not ", kind_text(this->kind()));
}

std::string JsonValue::number_as_written() const {
  const JsonNode& node = table_->nodes[index_];
  if (node.form == NumberForm::negative) return std::to_string(node.integer);
  if (node.form == NumberForm::natural) return std::to_string(node.natural);
  return shown_text(table_->text(index_));
}

bool JsonValue::as_bool() const {
  expect(JsonKind::boolean);
  return table_->nodes[index_].natural != 0;
}

std::string_view JsonValue::as_string() const {
  expect(JsonKind::string);
  return table_->text(index_);
}

std::int64_t JsonValue::as_int64(std::int64_t low, std::int64_t high) const {
  const JsonNode& node = table_->nodes[index_];
  if (node.kind != JsonKind::number) refuse("an integer was expected, not ", kind_text(node.kind));
  if (node.form == NumberForm::decimal) refuse("an integer was expected, not ", number_as_written());
  if (node.form == NumberForm::negative && node.integer >= low && node.integer <= high) return node.integer;
  if (node.form == NumberForm::natural && node.natural <= std::numeric_limits<std::int64_t>::max()) {
    auto value = static_cast<std::int64_t>(node.natural);
    if (value >= low && value <= high) return value;
  }
  refuse("an integer from ", low, " to ", high, " was expected, not ", number_as_written());
}

std::uint64_t JsonValue::as_uint64() const {
  const JsonNode& node = table_->nodes[index_];
  if (node.kind != JsonKind::number) refuse("an integer was expected, not ", kind_text(node.kind));
  if (node.form == NumberForm::decimal) refuse("an integer was expected, not ", number_as_written());
  if (node.form == NumberForm::natural) return node.natural;
  refuse("an integer from 0 to ", std::numeric_limits<std::uint64_t>::max(), " was expected, not ",
         number_as_written());
}

double JsonValue::as_number() const {
  expect(JsonKind::number);
  const JsonNode& node = table_->nodes[index_];
  if (node.form == NumberForm::negative) return static_cast<double>(node.integer);
  if (node.form == NumberForm::natural) return static_cast<double>(node.natural);
  return node.decimal;
}

double JsonValue::as_float64() const {
  if (kind() == JsonKind::number) return as_number();
  if (kind() == JsonKind::string) {
    std::string_view word = as_string();
    if (word == "nan") return std::numeric_limits<double>::quiet_NaN();
    if (word == "inf") return std::numeric_limits<double>::infinity();
    if (word == "-inf") return -std::numeric_limits<double>::infinity();
  }
  refuse("a number, \"nan\", \"inf\" or \"-inf\" was expected, not ", kind_text(kind()));
}

float JsonValue::as_float32() const {
  const JsonNode& node = table_->nodes[index_];
  if (node.kind != JsonKind::number) return static_cast<float>(as_float64());
  if (node.form == NumberForm::negative) return static_cast<float>(node.integer);
  if (node.form == NumberForm::natural) return static_cast<float>(node.natural);
  // From the text, not from the double: rounding twice may end one float off.
  std::string_view text = table_->text(index_);
  float value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // from_chars leaves the value alone when it is out of range: too small or too large, which the double tells.
  if (error != std::errc{}) value = static_cast<float>(node.decimal);
  if (!std::isfinite(value)) refuse("a number within float32 was expected, not ", number_as_written());
  return value;
}

std::size_t JsonValue::size() const {
  if (!is_array() && !is_object()) refuse("an array or an object was expected, not ", kind_text(kind()));
  return table_->nodes[index_].children.count;
}

std::vector<JsonValue> JsonValue::elements() const {
  expect(JsonKind::array);
  const ChildList& children = table_->nodes[index_].children;
  std::vector<JsonValue> out;
  out.reserve(children.count);
  for (std::uint32_t i = children.first; i != no_node; i = table_->nodes[i].next) out.push_back({table_, i});
  return out;
}

std::vector<std::pair<std::string_view, JsonValue>> JsonValue::members() const {
  expect(JsonKind::object);
  const ChildList& children = table_->nodes[index_].children;
  std::vector<std::pair<std::string_view, JsonValue>> out;
  out.reserve(children.count);
  for (std::uint32_t i = children.first; i != no_node; i = table_->nodes[i].next)
    out.push_back({table_->key(i), JsonValue(table_, i)});
  return out;
}

std::optional<JsonValue> JsonValue::find(std::string_view key) const {
  expect(JsonKind::object);
  for (std::uint32_t i = table_->nodes[index_].children.first; i != no_node; i = table_->nodes[i].next)
    if (table_->key(i) == key) return JsonValue(table_, i);
  return std::nullopt;
}

JsonValue JsonValue::at(std::string_view key) const {
  if (auto found = find(key)) return *found;
  if (size() == 0) refuse("the key ", quoted(key), " is missing; the object is empty");
  std::vector<std::string> present;
  for (const auto& [name, value] : members()) {
    if (present.size() == 20) {
      present.push_back("...");
      break;
    }
    present.push_back(quoted(name));
  }
  refuse("the key ", quoted(key), " is missing; there are ", join(present));
}

void JsonValue::allow_keys(std::span<const std::string> known) const {
  for (const auto& [key, value] : members()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string suggestion = key.size() > 80 ? "" : did_you_mean(key, known);
    if (suggestion.empty()) {
      std::vector<std::string> words;
      for (const std::string& word : known) words.push_back(quoted(word));
      suggestion = "; known are " + join(words);
    }
    refuse("no key ", quoted(key), " is known", suggestion);
  }
}

void JsonValue::allow_keys(std::initializer_list<const char*> known) const {
  allow_keys(std::vector<std::string>(known.begin(), known.end()));
}

}  // namespace gradloom
