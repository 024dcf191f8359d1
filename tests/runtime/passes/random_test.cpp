// Whatever passes run, random functions with loops and gradients compute the same; and passes come to an end.
#include <doctest/doctest.h>

#include "base/error.h"
#include "graph/rewrite.h"
#include "graph/text.h"
#include "graph/verify.h"
#include "runtime/passes.h"
#include "tests/runtime/random_graph.h"

using namespace gradloom;
using testing::difference;

namespace {

// Two ways to sum, or a zero's sign, may differ; nothing else does.
constexpr double tolerance = 2e-5;

std::vector<std::string> random_subset(std::uint64_t seed) {
  std::vector<std::string> without;
  for (std::size_t i = 0; i < all_passes().size(); ++i)
    if ((seed >> i) % 2 == 1) without.emplace_back(all_passes()[i].name);
  return without;
}

}  // namespace

TEST_CASE("runtime/passes/random: any subset of passes computes the same") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    testing::RandomGraph made = testing::random_graph(seed, {.with_gradients = seed % 2 == 0});
    for (std::uint64_t subset : {std::uint64_t{0}, seed * 977 % (std::uint64_t{1} << all_passes().size())}) {
      Session session(*made.module, {.compile = {.without = random_subset(subset)}});
      for (int round = 0; round < 4; ++round) {
        CAPTURE(seed);
        CAPTURE(round);
        CAPTURE(join(random_subset(subset)));
        for (const auto& [name, value] : made.variables) session.set_variable(name, value);
        InterpreterResult wanted = interpret(made.module->function("f"), made.inputs(round), made.variables);
        TensorMap variables = made.variables;
        for (const auto& [name, value] : wanted.updates) variables[name] = value;
        REQUIRE(difference(session.run("f", made.inputs(round)), wanted.outputs, tolerance) == "");
        REQUIRE(difference(session.variables(), variables, tolerance) == "");
      }
    }
  }
}

TEST_CASE("runtime/passes/random: optimised graphs verify, and a second time changes nothing") {
  for (std::uint64_t seed = 100; seed < 130; ++seed) {
    CAPTURE(seed);
    testing::RandomGraph made = testing::random_graph(seed, {.with_gradients = true});
    auto module = extract_function(*made.module, "f");
    CHECK(!run_passes(module, "f").empty());
    verify(module->function("f"));
    std::string text = graph_text(module->function("f"));
    CHECK(run_passes(module, "f").empty());
    CHECK(graph_text(module->function("f")) == text);
  }
}
