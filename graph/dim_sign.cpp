// Signs read off the canonical text.
#include "graph/dim_sign.h"

namespace gradloom {

// Symbols are sizes, and so are floordiv, ceildiv, max and min of sizes: only a minus sign leads below 0.
bool is_never_negative(const Dim& dim) { return dim.text().find('-') == std::string::npos; }

bool is_surely_negative(const Dim& dim) {
  return dim.is_constant() ? dim.constant() < 0 : is_never_negative(Dim(0) - dim);
}

}  // namespace gradloom
