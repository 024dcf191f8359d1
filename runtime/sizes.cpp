// Numbering of sizes by their canonical text.
#include "runtime/sizes.h"

#include <algorithm>

#include "base/error.h"

namespace gradloom {

std::int32_t SizeTable::number_of(const Dim& dim, bool in_type) {
  auto [found, is_new] = by_text_.emplace(dim.text(), static_cast<std::int32_t>(dims_.size()));
  if (is_new) {
    dims_.push_back(dim);
    in_types_.push_back(false);
  }
  if (in_type) in_types_[static_cast<std::size_t>(found->second)] = true;
  return found->second;
}

std::vector<std::int32_t> SizeTable::indices_of(const Dims& dims) {
  std::vector<std::int32_t> indices;
  for (const Dim& dim : dims) indices.push_back(index_of(dim));
  return indices;
}

void SizeTable::add_attributes(const Node& node) {
  for (const auto& [name, attribute] : node.attributes) {
    // Constants are left out: kernels know them, and as bounds of slices they may be negative.
    auto add = [&](const Dim& dim) {
      if (dim.is_constant()) return;
      std::pair<const Dim*, std::int32_t> entry{&dim, number_of(dim, false)};
      by_address_.insert(std::lower_bound(by_address_.begin(), by_address_.end(), entry), entry);
    };
    if (const Dim* dim = std::get_if<Dim>(&attribute)) add(*dim);
    if (const Dims* dims = std::get_if<Dims>(&attribute)) std::for_each(dims->begin(), dims->end(), add);
  }
}

std::int32_t SizeTable::find(const Dim* address) const {
  auto found = std::lower_bound(by_address_.begin(), by_address_.end(), address,
                                [](const auto& entry, const Dim* wanted) { return entry.first < wanted; });
  return found == by_address_.end() || found->first != address ? -1 : found->second;
}

std::vector<std::string> SizeTable::symbols() const {
  std::vector<std::string> all;
  for (const Dim& dim : dims_)
    for (const std::string& symbol : dim.symbols())
      if (std::find(all.begin(), all.end(), symbol) == all.end()) all.push_back(symbol);
  return all;
}

std::vector<std::int64_t> SizeTable::evaluate(const Binding& binding) const {
  std::vector<std::int64_t> sizes;
  sizes.reserve(dims_.size());
  for (std::size_t i = 0; i < dims_.size(); ++i) {
    try {
      sizes.push_back(dims_[i].evaluate(binding));
    } catch (const UserError&) {
      if (in_types_[i]) throw;
      sizes.push_back(-1);
    }
  }
  return sizes;
}

}  // namespace gradloom
