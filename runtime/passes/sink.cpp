// sink: what a loop's body computes for its outputs only, feeding no carry, moves behind the loop, for all steps at
// once: attention, feed-forward, softmax and loss of a decoder that was declared a step at a time.
#include <algorithm>

#include "runtime/passes.h"
#include "runtime/passes/loop_edit.h"
#include "runtime/passes/rewriter.h"
#include "runtime/passes/row_mixing.h"

namespace gradloom {

namespace {

std::size_t index_of(const Value& value) { return static_cast<std::size_t>(value.node_index()); }

// Nodes that some carry's next value needs.
std::vector<bool> nodes_of_carries(const ScanView& scan) {
  const Graph& body = scan.body();
  std::vector<bool> needed(body.nodes().size());
  for (std::size_t i = 0; i < scan.num_carries(); ++i) needed[index_of(scan.next_carry(i))] = true;
  for (std::size_t i = needed.size(); i-- > 0;)
    if (needed[i])
      for (const Value& input : body.nodes()[i].inputs) needed[index_of(input)] = true;
  return needed;
}

// Of the nodes that can be moved, those that outputs need without a node in between that stays.
void keep_wanted(const ScanView& scan, std::vector<std::int32_t>& sunk) {
  const Graph& body = scan.body();
  std::vector<bool> movable(body.nodes().size()), wanted(body.nodes().size());
  for (std::int32_t i : sunk) movable[static_cast<std::size_t>(i)] = true;
  for (std::size_t i = 0; i < scan.num_outputs(); ++i) wanted[index_of(scan.body_output(i))] = true;
  for (std::size_t i = wanted.size(); i-- > 0;)
    if (wanted[i] && movable[i])
      for (const Value& input : body.nodes()[i].inputs) wanted[index_of(input)] = true;
  std::erase_if(sunk, [&](std::int32_t i) { return !wanted[static_cast<std::size_t>(i)]; });
}

class Sink : public Rewriter {
 public:
  std::int64_t moved() const { return moved_; }

 protected:
  Values replace(const Graph&, std::int32_t, Node node, Graph& target) override {
    if (node.op != &scan_op) return append_node(node, target);
    LoopEdit loop(target, node);
    const Graph& body = loop.body();
    const ScanView& scan = loop.scan();
    const RowMixing rows(loop);
    std::vector<bool> stays = nodes_of_carries(scan), needed = needed_nodes(body);

    // Which values will differ from step to step outside: all that stays inside does.
    std::vector<bool> per_step(body.nodes().size());
    std::vector<std::int32_t> sunk;
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(body.nodes().size()); ++i) {
      const Node& inner = body.node(i);
      auto place = static_cast<std::size_t>(i);
      Value first(const_cast<Graph&>(body), i);
      if (inner.kind != NodeKind::operation) {
        per_step[place] = inner.kind == NodeKind::input && !(loop.is_outside(first) && !loop.outside(first).per_step);
        continue;
      }
      per_step[place] = true;
      if (stays[place] || !needed[place]) continue;
      std::vector<bool> axes;
      for (const Value& input : inner.inputs) axes.push_back(per_step[index_of(input)]);
      if (rows.must_stay(i) || !loop.can_move_out(i, axes)) {
        stays[place] = true;
        continue;
      }
      per_step[place] = std::find(axes.begin(), axes.end(), true) != axes.end();
      sunk.push_back(i);
    }
    keep_wanted(scan, sunk);
    if (sunk.empty()) return append_node(node, target);
    moved_ += static_cast<std::int64_t>(sunk.size());

    std::vector<bool> is_sunk(body.nodes().size());
    for (std::int32_t i : sunk) is_sunk[static_cast<std::size_t>(i)] = true;
    Values stacked;
    auto stack = [&](const Value& value) {
      if (is_sunk[index_of(value)] || loop.is_outside(value)) return;
      if (std::find(stacked.begin(), stacked.end(), value) == stacked.end()) stacked.push_back(value);
    };
    for (std::int32_t i : sunk)
      for (const Value& input : body.node(i).inputs) stack(input);
    for (std::size_t i = 0; i < scan.num_outputs(); ++i) stack(scan.body_output(i));
    std::vector<std::size_t> carries;
    for (std::size_t i = 0; i < scan.num_carries(); ++i) carries.push_back(i);
    Values results = loop.rebuild(carries, stacked);
    for (std::int32_t i : sunk)
      ensure(loop.move_out(i), "the batching rule of ", body.node(i).op->name, " worked once and then did not");
    for (std::size_t i = 0; i < scan.num_outputs(); ++i) {
      Value value = scan.body_output(i);
      bool from_loop = std::find(stacked.begin(), stacked.end(), value) != stacked.end();
      results.push_back(from_loop ? loop.outside(value).value : loop.output_from_outside(i));
    }
    return results;
  }

 private:
  std::int64_t moved_ = 0;
};

}  // namespace

PassResult sink(std::unique_ptr<Module>& module, std::string_view function) {
  Sink pass;
  auto rewritten = pass.run(*module, function);
  if (pass.moved() == 0) return {};
  module = std::move(rewritten);
  return {pass.moved(), concat_text("moved ", count_text(pass.moved(), "node"), " behind loops")};
}

}  // namespace gradloom
