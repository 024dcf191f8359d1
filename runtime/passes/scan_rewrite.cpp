// Appending loops under the names they had.
#include "runtime/passes/scan_rewrite.h"

namespace gradloom {

Values append_scan(Graph& target, const ScanParts& parts, std::string_view name) {
  Values results = add_scan(target, parts);
  // The node may be there for its effects and have no result.
  target.rename(Value(target, static_cast<std::int32_t>(target.nodes().size()) - 1), name);
  return results;
}

}  // namespace gradloom
