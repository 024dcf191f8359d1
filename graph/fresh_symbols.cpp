// Tells the symbols that a node made from those it was given, as declared in fresh_symbols.h.
#include "graph/fresh_symbols.h"

#include <charconv>
#include <map>
#include <set>

#include "base/error.h"

namespace gradloom {

namespace {

using Numbers = std::set<std::int64_t>;

void collect(const Dim& dim, Numbers& numbers) {
  // Collecting all symbols costs more than most sizes need.
  if (dim.is_constant() || dim.text().find('$') == std::string::npos) return;
  for (const std::string& symbol : dim.symbols())
    if (auto number = fresh_number(symbol)) numbers.insert(*number);
}

void collect(const Dims& dims, Numbers& numbers) {
  for (const Dim& dim : dims) collect(dim, numbers);
}

Numbers given(const Node& node) {
  Numbers numbers;
  for (const Value& input : node.inputs) collect(input.shape(), numbers);
  for (const auto& [name, attribute] : node.attributes) {
    if (const Dim* dim = std::get_if<Dim>(&attribute)) collect(*dim, numbers);
    if (const Dims* dims = std::get_if<Dims>(&attribute)) collect(*dims, numbers);
    if (const Body* body = std::get_if<Body>(&attribute); body && *body)
      for (const NamedValue& output : (*body)->outputs()) collect(output.value.shape(), numbers);
  }
  return numbers;
}

}  // namespace

std::optional<std::int64_t> fresh_number(std::string_view symbol) {
  if (symbol.size() < 2 || symbol[0] != '$' || symbol[1] < '1' || symbol[1] > '9') return std::nullopt;
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(symbol.data() + 1, symbol.data() + symbol.size(), number);
  if (error != std::errc() || end != symbol.data() + symbol.size()) return std::nullopt;
  return number;
}

std::vector<std::string> own_symbols(const Node& node) {
  Numbers numbers;
  for (const Type& type : node.types) collect(type.shape, numbers);
  std::vector<std::string> symbols;
  if (numbers.empty()) return symbols;
  Numbers known = given(node);
  for (std::int64_t number : numbers)
    if (!known.contains(number)) symbols.push_back("$" + std::to_string(number));
  return symbols;
}

Types with_own_symbols(const Node& node, const std::vector<std::string>& symbols) {
  std::vector<std::string> own = own_symbols(node);
  ensure(own.size() == symbols.size(), node.name, " has ", own.size(), " fresh symbols, not ", symbols.size());
  std::map<std::string, Dim, std::less<>> renamed;
  for (std::size_t i = 0; i < own.size(); ++i) renamed.emplace(own[i], Dim(symbols[i]));
  Types types = node.types;
  if (renamed.empty()) return types;
  for (Type& type : types)
    for (Dim& dim : type.shape) dim = dim.substitute(renamed);
  return types;
}

}  // namespace gradloom
