// ONNX nodes of reductions, softmax and cross-entropy.
#include <limits>

#include "serialization/onnx/lowering.h"

namespace gradloom {

namespace {

using Axes = std::vector<std::int64_t>;

OnnxNames reduced(const Lowering& l, std::string_view op) {
  OnnxAttributes attributes{{"keepdims", l.attribute<bool>("keep_dims") ? 1 : 0}};
  const Axes& axes = l.attribute<Axes>("axes");
  if (!axes.empty()) attributes.emplace_back("axes", axes);
  return {l.add(op, {l.input(0)}, attributes)};
}

// The one reduction whose axes are an input in opset 17.
OnnxNames sum(const Lowering& l) {
  OnnxNames inputs{l.input(0)};
  const Axes& axes = l.attribute<Axes>("axes");
  if (!axes.empty()) inputs.push_back(l.to().integers(axes));
  return {l.add("ReduceSum", inputs, {{"keepdims", l.attribute<bool>("keep_dims") ? 1 : 0}})};
}

// A row that is masked whole is 0.
OnnxNames softmax(const Lowering& l) {
  std::int64_t axis = l.attribute<std::int64_t>("axis");
  if (l.num_inputs() == 1) return {l.add("Softmax", {l.input(0)}, {{"axis", axis}})};
  std::string zero = l.scalar(0), lowest = l.scalar(std::numeric_limits<float>::lowest());
  std::string largest = l.add("ReduceMax", {l.add("Where", {l.input(1), l.input(0), lowest})}, {{"axes", Axes{axis}}});
  std::string shifted = l.add("Where", {l.input(1), l.add("Sub", {l.input(0), largest}), zero});
  std::string powers = l.add("Where", {l.input(1), l.add("Exp", {shifted}), zero});
  std::string total = l.add("ReduceSum", {powers, l.to().integers({axis})});
  std::string divisor = l.add("Where", {l.add("Equal", {total, zero}), l.scalar(1), total});
  return {l.add("Div", {powers, divisor})};
}

OnnxNames log_softmax(const Lowering& l) {
  return {l.add("LogSoftmax", {l.input(0)}, {{"axis", l.attribute<std::int64_t>("axis")}})};
}

// The probabilities that targets mean: the class's share, and what smoothing spreads over all.
std::string target_probabilities(const Lowering& l) {
  double smoothing = l.attribute<double>("label_smoothing");
  const Dim& classes = l.type(0).shape.back();
  std::string wanted = l.axis_added(l.cast(l.input(1), DType::int64), -1);
  std::string count = l.to().size(classes), zero = l.to().scalar(DType::int64, 0);
  wanted = l.add("Where", {l.add("Less", {wanted, zero}), l.add("Add", {wanted, count}), wanted});
  std::string hit = l.cast(l.add("Equal", {l.range(classes), wanted}), l.type(0).dtype);
  if (smoothing == 0) return hit;
  std::string spread = l.add("Div", {l.scalar(smoothing), l.cast(count, l.type(0).dtype)});
  return l.add("Add", {l.add("Mul", {hit, l.scalar(1 - smoothing)}), spread});
}

// Zero where the row's target is the ignored one.
std::string without_ignored(const Lowering& l, const std::string& rows) {
  const Attribute* ignored = l.node().attributes.find("ignored");
  if (!ignored) return rows;
  auto number = static_cast<double>(std::get<std::int64_t>(*ignored));
  std::string is_ignored = l.add("Equal", {l.input(1), l.to().scalar(l.type(1).dtype, number)});
  return l.add("Where", {is_ignored, l.scalar(0), rows});
}

OnnxNames cross_entropy(const Lowering& l) {
  std::string logs = l.add("LogSoftmax", {l.input(0)}, {{"axis", -1}});
  std::string shares = l.add("Mul", {target_probabilities(l), logs});
  std::string row = l.add("Neg", {l.add("ReduceSum", {shares, l.to().integers({-1})}, {{"keepdims", 0}})});
  return {without_ignored(l, row)};
}

OnnxNames cross_entropy_gradient(const Lowering& l) {
  std::string difference = l.add("Sub", {l.add("Softmax", {l.input(0)}, {{"axis", -1}}), target_probabilities(l)});
  return {l.add("Mul", {difference, l.axis_added(without_ignored(l, l.input(2)), -1)})};
}

constexpr LoweringRule rules[] = {
    {"sum", sum},
    {"mean", [](const Lowering& l) { return reduced(l, "ReduceMean"); }},
    {"max", [](const Lowering& l) { return reduced(l, "ReduceMax"); }},
    {"min", [](const Lowering& l) { return reduced(l, "ReduceMin"); }},
    {"prod", [](const Lowering& l) { return reduced(l, "ReduceProd"); }},
    {"l1_norm", [](const Lowering& l) { return reduced(l, "ReduceL1"); }},
    {"l2_norm", [](const Lowering& l) { return reduced(l, "ReduceL2"); }},
    {"logsumexp", [](const Lowering& l) { return reduced(l, "ReduceLogSumExp"); }},
    {"sum_of_squares", [](const Lowering& l) { return reduced(l, "ReduceSumSquare"); }},
    {"softmax", softmax},
    {"log_softmax", log_softmax},
    {"cross_entropy", cross_entropy},
    {"cross_entropy_gradient", cross_entropy_gradient},
};

}  // namespace

std::span<const LoweringRule> row_lowerings() { return rules; }

}  // namespace gradloom
