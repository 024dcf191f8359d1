// skip_padding: products of rows by time, and losses, leave out the rows that a loop's lengths call padding, where
// these are 0 or nobody reads what becomes of them; products inside of the loop leave out the rows that rest. Rows stay
// where they are: the product is given the mask of those it computes.
#include <map>
#include <tuple>

#include "ops/ops.h"
#include "ops/scan.h"
#include "runtime/loss_ops.h"
#include "runtime/passes.h"
#include "runtime/passes/padding.h"
#include "runtime/passes/rewriter.h"
#include "runtime/product_ops.h"

namespace gradloom {

namespace {

// A loop with lengths, and the slice of its rewritten body that says which rows are at work.
struct MaskedLoop {
  explicit MaskedLoop(const ScanView& view) : scan(view), rows(view) {}

  ScanView scan;
  RestingRows rows;
  Value active;
  bool is_new = false;  // a sequence that the loop did not have
};

bool takes_mask(const Node& node, std::size_t row_axes) {
  return node.op->name == "dot_general" && multiplies_rows(node, row_axes);
}

class SkipPadding : public Rewriter {
 public:
  explicit SkipPadding(const Graph& function) : function_(function), padding_(function) {
    std::map<Body, int> users;
    for (const Node& node : function.nodes())
      if (node.op == &scan_op) ++users[&ScanView(node).body()];
    for (const Node& node : function.nodes()) {
      if (node.op != &scan_op) continue;
      ScanView scan(node);
      if (scan.has_lengths() && users[&scan.body()] == 1) loops_.emplace(&scan.body(), scan);
    }
  }
  std::int64_t products() const { return products_; }
  std::int64_t losses() const { return losses_; }
  std::int64_t dropped_masks() const { return dropped_; }

 protected:
  void begin(const Graph& source, Graph& target) override { source_of_[&target] = &source; }

  Values replace(const Graph& source, std::int32_t index, Node node, Graph& target) override {
    if (auto loop = loops_.find(&source); loop != loops_.end())
      return replace_inside(loop->second, index, node, target);
    if (&source != &function_) return append_node(node, target);
    if (node.op == &active_rows_op) return {mask_of(target, node.inputs[0], node.attributes.get<Dim>("steps"))};
    if (node.op == &scan_op) return replace_loop(ScanView(source.node(index)), std::move(node), target);
    if (padding_.masks_zeros(static_cast<std::size_t>(index))) {
      ++dropped_;
      return {node.inputs[1]};
    }
    bool is_loss = node.op->name == "cross_entropy" && node.types[0].rank() == 2, summed = sums_over_rows(node);
    if (!is_loss && !summed && !takes_mask(node, 2)) return append_node(node, target);

    const Node& old = source.node(index);
    Value lengths = is_loss ? Value() : padding_.zero(old.inputs[0]);
    if (!lengths) lengths = summed ? padding_.zero(old.inputs[1]) : padding_.unread(static_cast<std::size_t>(index));
    Value here = lengths ? copied(lengths) : Value();
    const Dims& rows = node.inputs[is_loss ? 1 : 0].shape();
    if (!here || here.shape()[0] != rows[1]) return append_node(node, target);
    Value mask = mask_of(target, here, rows[0]);
    if (!is_loss) return {masked_product(node, mask, summed, padding_.zero(old.inputs[0]) == lengths, target)};
    ++losses_;
    return target.append_operation(active_cross_entropy_op, {node.inputs[0], node.inputs[1], mask}, node.attributes,
                                   node.name);
  }

  Body finish_body(Graph& body) override {
    auto found = loops_.find(source_of_.at(&body));
    if (found == loops_.end() || !found->second.is_new) return &body;
    // After the other sequences.
    const MaskedLoop& loop = found->second;
    Values order = body.inputs();
    std::erase(order, loop.active);
    order.insert(order.begin() + static_cast<std::ptrdiff_t>(loop.scan.num_carries() + loop.scan.num_sequences()),
                 loop.active);
    body.order_inputs(std::move(order));
    return &body;
  }

 private:
  Value masked_product(const Node& node, const Value& mask, bool summed, bool a_rests, Graph& target) {
    Attributes attributes = node.attributes;
    attributes.set("summed", summed);
    attributes.set("a_rests", a_rests);
    attributes.set("shape", node.types[0].shape);
    ++products_;
    return target.append_operation(active_product_op, {node.inputs[0], node.inputs[1], mask}, attributes, node.name)[0];
  }

  static const Node& node_of(const MaskedLoop& loop, std::int32_t index) { return loop.scan.body().node(index); }

  Values replace_inside(MaskedLoop& loop, std::int32_t index, const Node& node, Graph& target) {
    const Dim& batch = loop.scan.lengths().shape()[0];
    if (loop.rows.masks_unread(node_of(loop, index), static_cast<std::size_t>(index))) {
      ++dropped_;
      return {node.inputs[1]};
    }
    if (!takes_mask(node, 1) || node.inputs[0].shape()[0] != batch ||
        !loop.rows.is_unread(static_cast<std::size_t>(index)))
      return append_node(node, target);
    if (!loop.active && loop.rows.active()) loop.active = copied(loop.rows.active());
    if (!loop.active) {
      loop.active = append_input(target, "active", {DType::boolean, {batch}});
      loop.is_new = true;
    }
    return {masked_product(node, loop.active, false, false, target)};
  }

  Values replace_loop(const ScanView& old, Node node, Graph& target) {
    auto found = loops_.find(&old.body());
    if (found == loops_.end() || !found->second.is_new) return append_node(node, target);
    ScanView scan(node);
    Value mask = mask_of(target, scan.lengths(), scan.length());
    node.inputs.insert(node.inputs.begin() + static_cast<std::ptrdiff_t>(scan.num_carries() + scan.num_sequences()),
                       mask);
    node.attributes.set("num_sequences", static_cast<std::int64_t>(scan.num_sequences()) + 1);
    return append_node(node, target);
  }

  // One for the same lengths and steps, the graph's own included.
  Value mask_of(Graph& target, const Value& lengths, const Dim& steps) {
    Value& mask = masks_[{lengths.node_index(), lengths.output_index(), steps.text()}];
    if (!mask) mask = target.apply(active_rows_op, {lengths}, {{"steps", steps}})[0];
    return mask;
  }

  const Graph& function_;
  Padding padding_;
  std::map<Body, MaskedLoop> loops_;
  std::map<const Graph*, const Graph*> source_of_;
  std::map<std::tuple<std::int32_t, std::int32_t, std::string>, Value> masks_;
  std::int64_t products_ = 0, losses_ = 0, dropped_ = 0;
};

}  // namespace

PassResult skip_padding(std::unique_ptr<Module>& module, std::string_view function) {
  SkipPadding pass(module->function(function));
  auto rewritten = pass.run(*module, function);
  const std::int64_t changes = pass.products() + pass.losses() + pass.dropped_masks();
  if (changes == 0) return {};
  module = std::move(rewritten);
  if (pass.dropped_masks() > 0) drop_unused(module, function);
  std::string text = concat_text("left padding out of ", count_text(pass.products(), "product"));
  if (pass.losses() > 0) text += concat_text(" and ", pass.losses(), pass.losses() == 1 ? " loss" : " losses");
  if (pass.dropped_masks() > 0) text += concat_text(", dropped ", count_text(pass.dropped_masks(), "mask"));
  return {changes, text};
}

}  // namespace gradloom
