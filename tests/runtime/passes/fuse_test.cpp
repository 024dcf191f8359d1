// Fused groups against the plain operations: broadcasting on every side, several results, loops, in place, threads.
#include <doctest/doctest.h>

#include "../../autodiff/finite_difference.h"
#include "graph/rewrite.h"
#include "graph/text.h"
#include "ops/ops.h"
#include "runtime/passes.h"
#include "runtime/session.h"

using namespace gradloom;

namespace {

// Outputs with and without fusing, which must be the same to rounding (tile functions are not the C library's).
void compare(const std::function<void(Graph&)>& declare, const TensorMap& inputs, double tolerance = 1e-13) {
  Module module;
  declare(module.add_function("f"));
  Session plain(module, {.compile = {.optimize = false}});
  TensorMap expected = plain.run("f", inputs);
  for (int threads : {1, 3}) {
    Session fused(module, {.threads = threads});
    for (int again = 0; again < 2; ++again) {
      TensorMap got = fused.run("f", inputs);
      for (const auto& [name, tensor] : expected) {
        REQUIRE(got.at(name).shape() == tensor.shape());
        Tensor a = got.at(name).cast(DType::float64), b = tensor.cast(DType::float64);
        double largest = 0;
        for (std::size_t i = 0; i < static_cast<std::size_t>(a.size()); ++i)
          largest = std::max(largest, std::abs(a.values<double>()[i] - b.values<double>()[i]));
        CHECK_MESSAGE(largest <= tolerance, name, " ", largest);
      }
    }
  }
}

Value in(Graph& graph, const char* name, Dims shape) { return graph.input(name, DType::float64, std::move(shape)); }

}  // namespace

TEST_CASE("runtime/fuse: broadcasting rows, columns, scalars and middle axes, with several results") {
  for (std::int64_t n : {1, 3, 600, 1500}) {
    TensorMap inputs{{"x", random_tensor({4, 5, n}, 1)},
                     {"row", random_tensor({n}, 2)},
                     {"column", random_tensor({4, 5, 1}, 3)},
                     {"middle", random_tensor({5, 1}, 4)},
                     {"scalar", random_tensor({}, 5)}};
    compare(
        [](Graph& g) {
          Value x = in(g, "x", {"a", "b", "n"}), row = in(g, "row", {"n"}), column = in(g, "column", {"a", "b", 1});
          Value middle = in(g, "middle", {"b", 1}), scalar = in(g, "scalar", {});
          Value y = tanh(x * row + column) * scalar, z = y - middle / (square(x) + 1.0);
          Value w = where(greater(z, scalar), exp(column * scalar) + z, y * 2.0);
          g.output("y", y);
          g.output("z", z);
          g.output("w", w);
          g.output("larger", less_equal(w, row));
          g.output("sum", sum(sigmoid(w)));
        },
        inputs, 1e-12);
  }
}

TEST_CASE("runtime/fuse: rectifiers in a chain, with slopes that broadcast") {
  for (std::int64_t n : {1, 7, 1500}) {
    TensorMap inputs{{"x", random_tensor({4, n}, 1)}, {"row", random_tensor({n}, 2)}, {"slope", random_tensor({}, 3)}};
    compare(
        [](Graph& g) {
          Value x = in(g, "x", {"a", "n"}) * 4.0;
          Value y = prelu(x, in(g, "row", {"n"})) + softsign(x);
          g.output("y", mish(prelu(y, in(g, "slope", {}))));
          g.output("z", hard_swish(x + y));
        },
        inputs);
  }
}

TEST_CASE("runtime/fuse: groups do not swallow a node between them") {
  TensorMap inputs{{"x", random_tensor({6, 6}, 1)}, {"y", random_tensor({6, 6}, 2)}};
  Module module;
  Graph& g = module.add_function("f");
  Value x = in(g, "x", {"n", "n"}), y = in(g, "y", {"n", "n"});
  Value a = tanh(x + y), b = matmul(a, y), c = a * b + x, d = matmul(c, a), e = exp(c - d) * a;
  g.output("e", e);
  auto copy = extract_function(module, "f");
  CHECK(fuse(copy, "f").text == "joined 7 nodes into 3 groups");
  compare(
      [](Graph& graph) {
        Value p = in(graph, "x", {"n", "n"}), q = in(graph, "y", {"n", "n"});
        Value r = tanh(p + q), s = matmul(r, q), t = r * s + p, u = matmul(t, r);
        graph.output("e", exp(t - u) * r);
      },
      inputs, 1e-9);
}

TEST_CASE("runtime/fuse: in loops with lengths, and over operands that die") {
  TensorMap inputs{{"h", random_tensor({3, 700}, 1)},
                   {"x", random_tensor({4, 3, 700}, 2)},
                   {"lengths", Tensor::from<std::int64_t>({3}, {4, 0, 2})}};
  compare(
      [](Graph& g) {
        Value h = in(g, "h", {"b", "n"}), x = in(g, "x", {"t", "b", "n"});
        ScanOptions options{.lengths = g.input("lengths", DType::int64, {"b"})};
        ScanResult result = scan(
            {h, h * 2.0}, {x},
            [](const Values& c, const Values& s) {
              Value gate = sigmoid(c[0] + s[0]), next = gate * c[1] + (1.0 - gate) * tanh(c[0] - s[0]);
              return Step{{next, c[0] * gate}, {next - c[1]}};
            },
            options);
        g.output("last", result.carries[0]);
        g.output("other", result.carries[1]);
        g.output("all", result.outputs[0]);
      },
      inputs, 1e-12);
}

TEST_CASE("runtime/fuse: parts of rows are read and written where they are") {
  auto declare = [](Graph& g, std::int64_t width) {
    Value x = in(g, "x", {"a", "b", 4 * width}), c = in(g, "c", {"a", "b", width}), row = in(g, "row", {width});
    Values gates = split(x * 2.0, -1, 4);
    Value y = sigmoid(gates[0]) * c + tanh(gates[2]) * row, z = gates[3] - y;
    g.output("y", y);
    g.output("all", concat({z, y, z * gates[1], y}, -1));
    g.output("two", concat({y, y * z}, -1));
    // A part that others read as it is, and a concatenation of what is not all of one group.
    g.output("part", gates[3]);
    g.output("mixed", concat({z * 3.0, c}, -1));
    g.output("squares", concat({square(split(x, -1, 2)[0]), square(split(x, -1, 2)[1])}, 1));
  };
  auto count = [&](std::int64_t width) {
    Module module;
    declare(module.add_function("f"), width);
    std::pair<int, int> found;
    auto compiled = Executable::compile(module, "f");
    for (const Node& node : compiled->graph().nodes()) {
      if (node.kind != NodeKind::operation) continue;
      found.first += node.op->name == "split" ? 1 : 0;
      found.second += node.op->name == "concat" ? 1 : 0;
    }
    return found;
  };
  CHECK(count(8) == std::pair(2, 4));
  CHECK(count(64) == std::pair(0, 2));
  for (std::int64_t width : {8, 64, 100, 600})
    for (std::int64_t rows : {0, 1, 3, 40})
      compare([&](Graph& g) { declare(g, width); },
              {{"x", random_tensor({2, rows, 4 * width}, 1)},
               {"c", random_tensor({2, rows, width}, 2)},
               {"row", random_tensor({width}, 3)}},
              1e-12);
}

TEST_CASE("runtime/fuse: nothing to compute in empty tensors") {
  compare(
      [](Graph& g) {
        Value x = in(g, "x", {"a", "n"});
        g.output("y", tanh(x + 1.0) * x);
      },
      {{"x", Tensor(DType::float64, {0, 5})}});
  compare(
      [](Graph& g) {
        Value x = in(g, "x", {"a", "n"});
        g.output("y", tanh(x + 1.0) * x);
      },
      {{"x", Tensor(DType::float64, {5, 0})}});
}

TEST_CASE("runtime/fuse: as many results alive at a time as a group has nodes") {
  compare(
      [](Graph& g) {
        Value x = in(g, "x", {"a", "n"}), total = x;
        Values all;
        for (int i = 0; i < 30; ++i) all.push_back(tanh(i == 0 ? x : all.back() - x));
        for (const Value& one : all) total = total * one + x;
        g.output("total", total);
      },
      {{"x", random_tensor({3, 700}, 1)}});
}

TEST_CASE("runtime/fuse: more sides of concatenations, and more parts handed on, than a group has room for") {
  compare(
      [](Graph& g) {
        Values chain{in(g, "x", {"n", 64})};
        for (int i = 0; i < 40; ++i) chain.push_back(tanh(chain.back()));
        for (std::size_t first : {1, 2, 3, 4})
          g.output(concat_text("from_", first),
                   concat(Values(chain.begin() + static_cast<std::ptrdiff_t>(first), chain.end()), 1));
      },
      {{"x", random_tensor({3, 64}, 1)}});
  compare(
      [](Graph& g) {
        Values parts = split(in(g, "wide", {"n", 70 * 64}), 1, Dims(70, Dim(64)));
        g.output("y", tanh(parts[0]) * parts[69]);
        for (std::size_t i = 0; i < parts.size(); ++i) g.output(concat_text("part_", i), parts[i]);
      },
      {{"wide", random_tensor({2, 70 * 64}, 2)}});
}
