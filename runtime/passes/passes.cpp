// The passes in order, and their repetition until nothing changes.
#include "runtime/passes.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "ops/scan.h"
#include "runtime/product_ops.h"

namespace gradloom {

namespace {

constexpr std::array passes{
    PassDef{"drop_unused", "removes what no result, no new value and no effect needs", drop_unused},
    PassDef{"fold_constants", "computes what depends on constants only", fold_constants},
    PassDef{"simplify", "removes nodes that return what they were given, and joins pairs", simplify},
    PassDef{"share_equal", "computes once what is written more than once", share_equal},
    PassDef{"merge_scans", "makes one loop of those that carry the same values", merge_scans},
    PassDef{"constant_carries", "makes carries that never change constants of their loop", constant_carries},
    PassDef{"tidy_loops", "hands values to loops and out of them once, and small constants not at all", tidy_loops},
    PassDef{"tidy_branches", "chooses the branch of a constant condition, hands values to branches once",
            tidy_branches},
    PassDef{"gather_accumulations", "takes sums over time out of loops", gather_accumulations},
    PassDef{"hoist", "moves what needs no carry in front of loops, for all steps at once", hoist},
    PassDef{"sink", "moves what feeds no carry behind loops, for all steps at once", sink},
    PassDef{"skip_padding", "leaves padded rows out of products and losses", skip_padding, true},
    PassDef{"fold_bias", "adds biases while products are stored", fold_bias, true},
    PassDef{"fuse", "joins chains of element-wise operations, and a loss and its gradient", fuse, true},
};

// What stands in bodies of loops, and what of it multiplies matrices: what passes over loops are there to lower.
struct LoopContents {
  std::int64_t nodes = 0, products = 0;
  friend bool operator==(const LoopContents&, const LoopContents&) = default;
};

void count_contents(const Graph& graph, bool is_body, LoopContents& counted) {
  for (const Node& node : graph.nodes()) {
    if (node.kind != NodeKind::operation) continue;
    if (is_body) {
      ++counted.nodes;
      counted.products += is_product(node) ? 1 : 0;
    }
    if (node.op == &scan_op) count_contents(ScanView(node).body(), true, counted);
  }
}

LoopContents contents_of_loops(const Module& module, std::string_view function) {
  LoopContents counted;
  count_contents(module.function(function), false, counted);
  return counted;
}

// `, in loops 40 -> 28 nodes, 5 -> 3 products`, or "" when a pass left loops as they were.
std::string change_text(const LoopContents& before, const LoopContents& after) {
  if (before == after) return "";
  std::string text = concat_text(", in loops ", before.nodes, " -> ", after.nodes, " nodes");
  if (before.products != after.products)
    text += concat_text(", ", before.products, " -> ", after.products, " products");
  return text;
}

// A rewrite that undoes another would go round for ever; real graphs settle within a few rounds.
constexpr int most_rounds = 20;

}  // namespace

std::span<const PassDef> all_passes() { return passes; }

std::vector<PassReport> run_passes(std::unique_ptr<Module>& module, std::string_view function,
                                   const std::vector<std::string>& without) {
  std::vector<std::string> names;
  for (const PassDef& pass : passes) names.emplace_back(pass.name);
  for (const std::string& name : without) {
    std::string hint = did_you_mean(name, names);
    require(std::find(names.begin(), names.end(), name) != names.end(), Fault::usage, "no pass \"", name, "\"",
            hint.empty() ? "; there are " + join(names) : hint);
  }
  std::vector<PassReport> reports;
  auto run = [&](const PassDef& pass) {
    if (std::find(without.begin(), without.end(), pass.name) != without.end()) return false;
    LoopContents before = contents_of_loops(*module, function);
    PassResult result = pass.run(module, function);
    if (result.changes > 0)
      reports.push_back(
          {std::string(pass.name), result.text + change_text(before, contents_of_loops(*module, function))});
    return result.changes > 0;
  };
  bool changed = true;
  for (int round = 0; changed; ++round) {
    ensure(round < most_rounds, "the passes over ", function, " do not come to an end");
    changed = false;
    for (const PassDef& pass : passes)
      if (!pass.is_last && run(pass)) changed = true;
  }
  for (const PassDef& pass : passes)
    if (pass.is_last) run(pass);
  return reports;
}

}  // namespace gradloom
