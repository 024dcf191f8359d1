// ONNX nodes of searches, running sums, and truth over axes.
#include <limits>

#include "serialization/onnx/lowering.h"

namespace gradloom {

namespace {

using Axes = std::vector<std::int64_t>;

OnnxAttributes search_attributes(const Lowering& l) {
  return {{"axis", l.attribute<std::int64_t>("axis")},
          {"keepdims", l.attribute<bool>("keep_dims") ? 1 : 0},
          {"select_last_index", l.attribute<bool>("last") ? 1 : 0}};
}

// NaN is what is searched for when there is one, which ONNX leaves open.
OnnxNames searched(const Lowering& l, std::string_view op) {
  std::string found = l.add(op, {l.input(0)}, search_attributes(l));
  if (!is_float(l.type(0).dtype)) return {found};
  std::string is_nan = l.cast(l.add("IsNaN", {l.input(0)}), DType::int32);
  std::string nan = l.add("ArgMax", {is_nan}, search_attributes(l));
  std::string any =
      l.add("ReduceMax", {is_nan},
            {{"axes", Axes{l.attribute<std::int64_t>("axis")}}, {"keepdims", l.attribute<bool>("keep_dims") ? 1 : 0}});
  return {l.add("Where", {l.cast(any, DType::boolean), nan, found})};
}

// NaN is larger than everything: it is sought as inf, and inf as the largest number.
OnnxNames top_k(const Lowering& l) {
  std::int64_t axis = l.attribute<std::int64_t>("axis");
  std::string count = l.to().sizes({l.attribute<Dim>("k")});
  OnnxAttributes attributes{{"axis", axis}, {"largest", l.attribute<bool>("largest") ? 1 : 0}};
  DType dtype = l.type(0).dtype;
  if (!is_float(dtype)) return l.to().add_all("TopK", {l.input(0), count}, 2, attributes);
  double most = dtype == DType::float32 ? static_cast<double>(std::numeric_limits<float>::max())
                                        : std::numeric_limits<double>::max();
  std::string order = l.add("Where", {l.add("IsNaN", {l.input(0)}), l.scalar(std::numeric_limits<double>::infinity()),
                                      l.add("Min", {l.input(0), l.scalar(most)})});
  std::string places = l.to().add_all("TopK", {order, count}, 2, attributes)[1];
  return {l.add("GatherElements", {l.input(0), places}, {{"axis", axis}}), places};
}

// Added up in float64.
OnnxNames cumsum(const Lowering& l) {
  bool is_single = l.type(0).dtype == DType::float32;
  std::string x = is_single ? l.cast(l.input(0), DType::float64) : l.input(0);
  std::string axis = l.to().scalar(DType::int64, static_cast<double>(l.attribute<std::int64_t>("axis")));
  std::string y =
      l.add("CumSum", {x, axis},
            {{"exclusive", l.attribute<bool>("exclusive") ? 1 : 0}, {"reverse", l.attribute<bool>("reverse") ? 1 : 0}});
  return {is_single ? l.cast(y, DType::float32) : y};
}

// How many elements over the axes are true, as int64. (ONNX reduces no bools.)
std::string number_of_true(const Lowering& l, const std::string& flags) {
  OnnxNames inputs{l.cast(flags, DType::int64)};
  const Axes& axes = l.attribute<Axes>("axes");
  if (!axes.empty()) inputs.push_back(l.to().integers(axes));
  return l.add("ReduceSum", inputs, {{"keepdims", l.attribute<bool>("keep_dims") ? 1 : 0}});
}

std::string int64_zero(const Lowering& l) { return l.to().scalar(DType::int64, 0); }

OnnxNames all(const Lowering& l) {
  return {l.add("Equal", {number_of_true(l, l.add("Not", {l.input(0)})), int64_zero(l)})};
}

OnnxNames any(const Lowering& l) { return {l.add("Greater", {number_of_true(l, l.input(0)), int64_zero(l)})}; }

OnnxNames count_nonzero(const Lowering& l) {
  if (l.type(0).dtype == DType::boolean) return {number_of_true(l, l.input(0))};
  return {number_of_true(l, l.add("Not", {l.add("Equal", {l.input(0), l.scalar(0)})}))};
}

constexpr LoweringRule rules[] = {
    {"argmax", [](const Lowering& l) { return searched(l, "ArgMax"); }},
    {"argmin", [](const Lowering& l) { return searched(l, "ArgMin"); }},
    {"top_k", top_k},
    {"cumsum", cumsum},
    {"all", all},
    {"any", any},
    {"count_nonzero", count_nonzero},
};

}  // namespace

std::span<const LoweringRule> order_lowerings() { return rules; }

}  // namespace gradloom
