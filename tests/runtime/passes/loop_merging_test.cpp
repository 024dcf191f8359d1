// Passes over whole loops: merging two of them, and handing values in and out once.
#include <doctest/doctest.h>

#include "autodiff/gradients.h"
#include "graph/rewrite.h"
#include "graph/text.h"
#include "graph/verify.h"
#include "ops/ops.h"
#include "ops/scan.h"
#include "runtime/passes.h"

using namespace gradloom;

namespace {

int count_scans(const Graph& graph) {
  int count = 0;
  for (const Node& node : graph.nodes()) count += node.op == &scan_op ? 1 : 0;
  return count;
}

// A recurrent step with a weight; the loss is the sum over everything it returns.
Value recurrent_loss(Graph& f, const ScanOptions& options) {
  Value s = f.input("s", DType::float32, {"time", "batch", 4}), start = f.input("start", DType::float32, {"batch", 4});
  Value weight = f.input("weight", DType::float32, {4, 4});
  auto step = [&](const Values& c, const Values& x) {
    Value next = tanh(matmul(c[0], weight) + x[0]);
    return Step{{next}, {next * next}};
  };
  ScanResult result = scan({start}, {s}, step, options);
  return sum(result.outputs[0]) + sum(result.carries[0]);
}

}  // namespace

TEST_CASE("runtime/passes/loop_merging: the forward loop of a gradient is the declared one") {
  for (bool has_lengths : {false, true}) {
    Module module;
    Graph& f = module.add_function("f");
    ScanOptions options;
    if (has_lengths) options.lengths = f.input("lengths", DType::int32, {"batch"});
    Value loss = recurrent_loss(f, options);
    f.output("loss", loss);
    f.output("gradient", gradients(loss, {f.input_named("weight")})[0]);
    auto optimised = extract_function(module, "f");
    drop_unused(optimised, "f");
    CHECK(count_scans(optimised->function("f")) == 3);
    CHECK(merge_scans(optimised, "f").text == "merged 1 loop into others");
    verify(optimised->function("f"));
    CHECK(count_scans(optimised->function("f")) == 2);
    CHECK(merge_scans(optimised, "f").changes == 0);
  }
}

TEST_CASE("runtime/passes/loop_merging: loops that carry other values stay apart") {
  Module module;
  Graph& f = module.add_function("f");
  Value s = f.input("s", DType::float32, {"time", 4}), x = f.input("x", DType::float32, {4});
  auto loop = [&](Value start, Value sequence, double factor, bool reverse) {
    auto step = [&](const Values& c, const Values& v) { return Step{{c[0] * factor + v[0]}, {}}; };
    return scan({start}, {sequence}, step, {.reverse = reverse}).carries[0];
  };
  f.output("a", loop(x, s, 2, false));
  f.output("factor", loop(x, s, 3, false));
  f.output("reversed", loop(x, s, 2, true));
  f.output("start", loop(x + 1.0, s, 2, false));
  f.output("slices", loop(x, s + 1.0, 2, false));
  auto optimised = extract_function(module, "f");
  CHECK(merge_scans(optimised, "f").changes == 0);
}

TEST_CASE("runtime/passes/loop_merging: a loop whose operands come later is not moved in front of them") {
  Module module;
  Graph& f = module.add_function("f");
  Value s = f.input("s", DType::float32, {"time", 4}), x = f.input("x", DType::float32, {4});
  ScanResult first = scan({x}, {s}, [](const Values& c, const Values& v) { return Step{{c[0] + v[0]}, {}}; });
  // It has the same carry, but an output of the first loop's result.
  ScanResult second = scan({x}, {s}, [&](const Values& c, const Values& v) {
    return Step{{c[0] + v[0]}, {c[0] * first.carries[0]}};
  });
  f.output("a", first.carries[0]);
  f.output("b", second.outputs[0]);
  auto optimised = extract_function(module, "f");
  CHECK(merge_scans(optimised, "f").changes == 0);
}

TEST_CASE("runtime/passes/loop_merging: tidy_loops hands values in and out once") {
  Module module;
  Graph& f = module.add_function("f");
  Value s = f.input("s", DType::float32, {"time", 4}), x = f.input("x", DType::float32, {4});
  Value half = f.constant(DType::float32, 0.5);
  ScanResult result = scan({x}, {s, s}, [&](const Values& c, const Values& v) {
    Value kept = c[0] * half, added = v[0] * v[1], next = kept + added;
    return Step{{next}, {next, c[0], next}};
  });
  f.output("a", result.outputs[0]);
  f.output("b", result.outputs[1]);
  f.output("c", result.outputs[2]);
  auto optimised = extract_function(module, "f");
  CHECK(tidy_loops(optimised, "f").text == "spared loops 3 operands or results");
  verify(optimised->function("f"));
  CHECK(tidy_loops(optimised, "f").changes == 0);
  drop_unused(optimised, "f");
  CHECK(graph_text(optimised->function("f")) == R"(f(s: float32 [time, 4], x: float32 [4])
  scan, scan:1, scan:2 = scan(x, s; body=f/scan_2, has_lengths=false, length=time, num_carries=1, num_constants=0, num_sequences=1, plain_carries=[], plain_outputs=[], reverse=false) float32 [4], float32 [time, 4], float32 [time, 4]
    f/scan_2(carry_0: float32 [4], slice_0: float32 [4])
      constant = constant float32 [] {0.5}
      mul = mul(carry_0, constant) float32 [4]
      mul_2 = mul(slice_0, slice_0) float32 [4]
      add = add(mul, mul_2) float32 [4]
      return carry_0 = add
      return output_0 = add
      return output_1 = carry_0
  return a = scan:1
  return b = scan:2
  return c = scan:1
)");
}
