// AdamChain: a fused group that is one step of Adam, recognised so that it runs as one pass over its tensors. Divisions
// and a root on fourteen tiles of their own take three times as long as memory does.
#pragma once

#include <cstdint>
#include <optional>

#include "graph/op_def.h"

namespace gradloom {

/// Where the group's operands and results stand:
///   m' = beta1 m + rest1 g,  v' = beta2 v + rest2 g^2,  p' = p - rate m' / (sqrt(v') / root + epsilon),
/// with g the gradient, or the gradient times scale.
struct AdamChain {
  std::int32_t parameter, gradient, moment1, moment2;                   // operands of the results' shape
  std::int32_t beta1, rest1, beta2, rest2, rate, root, epsilon;         // operands that are one number
  std::int32_t scale = -1;                                              // the same; -1: there is none
  std::int32_t new_parameter = -1, new_moment1 = -1, new_moment2 = -1;  // results

  /// What a group's body is, when it is that and nothing else.
  static std::optional<AdamChain> find(const Graph& body);

  /// Runs the step on elements [begin, end). False, and nothing done, when the numbers are not those of Adam or a
  /// result lies where another operand is read. T: float, double.
  template <class T>
  bool run(const Kernel& kernel, std::int64_t begin, std::int64_t end) const;
};

}  // namespace gradloom
