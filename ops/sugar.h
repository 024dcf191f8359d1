// Sugar: checks and messages of operations that are written with others, under the name that the caller used.
#pragma once

#include "graph/op_def.h"

namespace gradloom {

/// The graph into which an operation on these values would go: the innermost that is open.
Graph& open_graph(const Values& values);

/// `Sugar in("matmul", {"a", "b"}, {a, b}); in->require(...)`: what a shape rule is handed, without a node.
class Sugar {
 public:
  Sugar(std::string_view name, ConstList<std::string_view, 8> names, Values values);
  Sugar(const Sugar&) = delete;
  Sugar& operator=(const Sugar&) = delete;
  const Infer* operator->() const { return &infer_; }
  const Infer& operator*() const { return infer_; }

 private:
  OpDef op_;
  Values values_;
  Attributes attributes_;
  Infer infer_;
};

}  // namespace gradloom
