// Stacked recurrent layers over a whole sequence, in one direction or in both; and dropout between layers.
#pragma once

#include <vector>

#include "models/cell.h"

namespace gradloom {

/// Dropout as a layer: rate 0 leaves everything as it is, and then needs no randomness.
struct Dropout {
  double rate = 0;
  Randomness randomness = {};
  /// `row_axis` is the batch axis of x.
  Value operator()(Value x, std::int64_t row_axis) const;
};

struct RecurrentResult {
  Value outputs;               ///< of the last layer, [time, batch, hidden]
  std::vector<Values> states;  ///< after the last step, a layer: {h [batch, hidden]} or {h, c}
};

/// One layer over a sequence by a cell: scan.
RecurrentResult run_layer(const Cell& cell, Value sequence, Value lengths, bool reverse);

class RecurrentLayers {
 public:
  /// Bidirectional: hidden/2 a direction, outputs and last states side by side. A UserError when hidden is odd then.
  RecurrentLayers(const Parameters& parameters, CellKind kind, std::int64_t input_size, std::int64_t hidden,
                  std::int64_t layers, bool bidirectional);

  /// sequence [time, batch, input], lengths [batch]. Dropout between the layers.
  RecurrentResult operator()(Value sequence, Value lengths, const Dropout& dropout = {}) const;

 private:
  struct Layer {
    Cell forward;
    std::vector<Cell> backward;  // one when bidirectional
  };
  std::vector<Layer> layers_;
};

}  // namespace gradloom
