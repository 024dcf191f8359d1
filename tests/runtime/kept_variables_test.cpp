// Variables that products keep from run to run in the form in which they multiply them, and what ends that.
#include <doctest/doctest.h>

#include "ops/ops.h"
#include "runtime/plan.h"
#include "tensor/simd.h"
#include "tests/runtime/random_graph.h"

using namespace gradloom;
using testing::random_tensor;

namespace {

constexpr std::int64_t depth = 64, columns = 96;

// `f` multiplies with w, `both` with w and its transpose, `grow` changes w.
void declare(Module& module) {
  module.add_variable({"w", DType::float32, {columns, depth}, Role::parameter, constant_fill(0.5)});
  Graph& f = module.add_function("f");
  f.output("y", dot_general(f.input("x", DType::float32, {"rows", depth}), f.variable("w"), {}, {}, {1}, {1}));
  Graph& both = module.add_function("both");
  Value x = both.input("x", DType::float32, {"rows", depth}), w = both.variable("w");
  both.output("y", matmul(dot_general(x, w, {}, {}, {1}, {1}), w));
  Graph& grow = module.add_function("grow");
  Value old = grow.variable("w");
  grow.update("w", old + old);
  grow.output("y", dot_general(grow.input("x", DType::float32, {"rows", depth}), old, {}, {}, {1}, {1}));
}

}  // namespace

TEST_CASE("runtime/kept_variables: products see new values, whichever way they came") {
  Module module;
  declare(module);
  Session session(module);
  session.initialize(1);
  auto check = [&] {
    for (const char* function : {"f", "both", "f"})
      for (std::int64_t rows : {40, 30, 40}) {
        TensorMap inputs{{"x", random_tensor(DType::float32, {rows, depth}, 7)}};
        Session fresh(module);
        fresh.set_variable("w", session.variable("w").cast(DType::float32));
        CHECK(session.run(function, inputs).at("y").identical(fresh.run(function, inputs).at("y")));
      }
  };
  check();
  session.set_variable("w", random_tensor(DType::float32, {columns, depth}, 2));
  check();
  session.run("grow", {{"x", random_tensor(DType::float32, {40, depth}, 7)}});
  check();
  session.initialize(1);
  check();
}

TEST_CASE("runtime/kept_variables: few rows of a function without updates keep one form of each variable") {
  Module module;
  declare(module);
  auto kept = [&](const char* function, std::int64_t rows) {
    return Plan(std::make_shared<const CompiledFunction>(module, function, CompileOptions{}), {rows}).keepable().size();
  };
  std::size_t one = simd::tiles<float>().product == nullptr ? 0 : 1;
  CHECK(kept("f", 40) == one);
  CHECK(kept("both", 40) == one);
  CHECK(kept("f", 1) == 0);
  CHECK(kept("f", 5000) == 0);
  CHECK(kept("grow", 40) == 0);
}
