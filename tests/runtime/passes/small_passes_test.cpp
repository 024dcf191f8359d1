// Each pass that stays within a graph, by the text of a function before and after it.
#include <doctest/doctest.h>

#include "autodiff/gradients.h"
#include "graph/rewrite.h"
#include "graph/text.h"
#include "graph/verify.h"
#include "ops/ops.h"
#include "runtime/passes.h"

using namespace gradloom;

namespace {

// The text of f after one pass, with what the pass says in front.
std::string after(PassRule pass, const Module& source) {
  auto module = extract_function(source, "f");
  PassResult result = pass(module, "f");
  verify(module->function("f"));
  CHECK(result.changes > 0);
  CHECK(pass(module, "f").changes == 0);
  return result.text + "\n" + graph_text(module->function("f"));
}

}  // namespace

TEST_CASE("runtime/passes/small: drop_unused removes nodes, and what loops need not do") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"time", "n"});
  Value start = f.input("start", DType::float32, {"n"});
  exp(x);
  ScanResult result = scan({start, start}, {x, x}, [&](const Values& c, const Values& s) {
    Value gone = s[1] * start;
    return Step{{c[0] + s[0], gone}, {c[1] + gone, tanh(c[0])}};
  });
  f.output("y", result.outputs[1]);
  CHECK(after(drop_unused, module) == R"(removed 3 nodes, 3 operands of loops, 2 results of loops
f(x: float32 [time, n], start: float32 [n])
  scan, scan:1 = scan(start, x; body=f/scan, has_lengths=false, length=time, num_carries=1, num_constants=0, num_sequences=1, plain_carries=[], plain_outputs=[], reverse=false) float32 [n], float32 [time, n]
    f/scan(carry_0: float32 [n], slice_0: float32 [n])
      add = add(carry_0, slice_0) float32 [n]
      tanh = tanh(carry_0) float32 [n]
      return carry_0 = add
      return output_1 = tanh
  return y = scan:1
)");
}

TEST_CASE("runtime/passes/small: rows that a loss's gradient is chosen away at have weight 0, whatever their logits") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"n", 5}), targets = f.input("targets", DType::int32, {"n"});
  Value keep = f.input("keep", DType::boolean, {"n"});
  Value rows = expand_dims(keep, {1}), zero = f.constant(DType::float32, 0);
  Value loss = sum(cross_entropy(where(rows, x, zero), targets) * 3.0);
  f.output("gradient", gradients(loss, {x})[0]);
  // The condition is one value in both places once equal nodes are shared.
  auto rewritten = extract_function(module, "f");
  run_passes(rewritten, "f", {"fuse"});
  std::string text = graph_text(rewritten->function("f"));
  CHECK_MESSAGE(text.find("cross_entropy_gradient(x, targets, where") != std::string::npos, text);
  CHECK_MESSAGE(text.find("return gradient = gradient/cross_entropy_gradient") != std::string::npos, text);
}

TEST_CASE("runtime/passes/small: fold_constants computes small constants and leaves what would be large or fails") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {2});
  Value two = f.constant(DType::float32, 2), pair = f.constant(Tensor::from<float>({2}, {3, 4}));
  Value folded = two * pair;
  Value large = fill(f, DType::float32, {1000}, 1);
  Value one = f.constant(DType::int32, 1), zero = f.constant(DType::int32, 0);
  Value fails = one / zero;
  f.output("y", x + folded);
  f.output("large", large);
  f.output("fails", fails);
  f.output("size", dim(f, 7));
  CHECK(after(fold_constants, module) == R"(computed 2 nodes
f(x: float32 [2])
  constant = constant float32 [] {2}
  constant_2 = constant float32 [2] {3, 4}
  mul = constant float32 [2] {6, 8}
  constant_3 = constant float32 [] {1}
  broadcast_to = broadcast_to(constant_3; shape=[1000]) float32 [1000]
  constant_4 = constant int32 [] {1}
  constant_5 = constant int32 [] {0}
  div = div(constant_4, constant_5) int32 []
  add = add(x, mul) float32 [2]
  dim = constant int64 [] {7}
  return y = add
  return large = broadcast_to
  return fails = div
  return size = dim
)");
}

TEST_CASE("runtime/passes/small: fold_constants keeps every digit of float64") {
  Module module;
  Graph& f = module.add_function("f");
  Value third = f.constant(DType::float64, 1) / f.constant(DType::float64, 3);
  f.output("y", f.input("x", DType::float64, {2}) + third);
  auto folded = extract_function(module, "f");
  REQUIRE(fold_constants(folded, "f").changes == 1);
  const Graph& rewritten = folded->function("f");
  std::size_t found = 0;
  for (const Node& node : rewritten.nodes())
    if (node.kind == NodeKind::constant && node.literal.item() == 1.0 / 3.0) ++found;
  CHECK(found == 1);
}

TEST_CASE("runtime/passes/small: simplify removes nodes that change nothing and joins pairs") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"n", 3});
  Value ones = fill(f, DType::float32, {"n", 3}, 1);
  f.output("neutral", stop_gradient((x + 0.0) * ones / 1.0 - 0.0));
  f.output("pairs", neg(neg(transpose(transpose(x)))));
  f.output("same", reshape(slice(x, 0, 0, "n"), {"n", 3}));
  f.output("shapes", reshape(reshape(x, {3, "n"}), {Dim("n") * 3}));
  CHECK(after(simplify, module) == R"(simplified 10 nodes
f(x: float32 [n, 3])
  constant = constant float32 [] {1}
  broadcast_to = broadcast_to(constant; shape=[n, 3]) float32 [n, 3]
  constant_2 = constant float32 [] {0}
  constant_3 = constant float32 [] {1}
  constant_4 = constant float32 [] {0}
  transpose = transpose(x; permutation=[1, 0]) float32 [3, n]
  neg = neg(x) float32 [n, 3]
  reshape_2 = reshape(x; shape=[3, n]) float32 [3, n]
  reshape_3 = reshape(x; shape=[3*n]) float32 [3*n]
  return neutral = x
  return pairs = x
  return same = x
  return shapes = reshape_3
)");
}

TEST_CASE("runtime/passes/small: simplify lets operations broadcast and read transposed operands") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"n", 3}), y = f.input("y", DType::float32, {"n", 4});
  Value scale = f.input("scale", DType::float32, {});
  f.output("scaled", x * broadcast_to(scale, {"n", 3}));
  // Here the broadcast makes the shape.
  Value row = broadcast_to(scale, {"n"}), again = broadcast_to(scale, {"n"});
  f.output("made", row + again);
  f.output("product", matmul(transpose(x), y));
  Value cube = f.input("cube", DType::float32, {2, 5, "n"});
  // The free axes would come out in another order.
  f.output("swapped", dot_general(transpose(cube, {1, 0, 2}), y, {}, {}, {2}, {0}));
  CHECK(after(simplify, module) == R"(simplified 3 nodes
f(x: float32 [n, 3], y: float32 [n, 4], scale: float32 [], cube: float32 [2, 5, n])
  broadcast_to = broadcast_to(scale; shape=[n, 3]) float32 [n, 3]
  mul = mul(x, scale) float32 [n, 3]
  broadcast_to_2 = broadcast_to(scale; shape=[n]) float32 [n]
  broadcast_to_3 = broadcast_to(scale; shape=[n]) float32 [n]
  add = add(scale, broadcast_to_3) float32 [n]
  transpose = transpose(x; permutation=[1, 0]) float32 [3, n]
  dot_general = dot_general(x, y; batch_a=[], batch_b=[], contract_a=[0], contract_b=[0]) float32 [3, 4]
  transpose_2 = transpose(cube; permutation=[1, 0, 2]) float32 [5, 2, n]
  dot_general_2 = dot_general(transpose_2, y; batch_a=[], batch_b=[], contract_a=[2], contract_b=[0]) float32 [5, 2, 4]
  return scaled = mul
  return made = add
  return product = dot_general
  return swapped = dot_general_2
)");
}

TEST_CASE("runtime/passes/small: simplify asks a condition once") {
  Module module;
  Graph& f = module.add_function("f");
  Value c = f.input("c", DType::boolean, {"n", 1}), other = f.input("other", DType::boolean, {"n", 1});
  Value x = f.input("x", DType::float32, {"n", 3}), y = f.input("y", DType::float32, {});
  f.output("first", where(c, where(c, x, y), y));
  f.output("second", where(c, y, where(c, y, x)));
  f.output("kept", where(c, where(other, x, y), y));
  // Without x the shape would be [n, 1].
  f.output("shape", where(c, y, where(c, x, y)));
  CHECK(after(simplify, module) == R"(simplified 2 nodes
f(c: bool [n, 1], other: bool [n, 1], x: float32 [n, 3], y: float32 [])
  where = where(c, x, y) float32 [n, 3]
  where_2 = where(c, x, y) float32 [n, 3]
  where_3 = where(c, y, x) float32 [n, 3]
  where_4 = where(c, y, x) float32 [n, 3]
  where_5 = where(other, x, y) float32 [n, 3]
  where_6 = where(c, where_5, y) float32 [n, 3]
  where_7 = where(c, x, y) float32 [n, 3]
  where_8 = where(c, y, where_7) float32 [n, 3]
  return first = where_2
  return second = where_4
  return kept = where_6
  return shape = where_8
)");
}

TEST_CASE("runtime/passes/small: share_equal shares operations, constants and loops") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"n"}), y = f.input("y", DType::float32, {"n"});
  Value s = f.input("s", DType::float32, {"time", "n"});
  auto loop = [&] {
    return scan({x}, {s}, [](const Values& c, const Values& v) { return Step{{c[0] + v[0] * 0.5}, {}}; }).carries[0];
  };
  Value left = x * 2.0 + y, right = x * 2.0;
  f.output("a", left * (y + right));
  Value total = sum(x, {0}), kept = sum(x, {0}, true), there = x - y, back = y - x;
  f.output("b", total * kept);
  f.output("c", there * back);
  Value first = loop(), second = loop();
  f.output("d", first + second);
  CHECK(after(share_equal, module) == R"(shared 4 nodes
f(x: float32 [n], y: float32 [n], s: float32 [time, n])
  constant = constant float32 [] {2}
  mul = mul(x, constant) float32 [n]
  add = add(mul, y) float32 [n]
  mul_3 = mul(add, add) float32 [n]
  sum = sum(x; axes=[0], keep_dims=false) float32 []
  sum_2 = sum(x; axes=[0], keep_dims=true) float32 [1]
  sub = sub(x, y) float32 [n]
  sub_2 = sub(y, x) float32 [n]
  mul_4 = mul(sum, sum_2) float32 [1]
  mul_5 = mul(sub, sub_2) float32 [n]
  scan = scan(x, s; body=f/scan, has_lengths=false, length=time, num_carries=1, num_constants=0, num_sequences=1, plain_carries=[], plain_outputs=[], reverse=false) float32 [n]
    f/scan(carry_0: float32 [n], slice_0: float32 [n])
      constant = constant float32 [] {0.5}
      mul = mul(slice_0, constant) float32 [n]
      add = add(carry_0, mul) float32 [n]
      return carry_0 = add
  add_3 = add(scan, scan) float32 [n]
  return a = mul_3
  return b = mul_4
  return c = mul_5
  return d = add_3
)");
}
