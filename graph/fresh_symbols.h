// Fresh symbols (`$7`): sizes that only running an operation tells. Inferring a node's types again hands out new
// numbers, so whoever compares or loads types renames them first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace gradloom {

/// The number of a fresh symbol, or none for any other text.
std::optional<std::int64_t> fresh_number(std::string_view symbol);

/// The fresh symbols of a node's results that come neither from its inputs, attributes nor bodies, by number: the
/// order in which its shape rule asked for them.
std::vector<std::string> own_symbols(const Node& node);

/// The types with symbols[i] in the place of own_symbols(node)[i]; the two lists have the same length.
Types with_own_symbols(const Node& node, const std::vector<std::string>& symbols);

}  // namespace gradloom
