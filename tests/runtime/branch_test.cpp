// Operations with bodies that are no loops run them through their host: in plans, in loops, nested.
#include <doctest/doctest.h>

#include "base/error.h"
#include "ops/ops.h"
#include "runtime/session.h"
#include "tests/runtime/random_graph.h"

using namespace gradloom;
using testing::random_tensor;

namespace {

// body(body(x)), with scratch memory of its own in between.
const OpDef twice_op{
    .name = "twice",
    .summary = "a body run on its own result",
    .inputs = {"x"},
    .attributes = {{"body", AttributeKind::body, "required", "from x to x"}},
    .traits = Trait::control,
    .shape = [](const Infer& in) -> Types { return {in.type(0)}; },
    .kernel =
        [](const Kernel& k) {
          TensorView between = k.output();
          between.data = k.scratch<float>(k.output().size());
          const Graph& body = *k.attribute<Body>("body");
          k.host().run_body(body, {k.input(0)}, {between});
          k.host().run_body(body, {between}, {k.output()});
        },
};

Value twice(Value x, const std::function<Value(Value)>& f) {
  BodyScope scope(x.graph().innermost(), "twice");
  Graph& body = scope.body();
  Value own = body.input("x", x.dtype(), x.shape());
  body.output("y", f(own));
  Graph& outer = *body.parent();
  outer.end_body(body);
  return outer.apply(twice_op, {x}, {{"body", static_cast<Body>(&body)}})[0];
}

}  // namespace

TEST_CASE("runtime/branch: bodies run through the host, in loops and in each other") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"time", "n"}), start = f.input("start", DType::float32, {"n"});
  Value direct = twice(start, [](Value v) { return v * v + 1.0; });
  ScanResult result = scan({direct}, {x}, [](const Values& c, const Values& s) {
    Value once = twice(c[0] + s[0], [](Value v) { return twice(v, [](Value u) { return tanh(u) * 2.0; }) - v; });
    return Step{{once}, {once}};
  });
  f.output("direct", direct);
  f.output("same", twice(start, [](Value v) { return v; }));
  f.output("last", result.carries[0]);
  f.output("all", result.outputs[0]);
  TensorMap inputs{{"x", random_tensor(DType::float32, {3, 5}, 1)}, {"start", random_tensor(DType::float32, {5}, 2)}};
  for (bool optimize : {false, true}) {
    Session session(module, {.compile = {.optimize = optimize}});
    for (int round = 0; round < 2; ++round)
      CHECK(testing::difference(session.run("f", inputs), interpret(f, inputs).outputs, optimize ? 1e-5 : 0) == "");
  }
}
