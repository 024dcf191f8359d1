// What is known of a value while a graph is declared: its elements, when it is made of constants only; as sizes, when
// it is made of sizes too. Shapes that a file computes from shapes are found out with these.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace gradloom {

/// The value around all bodies that a body's input stands for; the value itself when it stands for none.
Value captured_from(Value value);

/// The elements of a constant, also one of a graph around a body; nullptr otherwise. Variables are not known: they are
/// trained. Valid until its graph gets another node.
const Tensor* known_value(const Value& value);

/// An integer value of rank 0 or 1 as sizes, in which symbols may stand: what `dim`, arithmetic, concat, slice, gather
/// and the like make of sizes. None when something else takes part.
std::optional<Dims> known_sizes(const Value& value);

/// A constant in the place of a value that the nodes from `first` on compute from constants alone; the value itself
/// when they do not, when the result would be large, or when an operation refuses its operands.
Value fold_value(const Value& value, std::size_t first);

/// Names of the inputs of the function that a value depends on, in their order.
std::vector<std::string> inputs_behind(const Value& value);

}  // namespace gradloom
