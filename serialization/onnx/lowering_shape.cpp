// ONNX nodes of operations that lay elements out, and of masks made of lengths.
#include "serialization/onnx/lowering.h"

namespace gradloom {

namespace {

using Axes = std::vector<std::int64_t>;

OnnxNames reshape(const Lowering& l) {
  return {l.add("Reshape", {l.input(0), l.to().sizes(l.result().shape)}, {{"allowzero", 1}})};
}
OnnxNames transpose(const Lowering& l) {
  return {l.add("Transpose", {l.input(0)}, {{"perm", l.attribute<Axes>("permutation")}})};
}
OnnxNames broadcast_to(const Lowering& l) { return {l.add("Expand", {l.input(0), l.to().sizes(l.result().shape)})}; }
OnnxNames range(const Lowering& l) { return {l.range(l.attribute<Dim>("size"))}; }
OnnxNames dim(const Lowering& l) { return {l.to().size(l.attribute<Dim>("size"))}; }

OnnxNames concat(const Lowering& l) {
  OnnxNames parts;
  for (std::size_t i = 0; i < l.num_inputs(); ++i) parts.push_back(l.input(i));
  return {l.add("Concat", parts, {{"axis", l.attribute<std::int64_t>("axis")}})};
}

OnnxNames split(const Lowering& l) {
  return l.to().add_all("Split", {l.input(0), l.to().sizes(l.attribute<Dims>("sizes"))}, l.node().types.size(),
                        {{"axis", l.attribute<std::int64_t>("axis")}});
}

OnnxNames slice(const Lowering& l) {
  OnnxGraph& to = l.to();
  return {l.add("Slice",
                {l.input(0), to.sizes({l.attribute<Dim>("begin")}), to.sizes({l.attribute<Dim>("end")}),
                 to.integers({l.attribute<std::int64_t>("axis")}), to.integers({l.attribute<std::int64_t>("step")})})};
}

OnnxNames pad(const Lowering& l) {
  Dims widths = l.attribute<Dims>("before");
  if (widths.empty()) return {l.add("Identity", {l.input(0)})};
  const Dims& after = l.attribute<Dims>("after");
  widths.insert(widths.end(), after.begin(), after.end());
  return {l.add("Pad", {l.input(0), l.to().sizes(widths), l.scalar(l.attribute<double>("value"))})};
}

OnnxNames sequence_mask(const Lowering& l) {
  std::string lengths = l.axis_added(l.cast(l.input(0), DType::int64), -1);
  return {l.add("Less", {l.range(l.attribute<Dim>("size")), lengths})};
}

OnnxNames active_rows(const Lowering& l) {
  std::string steps = l.axis_added(l.range(l.attribute<Dim>("steps")), 1);
  return {l.add("Less", {steps, l.axis_added(l.cast(l.input(0), DType::int64), 0)})};
}

constexpr LoweringRule rules[] = {
    {"reshape", reshape},
    {"transpose", transpose},
    {"broadcast_to", broadcast_to},
    {"range", range},
    {"dim", dim},
    {"concat", concat},
    {"split", split},
    {"slice", slice},
    {"pad", pad},
    {"sequence_mask", sequence_mask},
    {"active_rows", active_rows},
};

}  // namespace

std::span<const LoweringRule> shape_lowerings() { return rules; }

}  // namespace gradloom
