// What print writes and when: once for each run of it, in order, whatever passes do and gradients compute again.
#include <doctest/doctest.h>

#include <array>

#include "autodiff/gradients.h"
#include "base/error.h"
#include "ops/ops.h"
#include "runtime/session.h"
#include "tests/ops/captured_stderr.h"

using namespace gradloom;

namespace {

// What each way of running writes: the interpreter, a session without passes, and one with them.
void expect_written(const Module& module, const TensorMap& inputs, const std::string& expected) {
  CapturedStderr captured;
  interpret(module.function("f"), inputs);
  CHECK(captured.take() == expected);
  for (bool optimize : {false, true}) {
    Session session(module, {.compile = {.optimize = optimize}});
    session.run("f", inputs);
    CHECK_MESSAGE(captured.take() == expected, "optimised: ", optimize);
  }
}

Tensor counted(std::int64_t count) {
  Tensor tensor(DType::float32, {count});
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
    tensor.mutable_values<float>()[i] = static_cast<float>(i);
  return tensor;
}

}  // namespace

TEST_CASE("ops/debug: the same print written twice is done twice") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"n"});
  f.output("y", print(x, "x") + print(x, "x"));
  const std::string once = "x: float32 [2] {0, 1}\n";
  expect_written(module, {{"x", counted(2)}}, once + once);
}

TEST_CASE("ops/debug: print writes label, type and values, of long tensors the first 64") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"n"});
  f.output("y", print(x, "x is"));
  expect_written(module, {{"x", counted(3)}}, "x is: float32 [3] {0, 1, 2}\n");
  CapturedStderr captured;
  interpret(f, {{"x", counted(65)}});
  CHECK(captured.take().ends_with("62, 63, ...}\n"));
}

TEST_CASE("ops/debug: what nobody reads prints all the same, in bodies of bodies too, in the order of the steps") {
  for (bool reverse : {false, true}) {
    Module module;
    Graph& f = module.add_function("f");
    Value x = f.input("x", DType::float32, {"n"});
    scan({}, {x},
         [&](const Values&, const Values& s) -> Step {
           print(s[0] * 2.0, "outer");
           scan({s[0]}, {},
                [](const Values& c, const Values&) -> Step {
                  return {{print(c[0], "inner") + 1.0}, {}};
                },
                {.length = Dim(2)});
           return {};
         },
         {.reverse = reverse});
    f.output("y", x);
    std::string steps;
    for (int i : reverse ? std::array{2, 1, 0} : std::array{0, 1, 2})
      steps += concat_text("outer: float32 [] {", 2 * i, "}\ninner: float32 [] {", i, "}\ninner: float32 [] {", i + 1,
                           "}\n");
    expect_written(module, {{"x", counted(3)}}, steps);
  }
}

TEST_CASE("ops/debug: only the branch that is taken prints") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"n"});
  ScanResult result = scan({f.constant(DType::float32, 0)}, {x}, [](const Values& c, const Values& s) -> Step {
    Value chosen = cond(
        less(s[0], scalar_like(s[0], 1.5)), [&] { return Values{print(s[0], "small")}; },
        [&] {
          print(c[0], "so far");
          return Values{s[0]};
        })[0];
    return {{c[0] + chosen}, {}};
  });
  f.output("y", result.carries[0]);
  expect_written(module, {{"x", counted(4)}},
                 "small: float32 [] {0}\nsmall: float32 [] {1}\nso far: float32 [] {1}\nso far: float32 [] {3}\n");
}

TEST_CASE("ops/debug: gradients pass through print and assert_true, and print nothing again") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"n"}), w = f.input("w", DType::float32, {});
  ScanResult result = scan({f.constant(DType::float32, 1)}, {x}, [&](const Values& c, const Values& s) -> Step {
    Value next = print(c[0] * w, "carry") + s[0];
    next = cond(
        less(next, scalar_like(next, 100)), [&] { return Values{print(next, "next") * 1.0}; },
        [&] { return Values{next * 0.0}; })[0];
    return {{assert_true(next, less(next, scalar_like(next, 1000)), "it grew")}, {}};
  });
  f.output("gradient", gradients(result.carries[0], {w})[0]);
  TensorMap inputs{{"x", counted(2)}, {"w", Tensor::scalar<float>(2)}};
  expect_written(module, inputs,
                 "carry: float32 [] {2}\nnext: float32 [] {2}\ncarry: float32 [] {4}\nnext: float32 [] {5}\n");
  // ((1 w + 0) w + 1): 2 w
  CHECK(interpret(f, inputs).outputs.at("gradient").item() == 4);
  Session session(module);
  CHECK(session.run("f", inputs).at("gradient").item() == 4);
}

TEST_CASE("ops/debug: an assertion that fails in a session names node and step") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"n"});
  Scope scope(f, "encoder");
  ScanResult result = scan({f.constant(DType::float32, 0)}, {x}, [](const Values& c, const Values& s) -> Step {
    assert_true(s[0], less(s[0], scalar_like(s[0], 2)), "a slice is too large");
    return {{c[0] + s[0]}, {}};
  });
  f.output("y", result.carries[0]);
  for (bool optimize : {false, true}) {
    Session session(module, {.compile = {.optimize = optimize}});
    CHECK(session.run("f", {{"x", counted(2)}}).at("y").item() == 1);
    CHECK_THROWS_WITH_AS(session.run("f", {{"x", counted(4)}}),
                         "assert_true: a slice is too large\n  in assert_true\n  at step 2 of encoder/scan", UserError);
  }
}
