// NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss of ONNX: classes are axis 1, targets have the other axes.
#include "serialization/onnx_import/operators.h"

namespace gradloom {

namespace {

// What both losses say of their targets.
struct Targets {
  Value classes;                        ///< integers [n, d1, ...]
  std::optional<std::int64_t> ignored;  ///< a target that counts nothing
  Value active;                         ///< bool: not ignored; none: all are active
  Value weights;                        ///< [classes], or none
};

Targets read_targets(const ImportNode& node) {
  Targets targets{node.input(1), {}, {}, node.optional_input(2)};
  if (!node.has("ignore_index")) return targets;
  targets.ignored = node.integer("ignore_index");
  targets.active = not_equal(targets.classes, scalar_like(targets.classes, static_cast<double>(*targets.ignored)));
  return targets;
}

// The classes, 0 where they are ignored: a target that is ignored need not be a class.
Value known_classes(const Targets& targets) {
  return targets.active ? where(targets.active, targets.classes, scalar_like(targets.classes, 0)) : targets.classes;
}

// 0 where the target is ignored.
Value only_active(const Targets& targets, Value x) {
  return targets.active ? where(targets.active, x, scalar_like(x, 0)) : x;
}

// The losses [n, d1, ...] as the attribute `reduction` wants them. The mean is weighted, over active targets.
Value reduced(const ImportNode& node, Value losses, const Targets& targets) {
  std::string reduction = node.text("reduction", "mean");
  if (reduction == "none") return losses;
  if (reduction == "sum") return sum(losses);
  node.require(reduction == "mean", "reduction is \"", reduction, "\" but none, sum or mean is needed");
  if (targets.weights) return sum(losses) / sum(only_active(targets, gather(targets.weights, known_classes(targets))));
  if (targets.active) return sum(losses) / sum(cast(targets.active, losses.dtype()));
  return mean(losses);
}

Values negative_log_likelihood(const ImportNode& node) {
  Value x = node.input(0);
  Targets targets = read_targets(node);
  Value classes = known_classes(targets);
  Value losses = neg(squeeze(gather_along_axis(x, expand_dims(classes, {1}), 1), {1}));
  if (targets.weights) losses = losses * gather(targets.weights, classes);
  return {reduced(node, only_active(targets, losses), targets)};
}

// The classes moved to the last axis, where cross_entropy wants them.
Value with_classes_last(Value x) {
  Axes permutation;
  for (std::size_t axis = 0; axis < x.rank(); ++axis)
    if (axis != 1) permutation.push_back(static_cast<std::int64_t>(axis));
  permutation.push_back(1);
  return x.rank() > 2 ? transpose(x, permutation) : x;
}

Values softmax_cross_entropy(const ImportNode& node) {
  Value scores = node.input(0);
  node.require(scores.rank() >= 2, "scores are ", scores.type().text(), " but [batch, classes, ...] is needed");
  Targets targets = read_targets(node);
  Value losses = cross_entropy(with_classes_last(scores), targets.classes, 0, targets.ignored, targets.weights);
  Values results{reduced(node, losses, targets)};
  if (node.wants_output(1)) results.push_back(log_softmax(scores, 1));
  return results;
}

constexpr ImportRule rules[] = {
    {"NegativeLogLikelihoodLoss", negative_log_likelihood},
    {"SoftmaxCrossEntropyLoss", softmax_cross_entropy},
};

}  // namespace

ImportRules loss_imports() { return rules; }

}  // namespace gradloom
