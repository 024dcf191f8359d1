// Where a pass or a plan must hold back: each case is one that a slip in a single condition would get wrong.
#include <doctest/doctest.h>

#include <cmath>

#include "../../autodiff/finite_difference.h"
#include "autodiff/gradients.h"
#include "base/error.h"
#include "ops/ops.h"
#include "runtime/session.h"

using namespace gradloom;

namespace {

void check(const Module& module, const TensorMap& inputs) {
  TensorMap wanted = interpret(module.function("f"), inputs).outputs;
  Session session(module);
  TensorMap got = session.run("f", inputs);
  for (const auto& [name, tensor] : wanted) {
    CAPTURE(name);
    auto x = got.at(name).cast(DType::float64).to_vector<double>();
    auto y = tensor.cast(DType::float64).to_vector<double>();
    REQUIRE(x.size() == y.size());
    for (std::size_t i = 0; i < x.size(); ++i) CHECK(x[i] == doctest::Approx(y[i]).epsilon(1e-11));
  }
}

Tensor lengths(std::initializer_list<std::int64_t> values) {
  return Tensor::from<std::int64_t>({static_cast<std::int64_t>(values.size())}, values);
}

}  // namespace

TEST_CASE("runtime/passes/edges: a sum that another carry reads stays in the loop") {
  Module module;
  Graph& f = module.add_function("f");
  Value h = f.input("h", DType::float64, {"b", 2}), x = f.input("x", DType::float64, {"t", "b", 2});
  ScanResult result = scan({h, h}, {x}, [](const Values& c, const Values& s) {
    return Step{{tanh(c[0] + c[1]), c[1] + s[0]}, {c[0]}};
  });
  f.output("state", result.carries[0]);
  f.output("sum", result.carries[1]);
  f.output("states", result.outputs[0]);
  check(module, {{"h", random_tensor({3, 2}, 1)}, {"x", random_tensor({4, 3, 2}, 2)}});
}

TEST_CASE("runtime/passes/edges: a loop of no steps does not fail at what would fail in each") {
  Module module;
  Graph& f = module.add_function("f");
  Value h = f.input("h", DType::float64, {2}), x = f.input("x", DType::float64, {"t", 2});
  Value table = f.input("table", DType::float64, {3, 2}), id = f.input("id", DType::int64, {});
  ScanResult result = scan({h}, {x}, [&](const Values& c, const Values& s) {
    return Step{{c[0] + s[0] * gather(table, id)}, {}};
  });
  f.output("y", result.carries[0]);
  TensorMap inputs{{"h", random_tensor({2}, 1)},
                   {"x", random_tensor({0, 2}, 2)},
                   {"table", random_tensor({3, 2}, 3)},
                   {"id", Tensor::scalar<std::int64_t>(7)}};
  check(module, inputs);
  inputs["x"] = random_tensor({1, 2}, 2);
  Session session(module);
  CHECK_THROWS_AS(session.run("f", inputs), UserError);
}

TEST_CASE("runtime/passes/edges: indices in the padding may be anything, those of active rows may not") {
  Module module;
  Graph& f = module.add_function("f");
  Value h = f.input("h", DType::float64, {"b", 2}), ids = f.input("ids", DType::int64, {"t", "b"});
  Value table = f.input("table", DType::float64, {3, 2});
  ScanResult result = scan({h}, {ids},
                           [&](const Values& c, const Values& s) {
                             Value found = gather(table, s[0]);
                             return Step{{tanh(c[0] + found)}, {found}};
                           },
                           {.lengths = f.input("lengths", DType::int64, {"b"})});
  f.output("state", result.carries[0]);
  f.output("found", result.outputs[0]);
  f.output("table_gradient", gradients(sum(square(result.carries[0])), {table})[0]);
  TensorMap inputs{{"h", random_tensor({2, 2}, 1)},
                   {"table", random_tensor({3, 2}, 2)},
                   {"ids", Tensor::from<std::int64_t>({3, 2}, {0, 2, 1, 1000, -3, -1000})},
                   {"lengths", lengths({3, 1})}};
  check(module, inputs);
  inputs["lengths"] = lengths({3, 2});
  Session session(module);
  CHECK_THROWS_AS(session.run("f", inputs), UserError);
}

TEST_CASE("runtime/passes/edges: equal loops of different lengths stay two") {
  Module module;
  Graph& f = module.add_function("f");
  Value h = f.input("h", DType::float64, {"b", 2}), x = f.input("x", DType::float64, {"t", "b", 2});
  for (const char* name : {"short", "long"}) {
    ScanResult result = scan({h}, {x},
                             [](const Values& c, const Values& s) {
                               Value next = tanh(c[0] + s[0]);
                               return Step{{next}, {next}};
                             },
                             {.lengths = f.input(name, DType::int64, {"b"})});
    f.output(concat_text(name, "_state"), result.carries[0]);
    f.output(concat_text(name, "_states"), result.outputs[0]);
  }
  check(module, {{"h", random_tensor({2, 2}, 1)},
                 {"x", random_tensor({3, 2, 2}, 2)},
                 {"short", lengths({1, 0})},
                 {"long", lengths({3, 2})}});
}

TEST_CASE("runtime/passes/edges: 0 - x is not x, and 1 / x and 1 ** x neither") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float64, {"n"});
  f.output("minus", 0.0 - x);
  f.output("over", 1.0 / x);
  f.output("power", pow(scalar_like(x, 1), x));
  check(module, {{"x", random_tensor({5}, 1)}});
}

TEST_CASE("runtime/passes/edges: a rule that divides by the zeros of the padding leaves the gradient finite") {
  Module module;
  Graph& f = module.add_function("f");
  Value h = f.input("h", DType::float64, {"b", 2}), x = f.input("x", DType::float64, {"t", "b", 2});
  Value w = f.input("w", DType::float64, {2});
  ScanResult result = scan({h}, {x},
                           [&](const Values& c, const Values& s) {
                             return Step{{c[0] * 0.5 + w / s[0]}, {}};
                           },
                           {.lengths = f.input("lengths", DType::int64, {"b"})});
  f.output("w_gradient", gradients(sum(result.carries[0]), {w})[0]);
  TensorMap inputs{{"h", random_tensor({2, 2}, 1)},
                   {"x", Tensor::from<double>({2, 2, 2}, {1, 2, 4, 5, 8, 10, 9, 9})},
                   {"w", random_tensor({2}, 3)},
                   {"lengths", lengths({2, 1})}};
  // Row 0: 1/x at both steps, the first one halved; row 1: its one step.
  for (const TensorMap& made : {interpret(f, inputs).outputs, Session(module).run("f", inputs)}) {
    auto gradient = made.at("w_gradient").to_vector<double>();
    CHECK(gradient[0] == doctest::Approx(0.5 / 1 + 1.0 / 8 + 1.0 / 4));
    CHECK(gradient[1] == doctest::Approx(0.5 / 2 + 1.0 / 10 + 1.0 / 5));
  }
}

TEST_CASE("runtime/passes/edges: new values are made of old ones, in whatever order") {
  Module module;
  for (const char* name : {"a", "b", "c", "d"})
    module.add_variable({name, DType::float64, {2}, Role::parameter, constant_fill(0)});
  Graph& f = module.add_function("f");
  Value a = f.variable("a"), b = f.variable("b"), c = f.variable("c"), d = f.variable("d");
  f.update("a", a + 1.0);
  f.update("b", b + a);
  f.update("c", d);
  f.update("d", c);
  f.output("old", a * 1.0);
  Session session(module);
  for (const char* name : {"a", "b", "c", "d"})
    session.set_variable(name, Tensor::from<double>({2}, {name[0] * 1.0, name[0] * 2.0}));
  for (int run = 0; run < 2; ++run) {
    TensorMap old = session.variables();
    auto of = [&](const TensorMap& from, const char* name) { return from.at(name).to_vector<double>(); };
    TensorMap kept;
    for (const auto& [name, tensor] : old) kept[name] = Tensor::from<double>({2}, tensor.to_vector<double>());
    old.clear();
    TensorMap outputs = session.run("f", {}), now = session.variables();
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(of(now, "a")[i] == of(kept, "a")[i] + 1);
      CHECK(of(now, "b")[i] == of(kept, "b")[i] + of(kept, "a")[i]);
      CHECK(of(now, "c")[i] == of(kept, "d")[i]);
      CHECK(of(now, "d")[i] == of(kept, "c")[i]);
      CHECK(of(outputs, "old")[i] == of(kept, "a")[i]);
    }
  }
}
