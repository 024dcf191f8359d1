// Adam as one pass: recognised in what minimize declares, equal to its operations one by one, and only there.
#include "runtime/adam_chain.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "ops/ops.h"
#include "runtime/compiled_function.h"
#include "runtime/fused_op.h"
#include "runtime/interpreter.h"
#include "runtime/session.h"
#include "tests/runtime/random_graph.h"
#include "training/optimizer.h"

using namespace gradloom;
using testing::random_tensor;

namespace {

// f(x) moves w [3, 700] towards smaller squares of w x.
void declare(Module& module, DType dtype, double clip) {
  module.add_variable({"w", dtype, {3, 700}, Role::parameter, uniform_fill(-1, 1)});
  Graph& f = module.add_function("f");
  Value x = f.input("x", dtype, {700, 5});
  minimize(f, sum(square(matmul(f.variable("w"), x))), f.constant(dtype, 0.1), Adam{}, clip);
}

int count_chains(const Graph& graph) {
  int count = 0;
  for (const Node& node : graph.nodes())
    if (node.kind == NodeKind::operation && node.op == &fused_op)
      count += AdamChain::find(*node.attributes.get<Body>("body")) ? 1 : 0;
  return count;
}

// Over the magnitude where that is above 1.
double largest_difference(const Tensor& a, const Tensor& b) {
  Tensor x = a.cast(DType::float64), y = b.cast(DType::float64);
  double largest = 0;
  for (std::size_t i = 0; i < x.values<double>().size(); ++i)
    largest = std::max(largest, std::abs(x.values<double>()[i] - y.values<double>()[i]) /
                                    std::max(1.0, std::abs(y.values<double>()[i])));
  return largest;
}

}  // namespace

TEST_CASE("runtime/adam_chain: a step is found, with clipping and without, and equals its operations") {
  for (DType dtype : {DType::float32, DType::float64})
    for (double clip : {0.0, 0.5}) {
      Module module;
      declare(module, dtype, clip);
      CompiledFunction compiled(module, "f", {});
      CHECK(count_chains(*compiled.graph) == 1);
      // In the variables' own memory: over the gradient's, the chain could not run as one pass, and would be copied.
      for (const ProgramOutput& update : compiled.program->updates()) CHECK(update.is_direct);
      SessionOptions plain;
      plain.compile.optimize = false;
      Session fast(module), slow(module, plain);
      for (Session* session : {&fast, &slow}) session->initialize(3);
      TensorMap inputs{{"x", random_tensor(dtype, {700, 5}, 4)}};
      for (int step = 0; step < 5; ++step)
        for (Session* session : {&fast, &slow}) session->run("f", inputs);
      for (const Variable& variable : module.variables())
        CHECK_MESSAGE(largest_difference(fast.variable(variable.name), slow.variable(variable.name)) <
                          (dtype == DType::float32 ? 2e-6 : 1e-14),
                      variable.name);
    }
}

TEST_CASE("runtime/adam_chain: another chain is not taken for it") {
  Module module;
  module.add_variable({"w", DType::float32, {700}, Role::parameter, uniform_fill(-1, 1)});
  Graph& f = module.add_function("f");
  Value g = f.input("g", DType::float32, {700}), m = f.input("m", DType::float32, {700}),
        v = f.input("v", DType::float32, {700}), w = f.variable("w");
  auto number = [&](double x) { return f.constant(DType::float32, x); };
  Value m_next = number(0.9) * m + number(0.1) * g;
  // The square of something else.
  Value v_next = number(0.999) * v + number(0.001) * square(w);
  f.update("w", w - number(0.1) * m_next / (sqrt(v_next) / number(0.3) + number(1e-8)));
  f.output("m", m_next);
  f.output("v", v_next);
  CHECK(count_chains(Executable::compile(module, "f")->graph()) == 0);
}
