// vectorize: a function of one example becomes a function of many, by the operations' batching rules. For users: write
// the computation for one row, or take the gradient of one example, and get it for all of them at once.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "graph/graph.h"

namespace gradloom {

using ValuesFunction = std::function<Values(const Values&)>;

/// Where each argument has the axis that is taken apart; none: every slice gets all of it.
using BatchAxes = std::vector<std::optional<std::int64_t>>;

/// The function that calls `function` for each slice along `axes` (negative ones count from the end) and stacks the
/// results on a new axis 0: no loop, but the nodes that compute all slices at once. `function` is called once, with
/// values of one slice; it may use values of the graph around it, take gradients and contain loops, and may be
/// vectorised itself. Without `axes` it is axis 0 of every argument. Random draws differ from slice to slice.
///
///   auto gradient = [](const Values& v) { return gradients(loss_of(v[0], v[1]), {v[1]}); };
///   Values all = vectorize(gradient, {0, {}})({examples, weight});   // [examples, ...weight]
///
/// A UserError where sizes differ, no argument has the axis, or an operation has no batching rule.
ValuesFunction vectorize(ValuesFunction function, BatchAxes axes = {});

}  // namespace gradloom
