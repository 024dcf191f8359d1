// Appending loops under the names they had.
#include "runtime/passes/scan_rewrite.h"

namespace gradloom {

Values append_scan(Graph& target, const ScanParts& parts, std::string_view name) {
  Values results = add_scan(target, parts);
  if (!results.empty()) target.rename(results[0], name);
  return results;
}

}  // namespace gradloom
