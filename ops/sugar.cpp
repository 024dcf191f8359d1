// The context of operations that have no definition of their own.
#include "ops/sugar.h"

#include <algorithm>

namespace gradloom {

namespace {

std::size_t depth_of(const Graph* graph) {
  std::size_t depth = 0;
  for (; graph; graph = graph->parent()) ++depth;
  return depth;
}

}  // namespace

Graph& open_graph(const Values& values) {
  auto deepest = std::max_element(values.begin(), values.end(), [](const Value& a, const Value& b) {
    return depth_of(&a.graph()) < depth_of(&b.graph());
  });
  ensure(deepest != values.end(), "the graph of no values is asked for");
  return deepest->graph().innermost();
}

Sugar::Sugar(std::string_view name, ConstList<std::string_view, 8> names, Values values)
    : op_{.name = name, .summary = "", .inputs = names},
      values_(std::move(values)),
      infer_(op_, open_graph(values_), values_, attributes_) {}

}  // namespace gradloom
