// Products of concatenations: what of them can leave a loop does, in the forward loop and in the gradient's.
#include <doctest/doctest.h>

#include "graph/rewrite.h"
#include "graph/text.h"
#include "ops/ops.h"
#include "ops/scan.h"
#include "runtime/passes.h"
#include "runtime/product_ops.h"
#include "training/reference_workload.h"

using namespace gradloom;

namespace {

constexpr std::int64_t embedding = 5, hidden = 7;

Workload workload_with_input_feeding(CellKind cell) {
  Workload workload;
  workload.cell = cell;
  workload.input_feeding = true;
  workload.dtype = DType::float64;
  workload.size = {embedding, hidden, 11, 3, 4, 6};
  return workload;
}

// Products inside of loops of which an axis is as long as an embedding.
int products_of_words(const Graph& graph, bool is_body) {
  int found = 0;
  for (const Node& node : graph.nodes()) {
    if (node.kind != NodeKind::operation) continue;
    if (node.op == &scan_op) found += products_of_words(ScanView(node).body(), true);
    if (!is_body || !is_product(node)) continue;
    for (const Value& input : node.inputs)
      for (const Dim& dim : input.shape()) found += dim.is(embedding) || dim.is(embedding + hidden) ? 1 : 0;
  }
  return found;
}

}  // namespace

TEST_CASE("runtime/split_products: with input feeding, words' products leave both loops of the decoder") {
  for (CellKind cell : {CellKind::gru, CellKind::lstm}) {
    Workload workload = workload_with_input_feeding(cell);
    Module module;
    declare_workload(module, workload, 1.0);
    auto plain = Executable::compile(module, "train_step", {.without = {"split_products"}});
    CHECK(products_of_words(plain->graph(), false) > 0);
    auto split = Executable::compile(module, "train_step");
    CHECK_MESSAGE(products_of_words(split->graph(), false) == 0, graph_text(split->graph()));
    std::vector<double> losses, norms;
    for (const auto& executable : {plain, split}) {
      Session session(module);
      session.initialize(3);
      session.use(executable);
      TensorMap inputs = workload_batch(workload, 0);
      inputs["learning_rate"] = Tensor::scalar(DType::float64, 0.01);
      session.run("train_step", inputs);
      TensorMap outputs = session.run("train_step", inputs);
      losses.push_back(outputs.at("loss").item());
      norms.push_back(outputs.at("gradient_norm").item());
    }
    CHECK(losses[1] == doctest::Approx(losses[0]).epsilon(1e-12));
    CHECK(norms[1] == doctest::Approx(norms[0]).epsilon(1e-12));
  }
}

TEST_CASE("runtime/split_products: a product whose parts all stay, or all leave, stays one") {
  Module module;
  Graph& graph = module.add_function("f");
  Value x = graph.input("x", DType::float64, {"time", "batch", 2}), h = graph.input("h", DType::float64, {"batch", 2}),
        w = graph.input("w", DType::float64, {4, 4});
  ScanResult result = scan({h, h}, {x}, [&](const Values& carry, const Values& slice) {
    Values parts = split(matmul(concat({carry[0], carry[1]}, -1), w), -1, 2);
    Values of_slice = split(matmul(concat({slice[0], h}, -1), w), -1, 2);
    return Step{{parts[0] + of_slice[0], parts[1]}, {of_slice[1]}};
  });
  graph.output("last", result.carries[1]);
  graph.output("all", result.outputs[0]);
  std::string before = graph_text(graph);
  std::unique_ptr<Module> copy = extract_function(module, "f");
  CHECK(split_products(copy, "f").changes == 1);  // of the slice's: one half feeds a carry, the other does not
  auto count = [](const std::string& text, const std::string& part) {
    int found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
  };
  CHECK(count(graph_text(copy->function("f")), "= dot_general(") == count(before, "= dot_general(") + 2);
  CHECK(split_products(copy, "f").changes == 0);
}
