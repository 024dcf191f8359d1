// Sums over time that rest with their rows leave the loop as one product, not as a stack of products.
#include <doctest/doctest.h>

#include "graph/rewrite.h"
#include "graph/text.h"
#include "graph/verify.h"
#include "ops/ops.h"
#include "runtime/passes.h"

using namespace gradloom;

TEST_CASE("runtime/passes/row_sums: a product summed up row by row is one product over all steps") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"time", "batch", 3}), y = f.input("y", DType::float32, {"time", "batch", 4});
  Value start = f.input("start", DType::float32, {"batch", 3, 4});
  Value lengths = f.input("lengths", DType::int32, {"batch"});
  auto step = [](const Values& c, const Values& s) {
    return Step{{c[0] + dot_general(s[0], s[1], {0}, {0}, {}, {})}, {}};
  };
  f.output("sum", scan({start}, {x, y}, step, {.lengths = lengths}).carries[0]);
  auto optimised = extract_function(module, "f");
  CHECK(gather_accumulations(optimised, "f").text == "took 1 sum over time out of loops");
  drop_unused(optimised, "f");
  verify(optimised->function("f"));
  CHECK(
      graph_text(optimised->function("f")) ==
      R"(f(x: float32 [time, batch, 3], y: float32 [time, batch, 4], start: float32 [batch, 3, 4], lengths: int32 [batch])
  active_rows = active_rows(lengths; steps=time) bool [time, batch]
  reshape = reshape(active_rows; shape=[time, batch, 1]) bool [time, batch, 1]
  constant = constant float32 [] {0}
  where = where(reshape, x, constant) float32 [time, batch, 3]
  active_rows_2 = active_rows(lengths; steps=time) bool [time, batch]
  reshape_2 = reshape(active_rows_2; shape=[time, batch, 1]) bool [time, batch, 1]
  constant_2 = constant float32 [] {0}
  where_2 = where(reshape_2, y, constant_2) float32 [time, batch, 4]
  dot_general = dot_general(where, where_2; batch_a=[1], batch_b=[1], contract_a=[0], contract_b=[0]) float32 [batch, 3, 4]
  add = add(start, dot_general) float32 [batch, 3, 4]
  return sum = add
)");
  TensorMap inputs{{"x", Tensor::from<float>({2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3})},
                   {"y", Tensor(DType::float32, {2, 2, 4})},
                   {"start", Tensor(DType::float32, {2, 3, 4})},
                   {"lengths", Tensor::from<std::int32_t>({2}, {1, 2})}};
  for (float& number : inputs["y"].mutable_values<float>()) number = 2;
  Tensor wanted = interpret(module.function("f"), inputs).outputs.at("sum");
  CHECK(interpret(optimised->function("f"), inputs).outputs.at("sum").identical(wanted));
}
