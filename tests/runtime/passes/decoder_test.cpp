// What stays inside the loops of a compiled translator: a lost hoist fails here without any clock.
#include <doctest/doctest.h>

#include <map>

#include "graph/text.h"
#include "ops/ops.h"
#include "ops/scan.h"
#include "runtime/passes/function_cost.h"
#include "runtime/session.h"
#include "training/optimizer.h"
#include "training/reference_workload.h"

using namespace gradloom;

namespace {

// How often each operation stands in a graph, bodies of fused groups left out.
std::map<std::string, int> count_ops(const Graph& graph) {
  std::map<std::string, int> counts;
  for (const Node& node : graph.nodes())
    if (node.kind == NodeKind::operation) ++counts[std::string(node.op->name)];
  return counts;
}

std::vector<Body> loops_of(const Graph& graph) {
  std::vector<Body> bodies;
  for (const Node& node : graph.nodes())
    if (node.op == &scan_op) bodies.push_back(&ScanView(node).body());
  return bodies;
}

// Inside stay the recurrent product and the element-wise part of the cell, which reads gates from the product and
// writes their gradients side by side; narrow ones are cut apart and put together.
void check_loops(const Graph& graph, std::size_t num_loops, bool is_narrow = false) {
  CHECK(loops_of(graph).size() == num_loops);
  for (Body body : loops_of(graph)) {
    auto counts = count_ops(*body);
    CHECK_MESSAGE(counts["active_product"] == 1, graph_text(*body));
    for (const auto& [op, count] : counts)
      CHECK_MESSAGE((op == "active_product" || op == "fused" || op == "add" || op == "mul" || op == "where" ||
                     op == "tanh" || (is_narrow && (op == "split" || op == "concat"))),
                    op, "\n", graph_text(*body));
  }
}

}  // namespace

TEST_CASE("runtime/decoder: inside the loops stays the recurrent product of each cell and direction of time") {
  for (CellKind cell : {CellKind::rnn, CellKind::gru, CellKind::lstm})
    for (AttentionKind attention : {AttentionKind::dot, AttentionKind::additive, AttentionKind::none}) {
      Module module;
      Workload workload;
      workload.cell = cell;
      workload.attention = attention;
      declare_workload(module, workload, 1.0);
      auto train = Executable::compile(module, "train_step");
      check_loops(train->graph(), 4);
      auto loss = Executable::compile(module, "loss");
      check_loops(loss->graph(), 2);
      if (attention == AttentionKind::dot) {
        // Of each time step at once: input products of both cells, scores, context, combine, output.
        auto counts = count_ops(loss->graph());
        CHECK(counts["dot_general"] + counts["active_product"] == 6);
        // Scores and context stay as they are; all others leave padding out.
        CHECK(counts["active_product"] == 4);
      }
    }
}

TEST_CASE("runtime/decoder: each pass says what it took out of loops") {
  Module module;
  declare_workload(module, Workload(), 1.0);
  auto train = Executable::compile(module, "train_step");
  std::string text;
  for (const PassReport& report : train->reports()) text += report.pass + ": " + report.text + "\n";
  // Of both forward loops the input products, and of the decoder's attention, combination and projection the rest.
  CHECK_MESSAGE(text.find("hoist: moved ") != std::string::npos, text);
  CHECK_MESSAGE(text.find("in front of loops, in loops ") != std::string::npos, text);
  CHECK_MESSAGE(text.find("behind loops, in loops ") != std::string::npos, text);
  CHECK_MESSAGE(text.find(" -> 4 products") != std::string::npos, text);
  CHECK_MESSAGE(text.find("; node runs: ") != std::string::npos, text);
  CHECK_MESSAGE(text.find("; bytes written: ") != std::string::npos, text);
}

TEST_CASE("runtime/function_cost: what a loop's body does counts once a step") {
  Module module;
  Graph& graph = module.add_function("f");
  Value x = graph.input("x", DType::float64, {"time", "batch", 2}), w = graph.input("w", DType::float32, {"batch", 2});
  graph.output("w", w + w);
  graph.output("last", scan({cast(w, DType::float64)}, {x}, [&](const Values& carry, const Values& slice) {
                         return Step{{carry[0] * slice[0]}, {}};
                       }).carries[0]);
  FunctionCost cost = cost_of(graph);
  CHECK(cost.loop_nodes == 1);
  CHECK(cost.loop_products == 0);
  CHECK(cost.node_runs.text() == "time + 3");
  CHECK(cost.bytes_written == Dim(16) * "batch" * "time" + Dim(24) * "batch");
  FunctionCost less = cost;
  less.node_runs = 4;
  less.bytes_written = Dim(8) * "batch";
  CHECK(change_text(cost, less) == "; node runs: -time + 1; bytes written: -16*batch*time - 16*batch");
  CHECK(change_text(cost, cost).empty());
}

TEST_CASE("runtime/decoder: a loss summed through a carry compiles to the same products") {
  // The text of the lesson, written by a user: everything in the loop, the loss in a carry.
  Module module;
  Parameters parameters(module);
  Embedding embedding(parameters / "embedding", 50, 8);
  Cell cell(parameters / "cell", CellKind::gru, 8, 16);
  FeedForward combine(parameters / "combine", 32, 16, Activation::tanh),
      output(parameters / "output", 16, 50, Activation::none);
  Graph& graph = module.add_function("train");
  Value words = graph.input("words", DType::int32, {"time", "batch"}),
        next_words = graph.input("next_words", DType::int32, {"time", "batch"});
  Value states = graph.input("states", DType::float32, {"batch", "source", 16}),
        lengths = graph.input("lengths", DType::int32, {"batch"});
  ScanResult result =
      scan({cell.zero_state(graph, "batch")[0], fill(graph, DType::float32, {"batch"}, 0)}, {words, next_words},
           [&](const Values& carry, const Values& word) {
             Value h = cell(embedding(word[0]), {carry[0]})[0];
             Value weights = softmax(dot_general(h, states, {0}, {0}, {1}, {2}));
             Value context = dot_general(weights, states, {0}, {0}, {1}, {1});
             Value logits = output(combine(concatenation({h, context})));
             return Step{{h, carry[1] + cross_entropy(logits, word[1])}, {}};
           },
           {.lengths = lengths});
  graph.output("loss", sum(result.carries[1]));
  minimize(graph, sum(result.carries[1]), graph.constant(DType::float32, 0.1), Adam{}, 1.0);
  auto compiled = Executable::compile(module, "train");
  check_loops(compiled->graph(), 2, true);
}
