// Counting, bodies as often as they run.
#include "runtime/passes/function_cost.h"

#include "base/error.h"
#include "ops/scan.h"
#include "runtime/product_ops.h"

namespace gradloom {

namespace {

void add_cost(const Graph& graph, bool is_body, const Dim& times, FunctionCost& cost) {
  for (const Node& node : graph.nodes()) {
    if (node.kind != NodeKind::operation) continue;
    if (is_body) {
      ++cost.loop_nodes;
      cost.loop_products += is_product(node) ? 1 : 0;
    }
    cost.node_runs = cost.node_runs + times;
    if (node.op == &scan_op) {
      ScanView scan(node);
      // What its body writes are the loop's results.
      add_cost(scan.body(), true, times * scan.length(), cost);
      continue;
    }
    if (node.op->traits.has(Trait::view)) continue;
    for (const Type& type : node.types)
      cost.bytes_written =
          cost.bytes_written + times * element_count(type.shape) * static_cast<std::int64_t>(size_of(type.dtype));
  }
}

}  // namespace

FunctionCost cost_of(const Graph& function) {
  FunctionCost cost;
  add_cost(function, false, 1, cost);
  return cost;
}

std::string change_text(const FunctionCost& before, const FunctionCost& after) {
  std::string text;
  if (before.loop_nodes != after.loop_nodes || before.loop_products != after.loop_products)
    text += concat_text(", in loops ", before.loop_nodes, " -> ", after.loop_nodes, " nodes");
  if (before.loop_products != after.loop_products)
    text += concat_text(", ", before.loop_products, " -> ", after.loop_products, " products");
  auto add = [&](const char* what, const Dim& from, const Dim& to) {
    if (Dim change = to - from; !change.is(0)) text += concat_text("; ", what, ": ", change.text());
  };
  add("node runs", before.node_runs, after.node_runs);
  add("bytes written", before.bytes_written, after.bytes_written);
  return text;
}

}  // namespace gradloom
