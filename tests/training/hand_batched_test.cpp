// The hand-batched workload: the same losses as the plain declaration, and as many products after compiling.
#include "training/hand_batched.h"

#include <doctest/doctest.h>

#include <map>

#include "base/error.h"
#include "ops/scan.h"
#include "runtime/product_ops.h"
#include "runtime/session.h"
#include "training/benchmark.h"

using namespace gradloom;

namespace {

// Matrix products, of all rows or without padding, of a compiled train_step, with those inside of loops.
std::pair<int, int> count_products(const Graph& graph) {
  int outside = 0, inside = 0;
  for (const Node& node : graph.nodes()) {
    if (node.kind != NodeKind::operation) continue;
    if (is_product(node)) ++outside;
    if (node.op == &scan_op) inside += count_products(ScanView(node).body()).first;
  }
  return {outside, inside};
}

}  // namespace

TEST_CASE("training/hand_batched: losses and products are those of the plain declaration") {
  for (CellKind cell : {CellKind::rnn, CellKind::gru, CellKind::lstm})
    for (AttentionKind attention : {AttentionKind::dot, AttentionKind::none}) {
      BenchmarkOptions options;
      options.workload.cell = cell;
      options.workload.attention = attention;
      options.workload.dtype = DType::float64;
      options.workload.size = {8, 6, 30, 4, 5, 7};
      options.steps = 3;
      LossCurve plain = workload_losses(options);
      options.hand_batched = true;
      LossCurve by_hand = workload_losses(options);
      for (std::size_t i = 0; i < plain.losses.size(); ++i) {
        CHECK(by_hand.losses[i] == doctest::Approx(plain.losses[i]).epsilon(1e-12));
        CHECK(by_hand.gradient_norms[i] == doctest::Approx(plain.gradient_norms[i]).epsilon(1e-12));
      }
      Module plain_module, hand_module;
      declare_workload(plain_module, options.workload, 1.0);
      declare_hand_batched(hand_module, options.workload, 1.0);
      CHECK(count_products(Executable::compile(plain_module, "train_step")->graph()) ==
            count_products(Executable::compile(hand_module, "train_step")->graph()));
    }
  Module module;
  Workload workload;
  workload.attention = AttentionKind::additive;
  CHECK_THROWS_WITH_AS(declare_hand_batched(module, workload, 1.0),
                       "the hand-batched workload has attention dot or none, not additive", UserError);
}
