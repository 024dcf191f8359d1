// The passes in order, and their repetition until nothing changes.
#include "runtime/passes.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "runtime/passes/function_cost.h"

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
    PassDef{"split_products", "makes products of which a part could leave a loop one a part", split_products},
    PassDef{"hoist", "moves what needs no carry in front of loops, for all steps at once", hoist},
    PassDef{"sink", "moves what feeds no carry behind loops, for all steps at once", sink},
    PassDef{"skip_padding", "leaves padded rows out of products and losses", skip_padding, true},
    PassDef{"fold_bias", "adds biases while products are stored", fold_bias, true},
    PassDef{"fuse", "joins chains of element-wise operations, and a loss and its gradient", fuse, true},
};

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
  FunctionCost cost = cost_of(module->function(function));
  auto run = [&](const PassDef& pass) {
    if (std::find(without.begin(), without.end(), pass.name) != without.end()) return false;
    PassResult result = pass.run(module, function);
    if (result.changes == 0) return false;
    FunctionCost before = std::exchange(cost, cost_of(module->function(function)));
    reports.push_back({std::string(pass.name), result.text + change_text(before, cost)});
    return true;
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
