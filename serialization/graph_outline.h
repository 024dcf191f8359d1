// GraphOutline: a function as a tree of boxes (scopes, loops, branches) with what flows between them. What drawings are
// made from: the page folds and unfolds it, the picture draws it folded to a readable size.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace gradloom {

struct OutlineItem {
  enum class Kind { scope, body, operation, input, variable, output, update };
  Kind kind = Kind::scope;
  std::string name = {};          ///< within its box
  std::string path = {};          ///< unique, with the boxes around it
  std::string operation = {};     ///< of an operation, or of the node whose body this is
  std::string detail = {};        ///< types, attributes and constants, a line each
  bool is_gradient = false;       ///< made by gradients()
  bool follows_gradient = false;  ///< reads what depends on a gradient, or holds what does
  std::size_t parent = 0;         ///< of the root: itself
  std::vector<std::size_t> children = {};
  std::size_t row = 0;             ///< among its siblings: behind all that it reads
  std::size_t num_operations = 0;  ///< inside, or 1

  bool is_box() const { return kind == Kind::scope || kind == Kind::body; }
};

/// What one item hands to another; both are leaves.
struct OutlineEdge {
  std::size_t from = 0, to = 0;
  std::string type;
};

struct GraphOutline {
  std::string name;
  std::vector<OutlineItem> items;  ///< the root is item 0; every box comes before what is in it
  std::vector<OutlineEdge> edges;
};

/// Scalar constants are told in the detail of what uses them; they are no items.
GraphOutline outline(const Graph& graph);

/// Which boxes are open when at most about `most` items are to be seen: outer boxes before inner ones, and gradients
/// and what is left behind them last. The root is open.
std::vector<bool> open_boxes(const GraphOutline& outline, std::size_t most);

/// For each item the one that stands for it: itself, or the outermost closed box around it.
std::vector<std::size_t> visible_items(const GraphOutline& outline, const std::vector<bool>& is_open);

}  // namespace gradloom
