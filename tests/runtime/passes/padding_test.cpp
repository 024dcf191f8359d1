// What stands in the padding of a user's sequences, NaN and zeros that would be divided by, enters nothing.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "autodiff/gradients.h"
#include "base/error.h"
#include "ops/ops.h"
#include "runtime/session.h"
#include "tests/runtime/random_graph.h"

using namespace gradloom;
using testing::random_tensor;

TEST_CASE("runtime/passes/padding: NaN in the padding of a sequence reaches no weight gradient") {
  for (bool reverse : {false, true}) {
    Module module;
    Graph& f = module.add_function("f");
    DType f64 = DType::float64;
    Value x = f.input("x", f64, {"time", "batch", 2}), h = f.input("h", f64, {"batch", 3});
    Value w = f.input("w", f64, {3, 2}), u = f.input("u", f64, {3, 3}), v = f.input("v", f64, {4, 2});
    Value lengths = f.input("lengths", DType::int64, {"batch"});
    ScanResult result = scan({h}, {x},
                             [&](const Values& c, const Values& s) -> Step {
                               Value next = tanh(linear(s[0], w) + linear(c[0], u));
                               return {{next}, {tanh(linear(log(abs(s[0]) + 1.0), v))}};
                             },
                             {.lengths = lengths, .reverse = reverse});
    Value loss = sum(square(result.carries[0])) + sum(result.outputs[0]);
    Values found = gradients(loss, {w, u, v, x});
    for (std::size_t i = 0; i < found.size(); ++i) f.output(concat_text("gradient_", i), found[i]);
    Tensor padded = random_tensor(f64, {4, 3, 2}, 1);
    std::vector<std::int64_t> real{4, 1, 0};
    for (std::size_t t = 0; t < 4; ++t)
      for (std::size_t row = 0; row < 3; ++row)
        for (std::size_t i = 0; i < 2; ++i)
          if (static_cast<std::int64_t>(t) >= real[row])
            padded.mutable_values<double>()[(t * 3 + row) * 2 + i] = std::numeric_limits<double>::quiet_NaN();
    TensorMap inputs{{"x", padded},
                     {"h", random_tensor(f64, {3, 3}, 2)},
                     {"w", random_tensor(f64, {3, 2}, 3)},
                     {"u", random_tensor(f64, {3, 3}, 4)},
                     {"v", random_tensor(f64, {4, 2}, 5)},
                     {"lengths", Tensor::from<std::int64_t>({3}, real)}};
    TensorMap expected = interpret(f, inputs).outputs;
    for (const auto& [name, gradient] : expected)
      for (double value : gradient.values<double>()) REQUIRE(std::isfinite(value));
    Session session(module);
    CHECK(testing::difference(session.run("f", inputs), expected, 1e-13) == "");
  }
}

TEST_CASE("runtime/passes/padding: a row at rest divides by nothing") {
  for (bool is_carried : {false, true})
    for (Dim batch : {Dim("batch"), Dim(3)}) {
      Module module;
      Graph& f = module.add_function("f");
      Value x = f.input("x", DType::int32, {"time", batch, 2}), by = f.input("by", DType::int32, {"time", batch});
      Value lengths = f.input("lengths", DType::int32, {batch});
      Value start = fill(f, DType::int32, {batch, 2}, 100);
      ScanResult result = scan({start}, {x, by},
                               [&](const Values& c, const Values& s) -> Step {
                                 Value divisor = expand_dims(s[1], {1});
                                 Value y = div(is_carried ? c[0] : s[0], divisor) + mod(s[0], divisor);
                                 return {{is_carried ? y : c[0] + y}, {y, s[1]}};
                               },
                               {.lengths = lengths});
      f.output("last", result.carries[0]);
      f.output("all", result.outputs[0]);
      f.output("by", result.outputs[1]);
      TensorMap inputs{{"x", Tensor::from<std::int32_t>({2, 3, 2}, {7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18})},
                       {"by", Tensor::from<std::int32_t>({2, 3}, {2, 3, 0, 5, 0, 0})},
                       {"lengths", Tensor::from<std::int32_t>({3}, {2, 1, 0})}};
      TensorMap expected = interpret(f, inputs).outputs;
      CHECK(expected.at("by").to_vector<std::int32_t>() == std::vector<std::int32_t>{2, 3, 0, 5, 0, 0});
      if (!is_carried)
        CHECK(expected.at("last").to_vector<std::int32_t>() == std::vector<std::int32_t>{109, 110, 103, 104, 100, 100});
      for (bool optimize : {false, true}) {
        Session session(module, {.compile = {.optimize = optimize}});
        CHECK(testing::difference(session.run("f", inputs), expected) == "");
      }
      // A real step that divides by 0 still fails.
      inputs["lengths"] = Tensor::from<std::int32_t>({3}, {2, 2, 0});
      Session session(module);
      CHECK_THROWS_AS(session.run("f", inputs), UserError);
    }
}
