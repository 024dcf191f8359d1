// Sessions: variables, limits, checks, and every message a caller can meet.
#include "runtime/session.h"

#include <doctest/doctest.h>

#include <limits>
#include <thread>

#include "base/error.h"
#include "ops/ops.h"
#include "tests/runtime/random_graph.h"

using namespace gradloom;
using testing::random_tensor;

namespace {

Tensor floats(Shape shape, std::initializer_list<float> values) {
  return Tensor::from<float>(std::move(shape), values);
}

// f(x [batch, 3], lengths [batch]) adds the rows of x up to each length, in a loop over the 3 columns; w counts calls.
void declare(Module& module) {
  module.add_variable({"w", DType::float32, {2}, Role::parameter, uniform_fill(-1, 1)});
  module.add_variable({"calls", DType::int64, {}, Role::counter, constant_fill(0)});
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"batch", 3});
  Value lengths = f.input("lengths", DType::int32, {"batch"});
  Value start = fill(f, DType::float32, {"batch"}, 0);
  Scope scope(f, "adder");
  ScanResult result = scan({start}, {transpose(x)},
                           [](const Values& c, const Values& s) {
                             return Step{{c[0] + s[0]}, {}};
                           },
                           {.lengths = lengths, .name = "columns"});
  f.output("sums", result.carries[0]);
  f.output("scaled", result.carries[0] * sum(f.variable("w")));
  f.update("calls", f.variable("calls") + 1);
}

TensorMap good_inputs() {
  return {{"x", floats({2, 3}, {1, 2, 3, 4, 5, 6})}, {"lengths", Tensor::from<std::int32_t>({2}, {3, 1})}};
}

std::string error_of(Session& session, const TensorMap& inputs, Fault fault = Fault::input) {
  try {
    session.run("f", inputs);
  } catch (const UserError& error) {
    CHECK(error.fault() == fault);
    return error.what();
  }
  return "";
}

std::string error_with(Session& session, const char* name, Tensor value) {
  TensorMap inputs = good_inputs();
  inputs[name] = std::move(value);
  return error_of(session, inputs);
}

}  // namespace

TEST_CASE("runtime/session: a function runs, and its variables change when it has run") {
  Module module;
  declare(module);
  Session session(module);
  session.initialize(3);
  CHECK(session.run("f", good_inputs()).at("sums").to_vector<float>() == std::vector<float>{6, 4});
  session.run("f", good_inputs());
  CHECK(session.variable("calls").item() == 2);
  CHECK(session.module().functions().size() == 1);
  CHECK(session.executable("f")->function() == "f");
}

TEST_CASE("runtime/session: initial values depend on seed and name alone") {
  Module a, b;
  for (Module* module : {&a, &b}) {
    if (module == &b) module->add_variable({"other", DType::float32, {5}, Role::parameter, normal_fill(0, 1)});
    module->add_variable({"w", DType::float64, {4}, Role::parameter, normal_fill(0, 1)});
    module->add_variable({"c", DType::boolean, {2}, Role::slot, constant_fill(1)});
  }
  Session first(a), second(b);
  first.initialize(5);
  second.initialize(5);
  CHECK(first.variable("w").identical(second.variable("w")));
  CHECK(first.variable("c").to_vector<bool>() == std::vector<bool>{true, true});
  first.initialize(6);
  CHECK(!first.variable("w").identical(second.variable("w")));
  Session third(a);
  third.set_variable("w", Tensor(DType::float64, {4}));
  CHECK(third.has_variable("w"));
  CHECK(!third.has_variable("c"));
  third.initialize_missing(5);
  CHECK(third.variable("w").identical(Tensor(DType::float64, {4})));
  CHECK(third.variables().size() == 2);
}

TEST_CASE("runtime/session: inputs that do not fit are named") {
  Module module;
  declare(module);
  Session session(module);
  session.initialize(3);
  session.run("f", good_inputs());  // a cached plan must not hide an error
  CHECK(error_of(session, {{"x", floats({2, 3}, {1, 2, 3, 4, 5, 6})}}) ==
        "f needs the input \"lengths\": int32 [batch]");
  CHECK(error_with(session, "length", floats({}, {1})) == "f has no input \"length\"; did you mean \"lengths\"?");
  CHECK(error_with(session, "x", floats({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8})) ==
        "input \"x\" of f is float32 [2, 4] but float32 [batch, 3] is needed: axis 1 is 4, not 3");
  CHECK(error_with(session, "x", floats({3}, {1, 2, 3})) ==
        "input \"x\" of f is float32 [3] but float32 [batch, 3] is needed");
  CHECK(error_with(session, "x", Tensor(DType::float64, {2, 3})) ==
        "input \"x\" of f is float64 [2, 3] but float32 [batch, 3] is needed");
  CHECK(error_with(session, "x", Tensor(DType::float32, {5, 3})) ==
        "input \"lengths\" of f is int32 [2] but int32 [batch] is needed: batch is 5 by another input");
  CHECK(error_with(session, "lengths", Tensor::from<std::int32_t>({2}, {1, 4})) ==
        "active_rows: the length of row 1 is 4, outside of [0, 3]\n  in adder/active_rows");
  CHECK(session.variable("calls").item() == 1);
}

TEST_CASE("runtime/session: functions, variables and positions that do not exist are named") {
  Module module;
  declare(module);
  Session session(module);
  CHECK_THROWS_WITH_AS(session.run("train", {}), "no function \"train\"; there is f", UserError);
  CHECK(error_of(session, good_inputs(), Fault::usage) ==
        "variable \"w\" has no value; initialize the session or set it");
  CHECK_THROWS_WITH_AS(session.variable("call"), "no variable \"call\"; did you mean \"calls\"?", UserError);
  CHECK_THROWS_WITH_AS(session.set_variable("w", Tensor(DType::float32, {3})),
                       "variable \"w\" is float32 [2] but the value is float32 [3]", UserError);
  session.initialize(1);
  auto call = session.prepare("f");
  CHECK_THROWS_WITH_AS(call->input_index("y"), "f has no input \"y\"; it has x, lengths", UserError);
  CHECK_THROWS_WITH_AS(call->output_index("y"), "f has no output \"y\"; it has sums, scaled", UserError);
  CHECK_THROWS_WITH_AS(call->output(0), "f has not run yet, so it has no outputs", UserError);
  call->set_input(call->input_index("x"), floats({1, 3}, {1, 2, 3}));
  CHECK_THROWS_WITH_AS(call->run(), "f needs the input \"lengths\": int32 [batch]", UserError);
  call->set_input(call->input_index("lengths"), Tensor::from<std::int32_t>({1}, {2}));
  call->run();
  CHECK(call->output(call->output_index("sums")).as<float>()[0] == 3);
  CHECK_THROWS_WITH_AS(Session(module, {.threads = 0}), "a session needs at least 1 thread, not 0", UserError);
  Module bad;
  bad.add_variable({"n", DType::int64, {}, Role::counter, uniform_fill(0, 1)});
  CHECK_THROWS_WITH_AS(Session(bad).initialize(1), "variable \"n\" is int64 but random numbers need float32 or float64",
                       UserError);
  CHECK_THROWS_WITH_AS(Session(module, {.compile = {.without = {"drop_unsued"}}}).run("f", good_inputs()),
                       "no pass \"drop_unsued\"; did you mean \"drop_unused\"?", UserError);
}

TEST_CASE("runtime/session: threads share an executable, each in a session of its own") {
  Module module;
  declare(module);
  auto shared = Executable::compile(module, "f");
  std::vector<std::thread> threads;
  std::vector<int> right(3);
  for (int& count : right)
    threads.emplace_back([&module, &shared, &count] {
      Session session(module);
      session.initialize(1);
      session.use(shared);
      for (int i = 0; i < 50; ++i)
        count += session.run("f", good_inputs()).at("sums").to_vector<float>() == std::vector<float>{6, 4} ? 1 : 0;
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(right == std::vector<int>{50, 50, 50});
  Session session(module);
  session.use(shared);
  CHECK(session.executable("f") == shared);
  CHECK_THROWS_WITH_AS(session.use(shared), "f is compiled in this session already", UserError);
  CHECK_THROWS_WITH_AS(Session(module, {.check_finite = true}).use(shared),
                       "f was compiled to overwrite operands, whose ranges check_finite must name; compile it without "
                       "overwrite",
                       UserError);
  Module other;
  CHECK_THROWS_WITH_AS(Session(other).use(shared), "no variable \"w\"", UserError);
}

TEST_CASE("runtime/session: more sizes than plans are kept") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"n"});
  f.output("y", sum(x * x));
  Session session(module);
  auto call = session.prepare("f");
  for (int round = 0; round < 3; ++round)
    for (std::int64_t n = 0; n < 80; ++n) {
      Tensor ones(DType::float32, {n});
      for (float& one : ones.mutable_values<float>()) one = 1;
      call->set_input(0, ones);
      call->run();
      CHECK(call->output(0).as<float>()[0] == static_cast<float>(n));
      CHECK(session.run("f", {{"x", ones}}).at("y").item() == static_cast<double>(n));
    }
}

TEST_CASE("runtime/session: limits of memory and steps") {
  Module module;
  declare(module);
  // Optimised, this function has no loop left.
  Session steps(module, {.compile = {.optimize = false}, .max_steps = 2});
  steps.initialize(1);
  CHECK(error_of(steps, good_inputs()) == "scan: the loop has 3 steps, more than the limit of 2\n  in adder/scan");
  Session memory(module, {.max_memory_bytes = 4096});
  memory.initialize(1);
  CHECK(error_of(memory, good_inputs()) == "");
  std::string text =
      error_of(memory, {{"x", Tensor(DType::float32, {5000, 3})}, {"lengths", Tensor(DType::int32, {5000})}});
  CHECK(text.starts_with("f needs "));
  CHECK(text.ends_with(" bytes of memory for inputs of these sizes, more than the limit of 4096"));
  CHECK(error_of(memory, good_inputs()) == "");
}

TEST_CASE("runtime/session: check_finite names operation, place, step and ranges") {
  Module module;
  module.add_variable({"w", DType::float32, {}, Role::parameter, constant_fill(1)});
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"time", 2});
  Value scale = f.variable("w");
  {
    Scope scope(f, "decoder");
    ScanResult result = scan({fill(f, DType::float32, {2}, 1)}, {x}, [&](const Values& c, const Values& s) {
      Scope inner(c[0].graph(), "cell");
      return Step{{c[0] * scale + log(s[0])}, {}};
    });
    f.output("y", result.carries[0]);
    f.update("w", scale + sum(result.carries[0]));
  }
  Session session(module, {.check_finite = true});
  session.initialize(1);
  Tensor before = session.variable("w");
  CHECK(error_of(session, {{"x", floats({3, 2}, {1, 2, 1, 1, 0.5, -2})}}) ==
        "log: the result has nan at [1]\n  in cell/log\n  x: float32 [2] from -2 to 0.5\n  at step 2 of decoder/scan");
  CHECK(error_of(session, {{"x", floats({1, 2}, {0, 2})}}) ==
        "log: the result has -inf at [0]\n  in cell/log\n  x: float32 [2] from 0 to 2\n  at step 0 of decoder/scan");
  CHECK(session.variable("w").identical(before));
  float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(error_of(session, {{"x", floats({1, 2}, {1, nan})}}) ==
        "input \"x\" of f has nan at [0, 1]; float32 [1, 2] from 1 to 1 and 1 nan");
  session.set_variable("w", Tensor::scalar<float>(nan));
  CHECK(error_of(session, {{"x", floats({1, 2}, {1, 1})}}) == "variable \"w\" has nan at []; float32 [] of 1 nan");
  session.set_variable("w", Tensor::scalar<float>(1));
  CHECK(error_of(session, {{"x", floats({1, 2}, {1, 1})}}) == "");
}
