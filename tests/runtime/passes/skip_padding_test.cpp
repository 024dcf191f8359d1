// Rows of padding reach no product: counted, without a clock; and what the rows that remain give is what it was.
#include <doctest/doctest.h>

#include <cfenv>

#include "autodiff/gradients.h"
#include "graph/rewrite.h"
#include "ops/ops.h"
#include "ops/scan.h"
#include "runtime/passes.h"
#include "runtime/product_ops.h"
#include "runtime/session.h"
#include "tensor/simd.h"
#include "tests/runtime/random_graph.h"

using namespace gradloom;
using testing::random_tensor;

namespace {

constexpr std::int64_t steps = 7, rows = 16, wide = 40, classes = 70;

const std::vector<std::int32_t> some_lengths{3, 0, 7, 5, 1, 6, 2, 2, 4, 7, 7, 0, 1, 3, 6, 5};

// A loop whose states are projected to logits, with the gradients of all weights.
void declare(Module& module, DType dtype) {
  Graph& f = module.add_function("f");
  Value x = f.input("x", dtype, {"time", "batch", wide}), w = f.input("w", dtype, {wide, wide});
  Value start = f.input("start", dtype, {"batch", wide});
  Value u = f.input("u", dtype, {wide, wide}), v = f.input("v", dtype, {classes, wide});
  Value targets = f.input("targets", DType::int32, {"time", "batch"});
  Value lengths = f.input("lengths", DType::int32, {"batch"});
  ScanResult result = scan({start}, {x, targets},
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
          {"start", random_tensor(dtype, {rows, wide}, 5)},
          {"v", random_tensor(dtype, {classes, wide}, 4)},
          {"targets", Tensor::from<std::int32_t>({steps, rows}, targets)},
          {"lengths", Tensor::from<std::int32_t>({rows}, lengths)}};
}

// Those with a mask, in loops or not.
int count_products(const Graph& graph, bool inside) {
  int count = 0;
  for (const Node& node : graph.nodes()) {
    if (!inside) count += node.op == &active_product_op ? 1 : 0;
    if (inside && node.op == &scan_op) count += count_products(ScanView(node).body(), false);
  }
  return count;
}

}  // namespace

TEST_CASE("runtime/skip_padding: products of a loop's rows by time are given the mask of those to compute") {
  Module module;
  declare(module, DType::float32);
  auto compiled = Executable::compile(module, "f");
  // The input product, the logits and their gradient's two products, and the gradients of w, u and x.
  CHECK(count_products(compiled->graph(), false) == 7);
  // The product of the state, and that of its gradient.
  CHECK(count_products(compiled->graph(), true) == 2);
  std::string text;
  for (const PassReport& report : compiled->reports())
    if (report.pass == "skip_padding") text += report.text;
  CHECK_MESSAGE(text.starts_with("left padding out of 9 products and 1 loss"), text);
}

TEST_CASE("runtime/skip_padding: rows that are computed give what they gave, whatever the lengths and threads") {
  for (DType dtype : {DType::float32, DType::float64}) {
    Module module;
    declare(module, dtype);
    for (const std::vector<std::int32_t>& lengths :
         {std::vector<std::int32_t>(rows, 7), some_lengths, std::vector<std::int32_t>(rows, 0)}) {
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

TEST_CASE("runtime/skip_padding: padded rows are not multiplied, outside of loops or inside") {
  if (simd::tiles<float>().product == nullptr) return;  // no kernel takes lists of rows
  Module module;
  declare(module, DType::float32);
  const std::vector<std::int32_t>& lengths = some_lengths;
  TensorMap inputs = inputs_of(DType::float32, lengths);
  // Twice this overflows, and the processor remembers that an operation did.
  constexpr float huge = 3e38f;
  auto x = inputs.at("x").mutable_values<float>(), start = inputs.at("start").mutable_values<float>();
  for (std::size_t t = 0; t < steps; ++t)
    for (std::size_t row = 0; row < rows; ++row)
      if (static_cast<std::int32_t>(t) >= lengths[row]) std::fill_n(x.begin() + (t * rows + row) * wide, wide, huge);
  // The state of a row without steps rests from the beginning.
  std::fill_n(start.begin() + wide, wide, huge);
  auto overflows = [&](std::vector<std::string> without) {
    Session session(module, {.compile = {.without = std::move(without)}});
    std::feclearexcept(FE_ALL_EXCEPT);
    session.run("f", inputs);
    return std::fetestexcept(FE_OVERFLOW) != 0;
  };
  CHECK_FALSE(overflows({}));
  CHECK(overflows({"skip_padding"}));
}

TEST_CASE("runtime/skip_padding: a product whose resting rows are read inside of a loop is whole") {
  for (bool reads : {false, true}) {
    Module module;
    Graph& f = module.add_function("f");
    ScanParts parts;
    parts.carries = {f.input("h", DType::float32, {"batch", wide})};
    parts.constants = {f.input("u", DType::float32, {wide, wide})};
    parts.lengths = f.input("lengths", DType::int32, {"batch"});
    parts.length = "time";
    // An output without rows, as gradients make them, is defined at every step by all of them.
    if (reads) parts.plain_outputs = {0};
    BodyScope scope(f, "body");
    Graph& body = scope.body();
    Value h = body.input("h", DType::float32, {"batch", wide}), u = body.input("u", DType::float32, {wide, wide});
    Value y = matmul(h, u);
    body.output("next", tanh(y));
    body.output("each", reads ? sum(y, {0}) : y);
    f.end_body(body);
    parts.body = &body;
    Values results = add_scan(f, parts);
    f.output("last", results[0]);
    f.output("each", results[1]);
    auto copy = extract_function(module, "f");
    skip_padding(copy, "f");
    CHECK(count_products(copy->function("f"), true) == (reads ? 0 : 1));
  }
}
