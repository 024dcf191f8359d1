// What passes do with branches: choose, tidy, drop, share and move them as a whole; and where they must hold back.
#include <doctest/doctest.h>

#include "autodiff/gradients.h"
#include "base/error.h"
#include "graph/rewrite.h"
#include "graph/text.h"
#include "ops/ops.h"
#include "runtime/passes.h"
#include "tests/runtime/random_graph.h"

using namespace gradloom;
using testing::random_tensor;

namespace {

std::size_t count_ops(const Graph& graph, std::string_view name) {
  std::size_t count = 0;
  for (const Node& node : graph.nodes()) count += node.op && node.op->name == name ? 1 : 0;
  return count;
}

const Node& only(const Graph& graph, std::string_view name) {
  REQUIRE(count_ops(graph, name) == 1);
  for (const Node& node : graph.nodes())
    if (node.op && node.op->name == name) return node;
  return graph.nodes()[0];
}

struct Function {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"n"}), condition = f.input("condition", DType::boolean, {});

  std::unique_ptr<Module> optimised() {
    auto result = extract_function(module, "f");
    run_passes(result, "f", {"fuse"});
    return result;
  }
  // Passes change nothing but the time.
  void check(const TensorMap& inputs) {
    Session session(module);
    CHECK(testing::difference(session.run("f", inputs), interpret(f, inputs).outputs, 1e-5) == "");
  }
  void check() {
    for (bool taken : {false, true})
      check({{"x", random_tensor(DType::float32, {4}, 3)}, {"condition", Tensor::scalar(taken)}});
  }
};

}  // namespace

TEST_CASE("runtime/passes/branches: the branch of a constant condition stands where it was chosen") {
  Function made;
  Value yes = less(made.f.constant(DType::float32, 1), made.f.constant(DType::float32, 2));
  made.f.output("y", cond(
                         yes, [&] { return Values{tanh(made.x)}; }, [&] { return Values{exp(made.x)}; })[0]);
  auto result = made.optimised();
  CHECK(graph_text(result->function("f")).find("cond(") == std::string::npos);
  CHECK(count_ops(result->function("f"), "tanh") == 1);
  CHECK(count_ops(result->function("f"), "exp") == 0);
  made.check();
}

TEST_CASE("runtime/passes/branches: operands and results go once, small constants and what is handed on not at all") {
  Function made;
  Value two = made.f.constant(DType::float32, 2), twice = made.x * 2.0, again = made.x * 2.0;
  Values results = cond(
      made.condition,
      [&] {
        return Values{made.x, sin(twice) * two, sin(twice) * two};
      },
      [&] {
        return Values{made.x, cos(again), cos(again)};
      });
  for (std::size_t i = 0; i < 3; ++i) made.f.output(concat_text("y", i), results[i]);
  auto result = made.optimised();
  const Node& node = only(result->function("f"), "cond");
  CHECK(node.inputs.size() == 2);
  CHECK(node.types.size() == 1);
  CHECK(result->function("f").outputs()[0].value == result->function("f").inputs()[0]);
  made.check();
}

TEST_CASE("runtime/passes/branches: results that nobody reads leave, with the operands that they used") {
  Function made;
  Value other = exp(made.x);
  Values results = cond(
      made.condition,
      [&] {
        return Values{made.x + 1.0, other * 2.0};
      },
      [&] {
        return Values{made.x - 1.0, other * 3.0};
      });
  made.f.output("y", results[0]);
  auto result = made.optimised();
  CHECK(count_ops(result->function("f"), "exp") == 0);
  CHECK(only(result->function("f"), "cond").types.size() == 1);
  made.check();

  Function unread;
  cond(
      unread.condition, [&] { return Values{sin(unread.x)}; }, [&] { return Values{cos(unread.x)}; });
  unread.f.output("y", unread.x);
  CHECK(count_ops(unread.optimised()->function("f"), "cond") == 0);
}

TEST_CASE("runtime/passes/branches: equal branches on equal operands run once") {
  Function made;
  auto declare = [&] {
    return cond(
        made.condition, [&] { return Values{sin(made.x)}; }, [&] { return Values{cos(made.x)}; })[0];
  };
  made.f.output("y", declare() + declare() * 2.0);
  CHECK(count_ops(made.optimised()->function("f"), "cond") == 1);
  made.check();
}

TEST_CASE("runtime/passes/branches: a branch leaves a loop when all steps take the same, and stays when they do not") {
  for (bool by_step : {false, true}) {
    Module module;
    Graph& f = module.add_function("f");
    Value x = f.input("x", DType::float32, {"time", "n"}), flags = f.input("flags", DType::boolean, {"time"});
    Value one = f.input("one", DType::boolean, {}), start = f.input("start", DType::float32, {"n"});
    ScanResult loop = scan({start}, {x, flags}, [&](const Values& c, const Values& s) -> Step {
      Value chosen = cond(
          by_step ? s[1] : one, [&] { return Values{sin(s[0])}; }, [&] { return Values{s[0] * s[0]}; })[0];
      return {{tanh(c[0] + chosen)}, {}};
    });
    f.output("y", loop.carries[0]);
    f.output("gradient", gradients(sum(loop.carries[0]), {x})[0]);
    auto result = extract_function(module, "f");
    run_passes(result, "f", {"fuse"});
    // Forward, and what the gradient runs again.
    CHECK((count_ops(result->function("f"), "cond") > 0) == !by_step);
    Session session(module);
    for (std::int64_t time : {0, 1, 4})
      for (bool taken : {false, true}) {
        Tensor steps(DType::boolean, {time});
        for (std::size_t t = 0; t < static_cast<std::size_t>(time); ++t) steps.mutable_values<bool>()[t] = t % 2 == 0;
        TensorMap inputs{{"x", random_tensor(DType::float32, {time, 3}, 1)},
                         {"flags", steps},
                         {"one", Tensor::scalar(taken)},
                         {"start", random_tensor(DType::float32, {3}, 2)}};
        CHECK(testing::difference(session.run("f", inputs), interpret(f, inputs).outputs, 1e-5) == "");
      }
  }
}

TEST_CASE("runtime/passes/branches: what the other branch would refuse is never computed") {
  Module module;
  Graph& f = module.add_function("f");
  Value table = f.input("table", DType::float32, {"n"}), indices = f.input("indices", DType::int32, {"time"});
  ScanResult loop = scan({}, {indices}, [&](const Values&, const Values& s) -> Step {
    Value is_known = less(s[0], cast(dim(f, table.dim(0)), DType::int32));
    return {{},
            {cond(
                is_known, [&] { return Values{gather(table, s[0])}; },
                [&] { return Values{f.constant(DType::float32, -1)}; })[0]}};
  });
  f.output("y", loop.outputs[0]);
  TensorMap inputs{{"table", Tensor::from<float>({2}, {5, 6})},
                   {"indices", Tensor::from<std::int32_t>({4}, {1, 7, 0, 2})}};
  Session session(module);
  CHECK(session.run("f", inputs).at("y").to_vector<float>() == std::vector<float>{6, -1, 5, -1});
}
