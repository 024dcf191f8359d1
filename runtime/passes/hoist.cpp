// hoist: what a loop's body computes from its slices and constants only moves in front of the loop, for all steps at
// once. The input projection of all steps becomes one product.
#include "ops/elementwise.h"
#include "runtime/passes.h"
#include "runtime/passes/loop_edit.h"
#include "runtime/passes/rewriter.h"
#include "runtime/passes/row_mixing.h"

namespace gradloom {

namespace {

// In a loop with lengths: nodes whose results integers are divided by. A slice would read as 0 in padding, where the
// body takes care to divide by 1.
std::vector<bool> divisors(const LoopEdit& loop) {
  const Graph& body = loop.body();
  std::vector<bool> found(body.nodes().size());
  for (const Node& node : body.nodes())
    if (loop.scan().has_lengths() && may_fail(node) && node.op->traits.has(Trait::elementwise))
      found[static_cast<std::size_t>(node.inputs[1].node_index())] = true;
  return found;
}

class Hoist : public Rewriter {
 public:
  std::int64_t moved() const { return moved_; }

 protected:
  Values replace(const Graph&, std::int32_t, Node node, Graph& target) override {
    if (node.op != &scan_op) return append_node(node, target);
    LoopEdit loop(target, node);
    const Graph& body = loop.body();
    const RowMixing rows(loop);
    std::vector<bool> needed = needed_nodes(body), stays = divisors(loop);
    std::int64_t moved = 0;
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(body.nodes().size()); ++i) {
      const Node& inner = body.node(i);
      if (inner.kind != NodeKind::operation || !needed[static_cast<std::size_t>(i)]) continue;
      bool known = !has_effects(inner) && !stays[static_cast<std::size_t>(i)];
      bool per_step = false;
      for (const Value& input : inner.inputs) {
        known = known && loop.is_outside(input);
        if (known) per_step = per_step || loop.outside(input).per_step;
      }
      // A loop of no steps fails at nothing: what could fail for all steps alike stays inside.
      if (!known || (!per_step && may_fail(inner)) || (per_step && (loop.looks_like_rows(i) || rows.must_stay(i))))
        continue;
      moved += loop.move_out(i);
    }
    if (moved == 0) return append_node(node, target);
    moved_ += moved;
    const ScanView& scan = loop.scan();
    std::vector<std::size_t> carries;
    for (std::size_t i = 0; i < scan.num_carries(); ++i) carries.push_back(i);
    Values stacked, outputs(scan.num_outputs());
    for (std::size_t i = 0; i < scan.num_outputs(); ++i) {
      if (loop.is_outside(scan.body_output(i)))
        outputs[i] = loop.output_from_outside(i);
      else
        stacked.push_back(scan.body_output(i));
    }
    Values results = loop.rebuild(carries, stacked);
    for (std::size_t i = 0; i < scan.num_outputs(); ++i)
      results.push_back(outputs[i] ? outputs[i] : loop.outside(scan.body_output(i)).value);
    return results;
  }

 private:
  std::int64_t moved_ = 0;
};

}  // namespace

PassResult hoist(std::unique_ptr<Module>& module, std::string_view function) {
  Hoist pass;
  auto rewritten = pass.run(*module, function);
  if (pass.moved() == 0) return {};
  module = std::move(rewritten);
  return {pass.moved(), concat_text("moved ", count_text(pass.moved(), "node"), " in front of loops")};
}

}  // namespace gradloom
