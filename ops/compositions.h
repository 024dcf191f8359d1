// Functions of ops.h that are no operations of their own but declare others: the reference lists them beside the
// operations, so that who knows a name from elsewhere finds it.
#pragma once

#include <span>
#include <string_view>

namespace gradloom {

struct Composition {
  std::string_view name;
  std::string_view signature;  ///< `tile(x, repeats) -> y`
  std::string_view summary;    ///< lower-case, without a full stop
  std::string_view doc;        ///< shapes, edge cases, source
  std::string_view made_of;    ///< the operations that it declares
};

/// In the order of the alphabet.
std::span<const Composition> compositions();
/// nullptr when there is none of this name.
const Composition* find_composition(std::string_view name);

}  // namespace gradloom
