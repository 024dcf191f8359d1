// Sequences of tensors whose length the graph itself tells: they are lists while importing, and leave no trace.
#include <algorithm>

#include "serialization/onnx_import/operators.h"
#include "serialization/onnx_import/size_values.h"

namespace gradloom {

namespace {

constexpr std::int64_t most_tensors = 10'000;

Values none_but(const ImportNode& node, Values sequence) {
  node.give_sequence(0, std::move(sequence));
  return {};
}

Values construct(const ImportNode& node) { return none_but(node, node.inputs()); }
Values construct_empty(const ImportNode& node) { return none_but(node, {}); }

// A place in a sequence of `size`; left out it is `fallback`.
std::size_t place_in(const ImportNode& node, std::size_t input, std::size_t size, std::int64_t fallback) {
  std::int64_t place = node.has_input(input) ? node.known_integer(input, "position") : fallback;
  auto count = static_cast<std::int64_t>(size);
  node.require(place >= -count && place <= count, "position ", place, " is outside of the ", size, " tensors");
  return static_cast<std::size_t>(place < 0 ? place + count : place);
}

Values inserted(const ImportNode& node) {
  Values sequence = node.sequence(0);
  std::size_t size = sequence.size(), at = place_in(node, 2, size, static_cast<std::int64_t>(size));
  sequence.insert(sequence.begin() + static_cast<std::ptrdiff_t>(at), node.input(1));
  return none_but(node, std::move(sequence));
}

Values erased(const ImportNode& node) {
  Values sequence = node.sequence(0);
  std::size_t at = place_in(node, 1, sequence.size(), -1);
  node.require(at < sequence.size(), "position ", at, " is outside of the ", sequence.size(), " tensors");
  sequence.erase(sequence.begin() + static_cast<std::ptrdiff_t>(at));
  return none_but(node, std::move(sequence));
}

Values taken(const ImportNode& node) {
  const Values& sequence = node.sequence(0);
  std::size_t at = place_in(node, 1, sequence.size(), -1);
  node.require(at < sequence.size(), "position ", at, " is outside of the ", sequence.size(), " tensors");
  return {sequence[at]};
}

Values counted_tensors(const ImportNode& node) {
  return {size_value(node.graph(), static_cast<std::int64_t>(node.sequence(0).size()))};
}

Values joined(const ImportNode& node) {
  Values parts = node.sequence(0);
  node.require(!parts.empty(), "the sequence is empty");
  std::int64_t axis = node.integer("axis");
  return {node.flag("new_axis", false) ? stack(std::move(parts), axis) : concat(std::move(parts), axis)};
}

// Without sizes each part is one index, with or without its axis; with one size all parts but the last have it.
Values taken_apart(const ImportNode& node) {
  Value x = node.input(0);
  std::size_t place = node.axis(node.integer("axis", 0), x.rank());
  auto axis = static_cast<std::int64_t>(place);
  const Dim size = x.shape()[place];
  if (!node.has_input(1)) {
    node.require(size.is_constant() && size.constant() <= most_tensors, "axis ", axis, " is ", size,
                 " and is split into its indices, but a number of at most ", most_tensors, " is needed");
    Values parts = unstack(x, axis);
    if (node.flag("keepdims", true))
      for (Value& part : parts) part = expand_dims(part, {axis});
    return none_but(node, std::move(parts));
  }
  Dims sizes = node.known_sizes(1, "split");
  if (node.input(1).rank() == 0) {
    const Dim part = sizes[0];
    bool are_numbers = size.is_constant() && part.is_constant() && part.constant() > 0;
    node.require(are_numbers && size.constant() / part.constant() < most_tensors, "axis ", axis, " is ", size,
                 " and is split into parts of ", part, ", but numbers and at most ", most_tensors, " parts are needed");
    sizes.clear();
    for (std::int64_t at = 0; at < size.constant(); at += part.constant())
      sizes.emplace_back(std::min(part.constant(), size.constant() - at));
  }
  return none_but(node, split(x, axis, std::move(sizes)));
}

constexpr ImportRule rules[] = {
    {"SequenceConstruct", construct},
    {"SequenceEmpty", construct_empty},
    {"SequenceInsert", inserted},
    {"SequenceErase", erased},
    {"SequenceAt", taken},
    {"SequenceLength", counted_tensors},
    {"ConcatFromSequence", joined},
    {"SplitToSequence", taken_apart},
};

}  // namespace

ImportRules sequence_imports() { return rules; }

}  // namespace gradloom
