// Which sizes are below 0 whatever their symbols are: what bounds that count from the end are told by.
#pragma once

#include "graph/dim.h"

namespace gradloom {

/// Whether it is 0 or more for all sizes; false when its terms do not tell.
bool is_never_negative(const Dim& dim);
/// Whether it is below 0 for all sizes, 0 apart (`-time`, `-1 - time`, -3); false when its terms do not tell.
bool is_surely_negative(const Dim& dim);

}  // namespace gradloom
