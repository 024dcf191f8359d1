// Rows of padding reach no product: counted, without a clock; and what the rows that remain give is what it was.
#include <doctest/doctest.h>

#include "autodiff/gradients.h"
#include "ops/ops.h"
#include "runtime/active_product_op.h"
#include "runtime/passes.h"
#include "runtime/session.h"
#include "tests/runtime/random_graph.h"

using namespace gradloom;
using testing::random_tensor;

namespace {

constexpr std::int64_t steps = 7, rows = 9, wide = 40, classes = 70;

// A loop whose states are projected to logits, with the gradients of all weights.
void declare(Module& module, DType dtype) {
  Graph& f = module.add_function("f");
  Value x = f.input("x", dtype, {"time", "batch", wide}), w = f.input("w", dtype, {wide, wide});
  Value u = f.input("u", dtype, {wide, wide}), v = f.input("v", dtype, {classes, wide});
  Value targets = f.input("targets", DType::int32, {"time", "batch"});
  Value lengths = f.input("lengths", DType::int32, {"batch"});
  ScanResult result = scan({fill(f, dtype, {"batch", wide}, 0)}, {x, targets},
                           [&](const Values& c, const Values& s) -> Step {
                             Value next = tanh(linear(s[0], w) + linear(c[0], u));
                             return {{next}, {cross_entropy(linear(next, v), s[1])}};
                           },
                           {.lengths = lengths});
  Value loss = sum(result.outputs[0]);
  f.output("loss", loss);
  Values found = gradients(loss, {x, w, u, v});
  for (std::size_t i = 0; i < found.size(); ++i) f.output(concat_text("gradient_", i), found[i]);
}

TensorMap inputs_of(DType dtype, const std::vector<std::int32_t>& lengths) {
  std::vector<std::int32_t> targets;
  for (std::int32_t i = 0; i < steps * rows; ++i) targets.push_back(i % classes);
  return {{"x", random_tensor(dtype, {steps, rows, wide}, 1)},
          {"w", random_tensor(dtype, {wide, wide}, 2)},
          {"u", random_tensor(dtype, {wide, wide}, 3)},
          {"v", random_tensor(dtype, {classes, wide}, 4)},
          {"targets", Tensor::from<std::int32_t>({steps, rows}, targets)},
          {"lengths", Tensor::from<std::int32_t>({rows}, lengths)}};
}

int count_products(const Graph& graph) {
  int count = 0;
  for (const Node& node : graph.nodes()) count += node.op == &active_product_op ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("runtime/skip_padding: products of a loop's rows by time are given the mask of those to compute") {
  Module module;
  declare(module, DType::float32);
  auto compiled = Executable::compile(module, "f");
  // The input product, the logits and their gradient's two products, and the gradients of w, u and x.
  CHECK(count_products(compiled->graph()) == 7);
  std::string text;
  for (const PassReport& report : compiled->reports())
    if (report.pass == "skip_padding") text += report.text;
  CHECK(text == "left padding out of 7 products");
}

TEST_CASE("runtime/skip_padding: rows that are computed give what they gave, whatever the lengths and threads") {
  for (DType dtype : {DType::float32, DType::float64}) {
    Module module;
    declare(module, dtype);
    for (const std::vector<std::int32_t>& lengths :
         {std::vector<std::int32_t>{7, 7, 7, 7, 7, 7, 7, 7, 7}, std::vector<std::int32_t>{3, 0, 7, 5, 1, 6, 2, 2, 4},
          std::vector<std::int32_t>(rows, 0)}) {
      TensorMap inputs = inputs_of(dtype, lengths), expected = interpret(module.function("f"), inputs).outputs, first;
      for (int threads : {1, 2, 3, 4}) {
        Session session(module, {.threads = threads});
        TensorMap got = session.run("f", inputs);
        CHECK(testing::difference(got, expected, dtype == DType::float32 ? 2e-5 : 1e-12) == "");
        if (threads == 1) first = got;
        CHECK(testing::difference(got, first) == "");
      }
      Session masked(module, {.compile = {.without = {"skip_padding"}}});
      CHECK(testing::difference(masked.run("f", inputs), first, dtype == DType::float32 ? 2e-6 : 1e-13) == "");
    }
  }
}
