// The list of all operations, found by name: what loaders, the reference and the tests ask.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "graph/op_def.h"

namespace gradloom {

/// nullptr when there is no operation of this name.
const OpDef* find_op(std::string_view name);
/// A UserError with a suggestion when there is none.
const OpDef& op_named(std::string_view name);

struct OpFamily {
  std::string_view name;
  std::span<const OpDef* const> ops;
};
/// Every family, in the order of the reference.
std::span<const OpFamily> op_families();
std::vector<const OpDef*> all_ops();

}  // namespace gradloom
