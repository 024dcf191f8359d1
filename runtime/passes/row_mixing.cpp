// Following zeros of rows at rest through a body, and the axis of the rows.
#include "runtime/passes/row_mixing.h"

#include <algorithm>
#include <initializer_list>

#include "runtime/passes/padding.h"

namespace gradloom {

namespace {

bool is_one_of(const Node& node, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), node.op->name) != names.end();
}

// A sequence that a loop with these lengths has stacked.
bool is_zeroed_sequence(const Value& sequence, const Value& lengths) {
  const Node& node = sequence.node();
  if (node.kind != NodeKind::operation || node.op != &scan_op) return false;
  ScanView from(node);
  auto result = static_cast<std::size_t>(sequence.output_index());
  return from.has_lengths() && from.lengths() == lengths && result >= from.num_carries() &&
         !from.is_plain_output(result - from.num_carries());
}

// Whether the node takes together what lies along this axis of operand i: a softmax along it, a product summed over it.
bool works_along(const Node& node, std::size_t i, std::int64_t axis) {
  if (is_one_of(node, {"dot_general"})) {
    const auto& contracted = node.attributes.get<std::vector<std::int64_t>>(i == 0 ? "contract_a" : "contract_b");
    return std::find(contracted.begin(), contracted.end(), axis) != contracted.end();
  }
  // Of one that looks something up, the axis is that of the table.
  if (i > 0 && !is_one_of(node, {"concat"})) return false;
  const Attribute* given = node.attributes.find("axis");
  const auto* along = given == nullptr ? nullptr : std::get_if<std::int64_t>(given);
  return along != nullptr && (*along < 0 ? *along + static_cast<std::int64_t>(node.inputs[i].rank()) : *along) == axis;
}

}  // namespace

RowMixing::RowMixing(const LoopEdit& loop) : loop_(loop) {
  const ScanView& scan = loop.scan();
  if (!scan.has_lengths()) return;
  const std::vector<Node>& nodes = loop.body().nodes();
  rests_.resize(nodes.size());
  is_mask_.resize(nodes.size());
  for (std::size_t i = 0; i < scan.num_sequences(); ++i) {
    auto slice = static_cast<std::size_t>(scan.body_slice(i).node_index());
    rests_[slice] = is_zeroed_sequence(scan.sequence(i), scan.lengths());
    is_mask_[slice] = lengths_of_mask(scan.sequence(i)) == scan.lengths();
  }
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].kind == NodeKind::operation) rests_[i] = find_resting(nodes[i]);
  stays_.resize(nodes.size());
  for (std::size_t i = nodes.size(); i-- > 0;) {
    stays_[i] = stays_[i] || mixes(i);
    for (const Value& input : nodes[i].inputs)
      if (stays_[i]) stays_[static_cast<std::size_t>(input.node_index())] = true;
  }
}

bool RowMixing::is_active_mask(const Value& condition) const {
  const Value* mask = &condition;
  while (mask->node().kind == NodeKind::operation && is_one_of(mask->node(), {"reshape", "expand_dims"}))
    mask = &mask->node().inputs[0];
  return is_mask_[static_cast<std::size_t>(mask->node_index())];
}

bool RowMixing::find_resting(const Node& node) const {
  auto operand_rests = [&](const Value& input) { return rests(input); };
  if (is_one_of(node, {"mul", "dot_general"}))
    return std::any_of(node.inputs.begin(), node.inputs.end(), operand_rests);
  if (is_one_of(node,
                {"add", "sub", "neg", "cast", "reshape", "transpose", "broadcast_to", "concat", "split", "slice"}))
    return std::all_of(node.inputs.begin(), node.inputs.end(), operand_rests);
  if (is_one_of(node, {"where"}))
    return (rests(node.inputs[1]) || is_active_mask(node.inputs[0])) &&
           (rests(node.inputs[2]) || is_zero(node.inputs[2]));
  return is_one_of(node, {"cross_entropy_gradient"}) && rests(node.inputs[2]);
}

bool RowMixing::mixes(std::size_t index) const {
  const Node& node = loop_.body().nodes()[index];
  bool has_rows = false, along_rows = false;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    auto row_axis = loop_.row_axis(node.inputs[i]);
    if (!row_axis) continue;
    if (rests(node.inputs[i])) return false;
    has_rows = true;
    along_rows = along_rows || works_along(node, i, static_cast<std::int64_t>(*row_axis));
  }
  if (!has_rows) return false;
  for (std::size_t i = 0; i < node.types.size(); ++i) {
    Value result(const_cast<Graph&>(loop_.body()), static_cast<std::int32_t>(index), static_cast<std::int32_t>(i));
    if (loop_.row_axis(result)) return along_rows;
  }
  return true;
}

}  // namespace gradloom
