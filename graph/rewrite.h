// Copying of nodes from one graph to another (or further on in the same): what autodiff, passes, batching and the
// compiler build upon.
#pragma once

#include <unordered_map>

#include "graph/module.h"

namespace gradloom {

using ValueMap = std::unordered_map<Value, Value, ValueHash>;

/// Appends a copy of node `index` of `source` to `target`, its inputs looked up in `map`, and enters its outputs into
/// the map. Types are inferred anew, so changed inputs carry through. Bodies are shared when both graphs are in one
/// module, copied otherwise. Inputs, variables and constants are copied too when not yet in the map.
void copy_node(const Graph& source, std::int32_t index, Graph& target, ValueMap& map);

/// copy_node of every node. Inputs must be in the map, or become inputs of the target.
void copy_nodes(const Graph& source, Graph& target, ValueMap& map);

/// copy_nodes, but operations with effects are left out, in bodies too; what reads their result reads their first
/// input. For parts of a gradient that compute again what has been printed and checked already.
void copy_without_effects(const Graph& source, Graph& target, ValueMap& map);

/// Whether the node, or one in a body that it runs, prints or checks (Trait::effect).
bool has_effects(const Node& node);

/// Appends an input to a body under a name made unique.
Value append_input(Graph& body, std::string_view name, const Type& type);

/// A body of its own in `module`, equal to `body`, with the bodies inside it.
Graph& copy_body(const Graph& body, Module& module);

/// A module that holds a copy of one function, the variables of the original, and its bodies.
std::unique_ptr<Module> extract_function(const Module& module, std::string_view function);

/// Which nodes the outputs, the updates and nodes with effects need.
std::vector<bool> needed_nodes(const Graph& graph);

}  // namespace gradloom
