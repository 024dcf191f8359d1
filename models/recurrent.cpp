// Layers of cells over sequences.
#include "models/recurrent.h"

#include "base/error.h"

namespace gradloom {

Value Dropout::operator()(Value x, std::int64_t row_axis) const {
  return rate == 0 ? x : dropout(x, rate, randomness, row_axis);
}

RecurrentResult run_layer(const Cell& cell, Value sequence, Value lengths, bool reverse) {
  Values start = cell.zero_state(sequence.graph(), sequence.dim(1));
  ScanResult result = scan(start, {sequence},
                           [&](const Values& state, const Values& slice) {
                             Values next = cell(slice[0], state);
                             return Step{next, {next[0]}};
                           },
                           {.lengths = lengths, .reverse = reverse});
  return {result.outputs[0], {result.carries}};
}

RecurrentLayers::RecurrentLayers(const Parameters& parameters, CellKind kind, std::int64_t input_size,
                                 std::int64_t hidden, std::int64_t layers, bool bidirectional) {
  require(layers >= 1, Fault::usage, "recurrent layers: ", layers, " were asked for but at least 1 is needed");
  require(!bidirectional || hidden % 2 == 0, Fault::usage, "recurrent layers: hidden is ", hidden,
          " but both directions share it: an even number is needed");
  for (std::int64_t i = 0; i < layers; ++i) {
    Parameters scope = parameters / concat_text("layer_", i);
    std::int64_t in = i == 0 ? input_size : hidden;
    std::int64_t size = bidirectional ? hidden / 2 : hidden;
    Layer layer{Cell(scope / "forward", kind, in, size), {}};
    if (bidirectional) layer.backward.emplace_back(scope / "backward", kind, in, size);
    layers_.push_back(std::move(layer));
  }
}

RecurrentResult RecurrentLayers::operator()(Value sequence, Value lengths, const Dropout& dropout) const {
  RecurrentResult result;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    Scope scope(sequence.graph(), concat_text("layer_", i));
    if (i > 0) sequence = dropout(sequence, 1);
    RecurrentResult forward = run_layer(layers_[i].forward, sequence, lengths, false);
    if (!layers_[i].backward.empty()) {
      RecurrentResult backward = run_layer(layers_[i].backward[0], sequence, lengths, true);
      forward.outputs = concat({forward.outputs, backward.outputs}, -1);
      for (std::size_t k = 0; k < forward.states[0].size(); ++k)
        forward.states[0][k] = concat({forward.states[0][k], backward.states[0][k]}, -1);
    }
    sequence = forward.outputs;
    result.states.push_back(forward.states[0]);
  }
  result.outputs = sequence;
  return result;
}

}  // namespace gradloom
