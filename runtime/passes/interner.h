// Interner: appends a node to a graph unless the graph has an equal one.
#pragma once

#include <unordered_map>

#include "graph/op_def.h"

namespace gradloom {

/// Equal for every purpose: the same inputs' types, nodes and results in the same order; names do not count.
bool equal_bodies(const Graph& a, const Graph& b);

class Interner {
 public:
  explicit Interner(Graph& target) : target_(target) {}

  /// The results of an equal node when there is one: same operation, inputs (in either order when it commutes),
  /// attributes and bodies. Operations with effects are always appended.
  Values append(const Node& node);
  Value append_constant(const Node& node);
  /// How often a node was there already.
  std::int64_t shared() const { return shared_; }

 private:
  Graph& target_;
  std::unordered_multimap<std::size_t, std::int32_t> nodes_;
  std::int64_t shared_ = 0;
};

}  // namespace gradloom
