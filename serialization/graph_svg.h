// A function drawn as SVG: scopes and loops as nested boxes, what flows between them as lines with their types.
#pragma once

#include <cstddef>
#include <string>

#include "serialization/graph_outline.h"

namespace gradloom {

/// A whole SVG file, for light and dark pages. Boxes are closed until about `most` items are left to be seen.
std::string graph_svg(const GraphOutline& outline, std::size_t most = 90);

}  // namespace gradloom
