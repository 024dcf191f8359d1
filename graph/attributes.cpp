// Look-up, comparison and text of attributes.
#include "graph/attributes.h"

#include <algorithm>
#include <bit>

#include "base/error.h"
#include "graph/graph.h"

namespace gradloom {

std::string_view name_of(AttributeKind kind) {
  switch (kind) {
    case AttributeKind::boolean:
      return "bool";
    case AttributeKind::integer:
      return "integer";
    case AttributeKind::real:
      return "real";
    case AttributeKind::text:
      return "text";
    case AttributeKind::dtype:
      return "dtype";
    case AttributeKind::dim:
      return "size";
    case AttributeKind::integers:
      return "integers";
    case AttributeKind::dims:
      return "shape";
    case AttributeKind::tensor:
      return "tensor";
    case AttributeKind::body:
      return "body";
  }
  return "";
}

Attributes::Attributes(std::initializer_list<Item> items) {
  for (const Item& item : items) set(item.first, item.second);
}

namespace {

auto position_of(auto& items, std::string_view name) {
  return std::lower_bound(items.begin(), items.end(), name,
                          [](const Attributes::Item& item, std::string_view wanted) { return item.first < wanted; });
}

struct SameValue {
  template <class T>
  bool operator()(const T& a, const T& b) const {
    return a == b;
  }
  bool operator()(double a, double b) const {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
  }
  bool operator()(const Tensor& a, const Tensor& b) const { return a.identical(b); }
  template <class T, class U>
  bool operator()(const T&, const U&) const {
    return false;
  }
};

struct Text {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return number_text(value); }
  std::string operator()(const std::string& value) const { return "\"" + value + "\""; }
  std::string operator()(DType value) const { return std::string(name_of(value)); }
  std::string operator()(const Dim& value) const { return value.text(); }
  std::string operator()(const std::vector<std::int64_t>& value) const { return shape_text(value); }
  std::string operator()(const Dims& value) const { return dims_text(value); }
  std::string operator()(const Tensor& value) const { return value.text(); }
  std::string operator()(Body value) const { return value ? value->name() : "none"; }
};

}  // namespace

const Attribute* Attributes::find(std::string_view name) const {
  auto place = position_of(items_, name);
  return place != items_.end() && place->first == name ? &place->second : nullptr;
}

void Attributes::set(std::string_view name, Attribute value) {
  auto place = position_of(items_, name);
  if (place != items_.end() && place->first == name)
    place->second = std::move(value);
  else
    items_.insert(place, {std::string(name), std::move(value)});
}

bool Attributes::erase(std::string_view name) {
  auto place = position_of(items_, name);
  if (place == items_.end() || place->first != name) return false;
  items_.erase(place);
  return true;
}

void Attributes::missing(std::string_view name) const {
  const Attribute* found = find(name);
  throw InternalError(
      found ? concat_text("attribute \"", name, "\" is a ", name_of(kind_of(*found)), ", not what was asked for")
            : concat_text("attribute \"", name, "\" is absent"));
}

bool operator==(const Attributes& a, const Attributes& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Attributes::Item& x, const Attributes::Item& y) {
    return x.first == y.first && x.second.index() == y.second.index() && std::visit(SameValue(), x.second, y.second);
  });
}

std::string attribute_text(const Attribute& attribute) { return std::visit(Text(), attribute); }

std::string attributes_text(const Attributes& attributes) {
  std::string out;
  for (const auto& [name, value] : attributes) {
    if (!out.empty()) out += ", ";
    out += name + "=" + attribute_text(value);
  }
  return out;
}

}  // namespace gradloom
