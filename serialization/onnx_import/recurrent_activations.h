// The activations that RNN, GRU and LSTM of ONNX name in attributes, with the clipping of what goes into them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "serialization/onnx_import/operators.h"

namespace gradloom {

/// One activation of one direction, called like a function.
class RecurrentActivation {
 public:
  using Function = Value (*)(Value x, double alpha, double beta);

  RecurrentActivation(Function function, double alpha, double beta, std::optional<double> clip)
      : function_(function), alpha_(alpha), beta_(beta), clip_(clip) {}

  /// The activation of x, brought into [-clip, clip] first when the operator clips.
  Value operator()(Value x) const { return unclipped(clip_ ? clip(x, -*clip_, *clip_) : x); }
  Value unclipped(Value x) const { return function_(x, alpha_, beta_); }

 private:
  Function function_;
  double alpha_, beta_;
  std::optional<double> clip_;
};

/// The activations of each direction: those of the attribute `activations`, else the fallback in every direction.
/// A UserError when the attribute has too few or one of them is unknown.
std::vector<std::vector<RecurrentActivation>> recurrent_activations(const ImportNode& node,
                                                                    const std::vector<std::string>& fallback,
                                                                    std::size_t directions);

}  // namespace gradloom
