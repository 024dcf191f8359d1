// The passes that move work out of loops: the graph before and after as text, and equal results on loops with and
// without lengths, in both directions, in gradients and in loops within loops.
#include <doctest/doctest.h>

#include <cmath>

#include "../../autodiff/finite_difference.h"
#include "autodiff/gradients.h"
#include "graph/rewrite.h"
#include "graph/text.h"
#include "graph/verify.h"
#include "ops/ops.h"
#include "runtime/passes.h"

using namespace gradloom;

namespace {

using Declare = std::function<void(Graph&)>;

TensorMap inputs_of(const Graph& graph, const Binding& binding) {
  TensorMap inputs;
  std::uint64_t seed = 1;
  for (const Value& input : graph.inputs()) {
    Shape shape = evaluate(input.shape(), binding);
    Tensor tensor = random_tensor(shape, seed++);
    if (input.dtype() == DType::int64) {
      // Lengths: 0, 1, 2, ... up to the number of steps, in a mixed order.
      tensor = Tensor(DType::int64, shape);
      std::int64_t i = 0;
      for (auto& x : tensor.mutable_values<std::int64_t>()) x = (3 * i++ + 2) % (binding.at("time") + 1);
    }
    inputs[input.node().name] = tensor;
  }
  return inputs;
}

double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  auto x = a.cast(DType::float64), y = b.cast(DType::float64);
  double largest = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    double p = x.values<double>()[static_cast<std::size_t>(i)], q = y.values<double>()[static_cast<std::size_t>(i)];
    bool same = std::isnan(p) == std::isnan(q);
    largest = std::max(largest, same ? std::abs(p - q) / std::max(1.0, std::abs(p)) : 1e9);
  }
  return largest;
}

// Runs the named passes until they change nothing and holds every output against the plain graph.
std::string optimized(const Declare& declare, const std::vector<PassRule>& passes,
                      const Binding& binding = {{"batch", 4}, {"time", 5}}) {
  Module module;
  declare(module.add_function("f"));
  verify(module);
  auto changed = extract_function(module, "f");
  for (int round = 0, changes = 1; changes > 0; ++round) {
    REQUIRE(round < 20);
    changes = 0;
    for (PassRule pass : passes) {
      changes += static_cast<int>(pass(changed, "f").changes);
      CHECK_NOTHROW(verify(*changed));
    }
  }
  TensorMap inputs = inputs_of(module.function("f"), binding);
  auto plain = interpret(module.function("f"), inputs).outputs;
  auto fast = interpret(changed->function("f"), inputs).outputs;
  for (const auto& [name, tensor] : plain)
    CHECK_MESSAGE(largest_difference(tensor, fast.at(name)) < 1e-12, name, "\n", graph_text(changed->function("f")));
  return graph_text(changed->function("f"));
}

const std::vector<PassRule> all_loop_passes{drop_unused, constant_carries, gather_accumulations, hoist, sink};

void declare_layer(Graph& graph, const ScanOptions& plain, bool with_lengths) {
  ScanOptions options = plain;
  Value x = graph.input("x", DType::float64, {"time", "batch", 2}),
        h0 = graph.input("h0", DType::float64, {"batch", 3});
  Value w = graph.input("w", DType::float64, {2, 3}), u = graph.input("u", DType::float64, {3, 3});
  Value v = graph.input("v", DType::float64, {3, 2}), b = graph.input("b", DType::float64, {3});
  if (with_lengths) options.lengths = graph.input("lengths", DType::int64, {"batch"});
  ScanResult result = scan(
      {h0}, {x},
      [&](const Values& h, const Values& slice) {
        Value next = tanh(matmul(slice[0], w) + matmul(h[0], u) + b);
        return Step{{next}, {softmax(matmul(next, v)), log(square(slice[0]))}};
      },
      options);
  Value loss = sum(square(result.outputs[0])) + sum(result.carries[0]) + sum(result.outputs[1]);
  graph.output("last", result.carries[0]);
  graph.output("all", result.outputs[0]);
  graph.output("slices", result.outputs[1]);
  Values wanted{x, h0, w, u, v, b};
  Values grads = gradients(loss, wanted);
  for (std::size_t i = 0; i < grads.size(); ++i) graph.output("grad_" + wanted[i].node().name, grads[i]);
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("runtime/hoist: what depends on slices and constants only is computed for all steps at once") {
  std::string text = optimized(
      [](Graph& graph) {
        Value x = graph.input("x", DType::float64, {"time", "batch", 2}), w = graph.input("w", DType::float64, {2, 3});
        Value h = graph.input("h", DType::float64, {"batch", 3});
        graph.output("last", scan({h}, {x}, [&](const Values& carry, const Values& slice) {
                               return Step{{carry[0] * matmul(slice[0], w)}, {}};
                             }).carries[0]);
      },
      {hoist});
  CHECK(text ==
        "f(x: float64 [time, batch, 2], w: float64 [2, 3], h: float64 [batch, 3])\n"
        "  dot_general = dot_general(x, w; batch_a=[], batch_b=[], contract_a=[2], contract_b=[0]) float64 [time, "
        "batch, 3]\n"
        "  scan = scan(h, dot_general; body=f/scan_2, has_lengths=false, length=time, num_carries=1, num_constants=0, "
        "num_sequences=1, plain_carries=[], plain_outputs=[], reverse=false) float64 [batch, 3]\n"
        "    f/scan_2(carry_0: float64 [batch, 3], dot_general: float64 [batch, 3])\n"
        "      mul = mul(carry_0, dot_general) float64 [batch, 3]\n"
        "      return carry_0 = mul\n"
        "  return last = scan\n");
}

TEST_CASE("runtime/sink: what feeds no carry is computed behind the loop") {
  std::string text = optimized(
      [](Graph& graph) {
        Value x = graph.input("x", DType::float64, {"time", "batch", 2}), w = graph.input("w", DType::float64, {2, 3});
        Value h = graph.input("h", DType::float64, {"batch", 2});
        graph.output("all", scan({h}, {x}, [&](const Values& carry, const Values& slice) {
                              Value next = carry[0] * slice[0];
                              return Step{{next}, {matmul(next, w)}};
                            }).outputs[0]);
      },
      {sink, drop_unused});
  CHECK(count(text, "dot_general(") == 1);
  CHECK(text.find("    dot_general") == std::string::npos);
}

TEST_CASE("runtime/gather_accumulations: sums over time leave the loop by the ops' accumulation rules") {
  std::string text = optimized(
      [](Graph& graph) {
        Value x = graph.input("x", DType::float64, {"time", "batch", 2}),
              y = graph.input("y", DType::float64, {"time", "batch", 3});
        Value c = graph.input("c", DType::float64, {2, 3}), d = graph.input("d", DType::float64, {"batch", 2});
        ScanResult result = scan({c, d}, {x, y}, [&](const Values& carry, const Values& slice) {
          Value next = tanh(carry[1] + slice[0]);
          return Step{{carry[0] + matmul(transpose(next), slice[1]), next}, {}};
        });
        graph.output("sum", result.carries[0]);
        graph.output("last", result.carries[1]);
      },
      {gather_accumulations});
  CHECK(count(text, "dot_general(") == 1);
  CHECK(text.find("    dot_general") == std::string::npos);
}

TEST_CASE("runtime/loop passes: a layer and its gradients, with and without lengths, in both directions") {
  for (bool with_lengths : {false, true})
    for (bool reverse : {false, true}) {
      auto declare = [&](Graph& graph) { declare_layer(graph, {.reverse = reverse}, with_lengths); };
      std::string text = optimized(declare, all_loop_passes);
      // Inside stay the recurrent product of each direction of time: forward (twice until merged) and backward.
      CHECK_MESSAGE(count(text, "      dot_general") + count(text, "      combine") == 3, text);
      for (PassRule alone : {hoist, sink, gather_accumulations, constant_carries}) optimized(declare, {alone});
    }
}

TEST_CASE("runtime/loop passes: no steps") {
  auto declare = [&](Graph& graph) { declare_layer(graph, {}, true); };
  optimized(declare, all_loop_passes, {{"batch", 4}, {"time", 0}});
  optimized(declare, all_loop_passes, {{"batch", 0}, {"time", 3}});
}

TEST_CASE("runtime/loop passes: a loss that is summed through a carry, rows frozen by lengths") {
  std::string text = optimized(
      [](Graph& graph) {
        Value x = graph.input("x", DType::float64, {"time", "batch", 2}),
              h = graph.input("h", DType::float64, {"batch", 2});
        Value loss = graph.input("loss", DType::float64, {"batch"});
        ScanOptions options{.lengths = graph.input("lengths", DType::int64, {"batch"})};
        ScanResult result = scan(
            {h, loss}, {x},
            [&](const Values& carry, const Values& slice) {
              Value next = tanh(carry[0] * slice[0]);
              return Step{{next, carry[1] + sum(square(next), {1})}, {}};
            },
            options);
        graph.output("last", result.carries[0]);
        graph.output("total", result.carries[1]);
      },
      all_loop_passes);
  CHECK(text.find("      sum") == std::string::npos);
}

TEST_CASE("runtime/loop passes: loops in loops, with their gradients") {
  optimized(
      [](Graph& graph) {
        Value a = graph.input("a", DType::float64, {3}), x = graph.input("x", DType::float64, {"time", 2, 3});
        Value w = graph.input("w", DType::float64, {3});
        ScanResult outer = scan({a}, {x}, [&](const Values& p, const Values& rows) {
          ScanResult inner = scan({p[0]}, {rows[0]}, [&](const Values& q, const Values& row) {
            Value next = sin(q[0] * w + row[0] * p[0]);
            return Step{{next}, {next * w, exp(row[0])}};
          });
          return Step{{inner.carries[0] + sum(inner.outputs[0], {0})}, {inner.outputs[0], inner.outputs[1]}};
        });
        graph.output("last", outer.carries[0]);
        graph.output("all", outer.outputs[0]);
        Values grads = gradients(sum(square(outer.carries[0])) + sum(outer.outputs[1]), {a, x, w});
        for (std::size_t i = 0; i < grads.size(); ++i) graph.output(concat_text("grad_", i), grads[i]);
      },
      all_loop_passes);
}

TEST_CASE("runtime/constant_carries: a carry that never changes is a constant") {
  std::string text = optimized(
      [](Graph& graph) {
        Value x = graph.input("x", DType::float64, {"time", "batch"}), c = graph.input("c", DType::float64, {"batch"});
        ScanResult result = scan({c, c}, {x}, [&](const Values& carry, const Values& slice) {
          return Step{{carry[0], carry[1] * slice[0] + carry[0]}, {carry[0]}};
        });
        graph.output("same", result.carries[0]);
        graph.output("last", result.carries[1]);
        graph.output("all", result.outputs[0]);
      },
      {constant_carries});
  CHECK(text.find("num_carries=1, num_constants=1") != std::string::npos);
  CHECK(text.find("return same = c\n") != std::string::npos);
}
