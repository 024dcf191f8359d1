// What passes over loops share.
#pragma once

#include <string_view>

#include "ops/scan.h"

namespace gradloom {

/// Appends a scan under a name made unique from `name`. The results are the final carries, then the stacked outputs.
Values append_scan(Graph& target, const ScanParts& parts, std::string_view name);

}  // namespace gradloom
