// Work on rows that do not depend on each other, shared among the host's threads.
#pragma once

#include <algorithm>

#include "graph/op_def.h"
#include "tensor/threads.h"

namespace gradloom {

/// Calls f(row) for each row. How rows are split depends on their number and size only.
template <class F>
void for_each_row(const Kernel& k, std::int64_t rows, std::int64_t row_size, const F& f) {
  constexpr std::int64_t least_elements = 16384, most_parts = 64;
  std::int64_t parts =
      std::min(std::max<std::int64_t>(rows, 1), count_parts(rows * row_size, least_elements, most_parts));
  auto run = [&](std::int64_t part) {
    IndexRange range = part_of(rows, parts, part);
    for (std::int64_t row = range.begin; row < range.end; ++row) f(row);
  };
  k.host().threads().for_each_part(parts, run);
}

/// Whether the node's kernel reads each row of operand 0 before it writes that row of its result, so that the result
/// may lie where the operand does.
bool reuses_rows(const Node& node);

}  // namespace gradloom
