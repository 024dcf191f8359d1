// What a loop with lengths does so that rows at rest, whose slices read as 0, fail at nothing.
#include <algorithm>

#include "graph/rewrite.h"
#include "ops/elementwise.h"
#include "ops/row_axes.h"
#include "ops/scan.h"

namespace gradloom {

Graph* with_safe_divisors(const Graph& body, std::size_t num_carries, std::size_t num_sequences, const Dim& batch) {
  auto divides = [](const Node& node) {
    return node.kind == NodeKind::operation && node.op->traits.has(Trait::elementwise) && may_fail(node);
  };
  if (std::none_of(body.nodes().begin(), body.nodes().end(), divides)) return nullptr;
  Values leaves;
  for (std::size_t i = 0; i < num_carries + num_sequences; ++i)
    if (const Value& leaf = body.inputs()[i]; leaf.rank() > 0 && leaf.shape()[0] == batch) leaves.push_back(leaf);
  RowAxes rows(body, leaves, batch);

  Graph& safe = body.module().add_body(body.name(), body.parent());
  ValueMap map;
  Values order;
  for (const Value& input : body.inputs()) {
    copy_node(body, input.node_index(), safe, map);
    order.push_back(map.at(input));
  }
  Value active = append_input(safe, "active", {DType::boolean, {batch}});
  order.insert(order.begin() + static_cast<std::ptrdiff_t>(num_carries + num_sequences), active);
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(body.nodes().size()); ++i) {
    const Node& node = body.node(i);
    if (node.kind == NodeKind::input) continue;
    auto row_axis = divides(node) ? rows.axis(node.inputs[1]) : std::nullopt;
    if (row_axis) {
      Value& divisor = map.at(node.inputs[1]);
      Axes trailing;
      for (std::size_t axis = *row_axis + 1; axis < divisor.rank(); ++axis)
        trailing.push_back(static_cast<std::int64_t>(axis - *row_axis));
      Value mask = trailing.empty() ? active : expand_dims(active, trailing);
      // Other users of the divisor see it as it was.
      Value before = std::exchange(divisor, where(mask, divisor, scalar_like(divisor, 1)));
      copy_node(body, i, safe, map);
      map.at(node.inputs[1]) = before;
    } else {
      copy_node(body, i, safe, map);
    }
  }
  for (const NamedValue& output : body.outputs()) safe.output(output.name, map.at(output.value));
  safe.order_inputs(std::move(order));
  return &safe;
}

}  // namespace gradloom
