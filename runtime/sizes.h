// The sizes that a compiled function mentions, numbered once when it is compiled, so that binding symbols evaluates
// each distinct size a single time and everything else is an index.
#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "graph/graph.h"

namespace gradloom {

class SizeTable {
 public:
  /// The number of a size, equal sizes having equal numbers.
  std::int32_t index_of(const Dim& dim) { return number_of(dim, true); }
  std::vector<std::int32_t> indices_of(const Dims& dims);
  /// Remembers where a node's attributes hold sizes, so that kernels may ask for them by address.
  void add_attributes(const Node& node);

  std::size_t count() const { return dims_.size(); }
  const Dim& dim(std::int32_t index) const { return dims_[static_cast<std::size_t>(index)]; }
  /// Every symbol in any size.
  std::vector<std::string> symbols() const;
  /// All sizes under a binding. A UserError names a symbol that is not bound or a size below 0; where only attributes
  /// mention the size (a slice's bound may count from the end) it is -1 instead.
  std::vector<std::int64_t> evaluate(const Binding& binding) const;
  /// The number of the size at this address in an attribute, or -1.
  std::int32_t find(const Dim* address) const;

 private:
  std::int32_t number_of(const Dim& dim, bool in_type);

  std::vector<Dim> dims_;
  std::vector<bool> in_types_;
  std::unordered_map<std::string, std::int32_t> by_text_;
  std::vector<std::pair<const Dim*, std::int32_t>> by_address_;  // in order
};

}  // namespace gradloom
