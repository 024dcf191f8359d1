// What the table of samples does not show of products: which graph the sugar makes, and results of whole numbers.
#include <doctest/doctest.h>

#include "autodiff/batching.h"
#include "autodiff/gradients.h"
#include "graph/op_def.h"
#include "tests/ops/probe.h"

using namespace gradloom;

namespace {

// `dot_general reshape`: the operations of a graph in order.
std::string ops_of(const Graph& graph, std::size_t from = 0) {
  std::string ops;
  for (std::size_t i = from; i < graph.nodes().size(); ++i)
    if (graph.nodes()[i].op) ops += (ops.empty() ? "" : " ") + std::string(graph.nodes()[i].op->name);
  return ops;
}

}  // namespace

TEST_CASE("ops/product: whole numbers, nothing to sum and no rows") {
  Probe probe;
  Value a = probe.input(counted<std::int32_t>({2, 3})), b = probe.input(counted<std::int32_t>({3, 2}));
  CHECK(probe.run(matmul(a, b)).to_vector<std::int32_t>() == std::vector<std::int32_t>{10, 13, 28, 40});
  Value f = probe.input(counted<float>({2, 3}));
  CHECK(probe.run(dot_general(f, f, {}, {}, {0, 1}, {0, 1})).to_vector<float>() == std::vector<float>{55});
  Value none = probe.input(Tensor(DType::float32, {2, 0})), rows = probe.input(Tensor(DType::float32, {0, 2}));
  CHECK(probe.run(matmul(none, rows)).to_vector<float>() == std::vector<float>{0, 0, 0, 0});
  CHECK(probe.run(matmul(rows, none)).size() == 0);
  Value large = probe.input(Tensor::from<std::int32_t>({1}, {1 << 30}));
  CHECK(probe.run(matmul(large, large)).item() == 0);
}

TEST_CASE("ops/product: matmul repeats no operand, and has batch axes only where both have them") {
  struct Sample {
    Dims a, b;
    const char* result;
    std::size_t batch_axes;
    const char* ops;
  };
  for (const Sample& sample : {
           Sample{{"m", "k"}, {"k", "n"}, "float32 [m, n]", 0, "dot_general"},
           Sample{{"batch", "m", "k"}, {"k", "n"}, "float32 [batch, m, n]", 0, "dot_general"},
           Sample{{"batch", "heads", "m", "k"}, {"k"}, "float32 [batch, heads, m]", 0, "dot_general"},
           Sample{{"k"}, {"batch", "k", "n"}, "float32 [batch, n]", 0, "dot_general"},
           Sample{{"m", "k"}, {"batch", "k", "n"}, "float32 [batch, m, n]", 0, "dot_general transpose"},
           Sample{{"batch", "m", "k"}, {"batch", "k", "n"}, "float32 [batch, m, n]", 1, "dot_general"},
           Sample{{"batch", 1, "m", "k"},
                  {"heads", "k", "n"},
                  "float32 [batch, heads, m, n]",
                  0,
                  "reshape dot_general transpose"},
           Sample{{"batch", 1, "m", "k"},
                  {"batch", "heads", "k", "n"},
                  "float32 [batch, heads, m, n]",
                  1,
                  "reshape dot_general transpose"},
       }) {
    Module module;
    Graph& graph = module.add_function("f");
    Value y = matmul(graph.input("a", DType::float32, sample.a), graph.input("b", DType::float32, sample.b));
    CHECK(y.type().text() == sample.result);
    CHECK(ops_of(graph) == sample.ops);
    for (const Node& node : graph.nodes())
      if (node.op && node.op->name == "dot_general")
        CHECK(node.attributes.get<Axes>("batch_a").size() == sample.batch_axes);
  }
}

TEST_CASE("ops/product: gradients and sums of a linear layer are products without transpositions") {
  Module module;
  Graph& graph = module.add_function("f");
  Value x = graph.input("x", DType::float32, {"batch", 3}), weight = graph.input("weight", DType::float32, {4, 3});
  Value y = linear(x, weight), dy = graph.input("dy", DType::float32, {"batch", 4});
  std::size_t before = graph.nodes().size();
  Values dx = vector_jacobian_product({y}, {dy}, {x, weight});
  CHECK(ops_of(graph, before) == "dot_general dot_general");
  // Over time: dy [time, batch, 4] and x [time, batch, 3] become the weight's gradient in one product.
  Node product = dx[1].node();
  Value all_dy = graph.input("all_dy", DType::float32, {"time", "batch", 4});
  Value all_x = graph.input("all_x", DType::float32, {"time", "batch", 3});
  before = graph.nodes().size();
  Value total = accumulate_node(graph, product, {all_dy, all_x}, {true, true}, "time");
  CHECK(total.type().text() == "float32 [4, 3]");
  CHECK(ops_of(graph, before) == "dot_general");
  CHECK(total.node().attributes.get<Axes>("contract_a") == Axes{0, 1});
}

TEST_CASE("ops/product: attention over all steps is one product with the batch's axis") {
  Module module;
  Graph& graph = module.add_function("f");
  Value query = graph.input("query", DType::float32, {"batch", 4});
  Value states = graph.input("states", DType::float32, {"batch", "source", 4});
  Node scores = dot_general(query, states, {0}, {0}, {1}, {2}).node();
  Value queries = graph.input("queries", DType::float32, {"time", "batch", 4});
  std::size_t before = graph.nodes().size();
  Value all = batch_node(graph, scores, {queries, states}, {true, false}, "time")[0];
  CHECK(all.type().text() == "float32 [time, batch, source]");
  CHECK(ops_of(graph, before) == "dot_general transpose");
  CHECK(graph.nodes()[before].types[0].text() == "float32 [batch, time, source]");
}
