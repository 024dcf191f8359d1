// Bodies of loops with lengths that take several rows together: they mean the same whatever is moved out of the loop.
#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "ops/ops.h"
#include "ops/scan.h"
#include "runtime/passes.h"
#include "runtime/session.h"
#include "tests/runtime/random_graph.h"

using namespace gradloom;
using testing::random_tensor;

namespace {

constexpr DType f64 = DType::float64;

// x [time, batch, 2], of which the padding is NaN, and h [batch, 2]; a body makes the next carry and an output of both.
void check(const std::function<Step(const Value& h, const Value& x)>& body) {
  for (bool reverse : {false, true}) {
    Module module;
    Graph& f = module.add_function("f");
    Value x = f.input("x", f64, {"time", "batch", 2}), h = f.input("h", f64, {"batch", 2});
    ScanResult result = scan({h}, {x}, [&](const Values& c, const Values& s) { return body(c[0], s[0]); },
                             {.lengths = f.input("lengths", DType::int64, {"batch"}), .reverse = reverse});
    f.output("state", result.carries[0]);
    f.output("output", result.outputs[0]);
    Tensor padded = random_tensor(f64, {3, 3, 2}, 1);
    std::vector<std::int64_t> lengths{3, 1, 0};
    for (std::size_t t = 0; t < 3; ++t)
      for (std::size_t row = 0; row < 3; ++row)
        for (std::size_t i = 0; i < 2; ++i)
          if (static_cast<std::int64_t>(t) >= lengths[row])
            padded.mutable_values<double>()[(t * 3 + row) * 2 + i] = std::numeric_limits<double>::quiet_NaN();
    TensorMap inputs{
        {"x", padded}, {"h", random_tensor(f64, {3, 2}, 2)}, {"lengths", Tensor::from<std::int64_t>({3}, lengths)}};
    TensorMap expected = interpret(f, inputs).outputs;
    Session session(module);
    CHECK(testing::difference(session.run("f", inputs), expected, 1e-13) == "");
  }
}

}  // namespace

TEST_CASE(
    "runtime/passes/row_mixing: a mean over the batch reads slices at rest as 0, whatever stands in the padding") {
  check([](const Value& h, const Value& x) {
    Value mean_of_rows = mean(x, {0}, true);
    return Step{{tanh(h + mean_of_rows)}, {x - mean_of_rows}};
  });
}

TEST_CASE("runtime/passes/row_mixing: what is made of a slice at rest counts as the body makes it") {
  check([](const Value& h, const Value& x) {
    Value whole = sum(x + 1.0, {0}, true);
    return Step{{tanh(h + x)}, {h * whole}};
  });
}

TEST_CASE("runtime/passes/row_mixing: an output that sums over rows sees what the body makes of rows at rest") {
  check([](const Value& h, const Value& x) {
    Value next = tanh(h + x);
    return Step{{next}, {broadcast_to(sum(next, {0}, true), {"batch", 2})}};
  });
}

TEST_CASE("runtime/passes/row_mixing: a softmax along the batch, and a product summed over it") {
  check([](const Value& h, const Value& x) {
    Value next = tanh(h + x), shares = softmax(x, 0);
    Value between = dot_general(next, x, {}, {}, {0}, {0});
    return Step{{next}, {shares + matmul(x, between)}};
  });
}

TEST_CASE("runtime/passes/row_mixing: rows that look something up in a table have nothing to do with each other") {
  Module module;
  Graph& f = module.add_function("f");
  Value table = f.input("table", f64, {5, 2}), lengths = f.input("lengths", DType::int64, {"batch"});
  ScanResult result = scan({f.input("h", f64, {"batch", 2})}, {f.input("ids", DType::int64, {"time", "batch"})},
                           [&](const Values& c, const Values& s) {
                             return Step{{tanh(c[0] + gather(table, s[0]))}, {}};
                           },
                           {.lengths = lengths});
  f.output("state", result.carries[0]);
  auto executable = Executable::compile(module, "f");
  auto is_hoist = [](const PassReport& report) { return report.pass == "hoist"; };
  CHECK(std::any_of(executable->reports().begin(), executable->reports().end(), is_hoist));
}

TEST_CASE("runtime/passes/row_mixing: a carry without rows goes on when all rows are at rest") {
  Module module;
  Graph& f = module.add_function("f");
  Value h = f.input("h", f64, {"batch"}), count = f.input("count", DType::int64, {});
  ScanParts parts;
  parts.carries = {h, count};
  parts.sequences = {f.input("x", f64, {"time", "batch"})};
  parts.lengths = f.input("lengths", DType::int64, {"batch"});
  parts.length = "time";
  parts.plain_carries = {1};
  Graph& body = module.add_body("f/scan", nullptr);
  Value own_h = body.input("h", f64, {"batch"}), own_count = body.input("count", DType::int64, {});
  body.output("h", own_h + body.input("x", f64, {"batch"}));
  body.output("count", own_count + 1);
  parts.body = &body;
  Values results = add_scan(f, parts);
  f.output("h", results[0]);
  f.output("count", results[1]);
  TensorMap inputs{{"h", random_tensor(f64, {2}, 1)},
                   {"count", Tensor::scalar<std::int64_t>(0)},
                   {"x", random_tensor(f64, {5, 2}, 2)},
                   {"lengths", Tensor::from<std::int64_t>({2}, {3, 1})}};
  Session session(module);
  TensorMap got = session.run("f", inputs);
  CHECK(got.at("count").to_vector<std::int64_t>() == std::vector<std::int64_t>{5});
  CHECK(testing::difference(got, interpret(f, inputs).outputs, 1e-13) == "");
}
