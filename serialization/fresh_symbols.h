// Fresh symbols (`$7`): sizes that only running an operation tells. module.json names them at the node that makes them,
// because the numbers that inference hands out depend on the order in which a module was built.
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

}  // namespace gradloom
