// Biases are added as products are stored: counted, and with the bits that an addition gives.
#include <doctest/doctest.h>

#include "graph/rewrite.h"
#include "ops/ops.h"
#include "runtime/passes.h"
#include "runtime/product_ops.h"
#include "runtime/session.h"
#include "tests/runtime/random_graph.h"

using namespace gradloom;
using testing::random_tensor;

namespace {

struct Counts {
  int biased = 0, plain = 0, sums = 0;
  friend bool operator==(const Counts&, const Counts&) = default;
};

Counts count_nodes(const Graph& graph) {
  Counts count;
  for (const Node& node : graph.nodes()) {
    if (node.kind != NodeKind::operation) continue;
    if (node.op == &biased_product_op)
      ++count.biased;
    else if (is_product(node))
      ++count.plain;
    else if (node.op->name == "add")
      ++count.sums;
  }
  return count;
}

Counts folded(const Module& module) {
  auto copy = extract_function(module, "f");
  fold_bias(copy, "f");
  Counts once = count_nodes(copy->function("f"));
  CHECK(fold_bias(copy, "f").changes == 0);
  CHECK(count_nodes(copy->function("f")) == once);
  return once;
}

void check_bits(const Module& module, const TensorMap& inputs) {
  for (int threads : {1, 3}) {
    Session with(module, {.threads = threads}), without(module, {.compile = {.without = {"fold_bias"}}});
    CHECK(testing::difference(with.run("f", inputs), without.run("f", inputs)) == "");
  }
}

}  // namespace

TEST_CASE("runtime/fold_bias: a row of numbers added to a product is stored with it") {
  for (DType dtype : {DType::float32, DType::float64})
    for (std::int64_t rows : {1, 7, 200}) {
      Module module;
      Graph& f = module.add_function("f");
      Value x = f.input("x", dtype, {"time", "rows", 70}), w = f.input("w", dtype, {90, 70});
      Value b = f.input("b", dtype, {90}), c = f.input("c", dtype, {1, 1, 90});
      f.output("behind", matmul(x, transpose(w, {1, 0})) + b);
      f.output("in_front", c + tanh(matmul(x, transpose(w, {1, 0})) + b));
      f.output("with_ones", c + matmul(x * 2.0, transpose(w, {1, 0})));
      CHECK(folded(module) == Counts{3, 0, 1});
      check_bits(module, {{"x", random_tensor(dtype, {3, rows, 70}, 1)},
                          {"w", random_tensor(dtype, {90, 70}, 2)},
                          {"b", random_tensor(dtype, {90}, 3)},
                          {"c", random_tensor(dtype, {1, 1, 90}, 4)}});
    }
}

TEST_CASE("runtime/fold_bias: what is not a row, or is added to what others read, stays") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {40, 70}), w = f.input("w", DType::float32, {70, 40});
  Value b = f.input("b", DType::float32, {40}), column = f.input("column", DType::float32, {40, 1});
  Value one = f.input("one", DType::float32, {1}), y = matmul(x, w);
  f.output("product", y);
  f.output("sum", y + b);
  f.output("column", matmul(x * 2.0, w) + column);
  f.output("one", matmul(x * 3.0, w) + one);
  f.output("square", matmul(x * 4.0, w) + matmul(x * 5.0, w));
  f.output("batched", dot_general(reshape(x, {8, 5, 70}), reshape(w, {8, 5, 70}), {0}, {0}, {2}, {2}) +
                          f.input("pairs", DType::float32, {5}));
  f.output("integers", matmul(f.input("i", DType::int32, {4, 3}), f.input("j", DType::int32, {3, 2})) +
                           f.input("k", DType::int32, {2}));
  CHECK(folded(module) == Counts{0, 7, 6});
}

TEST_CASE("runtime/fold_bias: rows that rest have the bias alone") {
  // The result is read whole: padded rows of x are 0, so that those of the product are.
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"time", "batch", 40}), lengths = f.input("lengths", DType::int32, {"batch"});
  Value w = f.input("w", DType::float32, {40, 50}), b = f.input("b", DType::float32, {50});
  ScanResult result = scan({fill(f, DType::float32, {"batch", 40}, 0)}, {x},
                           [](const Values& c, const Values& s) -> Step {
                             Value next = tanh(c[0] + s[0]);
                             return {{next}, {next}};
                           },
                           {.lengths = lengths});
  f.output("y", matmul(result.outputs[0], w) + b);
  TensorMap inputs{{"x", random_tensor(DType::float32, {4, 5, 40}, 1)},
                   {"w", random_tensor(DType::float32, {40, 50}, 2)},
                   {"b", random_tensor(DType::float32, {50}, 3)},
                   {"lengths", Tensor::from<std::int32_t>({5}, {4, 0, 2, 3, 1})}};
  check_bits(module, inputs);
  CHECK(testing::difference(Session(module).run("f", inputs), interpret(module.function("f"), inputs).outputs, 1e-6) ==
        "");
  std::string text;
  auto compiled = Executable::compile(module, "f");
  for (const PassReport& report : compiled->reports())
    if (report.pass == "fold_bias") text = report.text;
  CHECK_MESSAGE(text.starts_with("took a bias into 1 product"), text);
}
