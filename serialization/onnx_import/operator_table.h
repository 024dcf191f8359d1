// All import rules, by the operator's name.
#pragma once

#include <string_view>
#include <vector>

#include "serialization/onnx_import/operators.h"

namespace gradloom {

/// nullptr when there is none. The domain is canonical: "" for ONNX's own operators.
const ImportRule* find_import_rule(std::string_view domain, std::string_view op);

/// Sorted by domain and name.
std::vector<const ImportRule*> all_import_rules();

}  // namespace gradloom
