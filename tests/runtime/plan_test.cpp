// Plans compute what the interpreter computes, to the bit, under changing sizes, with loops and variables.
#include "runtime/plan.h"

#include <doctest/doctest.h>

#include "autodiff/gradients.h"
#include "base/error.h"
#include "graph/text.h"
#include "ops/ops.h"
#include "tests/runtime/random_graph.h"

using namespace gradloom;
using testing::difference;
using testing::random_tensor;

namespace {

// Runs f in a session without passes and in the interpreter; what differs in results or variables, or "".
std::string compare(const Module& module, Session& session, const TensorMap& inputs) {
  InterpreterResult wanted = interpret(module.function("f"), inputs, session.variables());
  TensorMap variables = session.variables();
  for (const auto& [name, value] : wanted.updates) variables[name] = value;
  std::string text = difference(session.run("f", inputs), wanted.outputs);
  return text.empty() ? difference(session.variables(), variables) : text;
}

SessionOptions plain() { return {.compile = {.optimize = false}}; }

Tensor floats(Shape shape, std::initializer_list<float> values) {
  return Tensor::from<float>(std::move(shape), values);
}

}  // namespace

TEST_CASE("runtime/plan: random functions give the interpreter's bits, whatever ran before") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    testing::RandomGraph made = testing::random_graph(seed);
    Session session(*made.module, plain());
    for (const auto& [name, value] : made.variables) session.set_variable(name, value);
    for (int round = 0; round < 6; ++round) {
      CAPTURE(seed);
      CAPTURE(round);
      std::string text = compare(*made.module, session, made.inputs(round % 4));
      if (!text.empty()) MESSAGE(graph_text(made.module->function("f")));
      REQUIRE(text == "");
    }
  }
}

TEST_CASE("runtime/plan: results stay as they were when the function runs again") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"n"});
  f.output("double", x + x);
  f.output("same", x);
  f.output("again", x);
  Session session(module, plain());
  TensorMap first = session.run("f", {{"x", floats({2}, {1, 2})}});
  TensorMap second = session.run("f", {{"x", floats({2}, {3, 4})}});
  CHECK(first.at("double").to_vector<float>() == std::vector<float>{2, 4});
  CHECK(first.at("same").to_vector<float>() == std::vector<float>{1, 2});
  CHECK(second.at("double").to_vector<float>() == std::vector<float>{6, 8});
  CHECK(second.at("again").to_vector<float>() == std::vector<float>{3, 4});
}

TEST_CASE("runtime/plan: updates see old values, swaps included") {
  Module module;
  for (const char* name : {"a", "b", "c"})
    module.add_variable({name, DType::float32, {2}, Role::parameter, constant_fill(0)});
  Graph& f = module.add_function("f");
  Value a = f.variable("a"), b = f.variable("b");
  f.update("a", b);
  f.update("b", a);
  f.update("c", a + b);
  f.output("sum", a + b);
  Session session(module, plain());
  session.set_variable("a", floats({2}, {1, 2}));
  session.set_variable("b", floats({2}, {10, 20}));
  session.initialize_missing(1);
  Tensor before = session.variable("a");
  for (int round = 0; round < 3; ++round) CHECK(compare(module, session, {}) == "");
  CHECK(session.variable("a").to_vector<float>() == std::vector<float>{10, 20});
  CHECK(session.variable("c").to_vector<float>() == std::vector<float>{11, 22});
  CHECK(before.to_vector<float>() == std::vector<float>{1, 2});
}

TEST_CASE("runtime/plan: new values go straight into their variables where nothing can fail any more") {
  Module module;
  for (const char* name : {"w", "m", "late"})
    module.add_variable({name, DType::float32, {256}, Role::parameter, constant_fill(1)});
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {256}), index = f.input("index", DType::int32, {});
  Value w = f.variable("w"), m = f.variable("m"), late = f.variable("late");
  Value m_next = 0.9 * m + 0.1 * x;
  Value w_next = w - m_next;
  f.update("m", m_next);
  f.update("w", w_next);
  // Read after its own new value is known: by the gather, which can fail, and by an output.
  f.update("late", late + 1.0);
  f.output("picked", gather(late, index) * 2.0);
  f.output("sum", sum(w));
  Session session(module, plain());
  session.initialize(1);
  Tensor kept = session.variable("w");
  Tensor one = Tensor::scalar<std::int32_t>(1);
  for (int round = 0; round < 3; ++round)
    CHECK(compare(module, session, {{"x", random_tensor(DType::float32, {256}, 1)}, {"index", one}}) == "");
  CHECK(kept.values<float>()[0] == 1);
  // 0.9 * m lives in m's memory; 0.1 * x alone needs the arena, beside two scalars.
  CHECK(session.arena_bytes() <= 1024 + 3 * 64);
  TensorMap before = session.variables();
  TensorMap bad{{"x", random_tensor(DType::float32, {256}, 1)}, {"index", Tensor::scalar<std::int32_t>(256)}};
  CHECK_THROWS_AS(session.run("f", bad), UserError);
  CHECK(difference(session.variables(), before) == "");
}

TEST_CASE("runtime/plan: element-wise chains run in one buffer") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"n"});
  Value y = x;
  for (int i = 0; i < 20; ++i) y = reshape(tanh(y + 1.0), {"n"});
  Value z = exp(y);
  f.output("sum", sum(z));
  Session session(module, plain());
  TensorMap inputs{{"x", random_tensor(DType::float32, {1024}, 1)}};
  CHECK(compare(module, session, inputs) == "");
  CHECK(session.arena_bytes() == 4096);
}

TEST_CASE("runtime/plan: the gradient of a loss takes the place of its logits") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"n", 64}), targets = f.input("targets", DType::int32, {"n"});
  Value loss = sum(cross_entropy(x * 2.0, targets));
  f.output("gradient", gradients(loss, {x})[0]);
  f.output("loss", loss);
  Session session(module, plain());
  TensorMap inputs{{"x", random_tensor(DType::float32, {40, 64}, 1)}, {"targets", Tensor(DType::int32, {40})}};
  CHECK(compare(module, session, inputs) == "");
  CHECK(session.arena_bytes() < 40 * 64 * 4 + 1024);
}

TEST_CASE("runtime/plan: a result that an output or a later step reads is not overwritten") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"n"});
  Value y = x + 1.0;
  Value view = reshape(y, {"n", 1});
  Value z = y * 2.0;
  f.output("z", z * z);
  f.output("view", view + 0.5);
  f.output("y", tanh(y));
  Session session(module, plain());
  CHECK(compare(module, session, {{"x", random_tensor(DType::float32, {5}, 1)}}) == "");
}

TEST_CASE("runtime/plan: the arena holds what lives at once, loops' memory included") {
  Module module;
  Graph& f = module.add_function("f");
  Value s = f.input("s", DType::float32, {"time", 256});
  Value start = fill(f, DType::float32, {256}, 1);
  // The start; sin(x); the carry's second buffer. x * c and the sum live where the next carry is wanted.
  ScanResult result = scan({start}, {s}, [](const Values& c, const Values& x) {
    return Step{{x[0] * c[0] + sin(x[0])}, {}};
  });
  f.output("last", result.carries[0]);
  Session session(module, plain());
  for (std::int64_t time : {0, 1, 2, 50})
    CHECK(compare(module, session, {{"s", random_tensor(DType::float32, {time, 256}, 1)}}) == "");
  CHECK(session.arena_bytes() == 3 * 1024);
}
