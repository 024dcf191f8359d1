// Loops with lengths whose rows do not stay on the first axis, or whose batch is as long as another axis: gradients
// against differences, and each set of passes against the interpreter.
#include <doctest/doctest.h>

#include <cmath>

#include "../../autodiff/finite_difference.h"
#include "autodiff/gradients.h"
#include "base/error.h"
#include "ops/ops.h"
#include "runtime/passes.h"

using namespace gradloom;

namespace {

// Inputs by name: h [batch, 4], x [time, batch, 4], w [4, 4], z [span, batch, 4], ids [batch], lengths [batch].
using Body = std::function<Step(Graph&, const Values& carries, const Values& slices)>;

TensorMap tensors() {
  return {{"h", random_tensor({4, 4}, 1)},
          {"x", random_tensor({5, 4, 4}, 2)},
          {"w", random_tensor({4, 4}, 3)},
          {"z", random_tensor({3, 4, 4}, 4)},
          {"ids", Tensor::from<std::int64_t>({4}, {3, 0, 2, -1})},
          {"lengths", Tensor::from<std::int64_t>({4}, {5, 2, 0, 3})}};
}

void declare(Graph& f, const Dim& batch, bool reverse, bool with_ids, const Body& body) {
  Value h = f.input("h", DType::float64, {batch, 4}), x = f.input("x", DType::float64, {"time", batch, 4});
  Values floats{h, x, f.input("w", DType::float64, {4, 4}), f.input("z", DType::float64, {"span", batch, 4})};
  Values carries{h};
  Value ids = f.input("ids", DType::int64, {batch});
  if (with_ids) carries.push_back(ids);
  ScanResult result = scan(carries, {x}, [&](const Values& c, const Values& s) { return body(f, c, s); },
                           {.lengths = f.input("lengths", DType::int64, {batch}), .reverse = reverse});
  Value loss = sum(square(result.carries[0]));
  for (const Value& output : result.outputs) loss = loss + sum(sin(output) * output);
  f.output("loss", loss);
  Values found = gradients(loss, floats);
  for (std::size_t i = 0; i < floats.size(); ++i) f.output(floats[i].node().name + "_gradient", found[i]);
}

double slope(const Tensor& gradient, const Tensor& direction) {
  double total = 0;
  for (std::size_t i = 0; i < gradient.values<double>().size(); ++i)
    total += gradient.values<double>()[i] * direction.values<double>()[i];
  return total;
}

void check_gradients(const Graph& f, const TensorMap& inputs) {
  TensorMap made = interpret(f, inputs).outputs;
  for (std::string name : {"h", "x", "w", "z"}) {
    CAPTURE(name);
    Tensor direction = random_tensor(inputs.at(name).shape(), 9);
    auto loss_at = [&](double step) {
      TensorMap moved = inputs;
      auto to = moved.at(name).mutable_values<double>();
      for (std::size_t i = 0; i < to.size(); ++i) to[i] += step * direction.values<double>()[i];
      return interpret(f, moved).outputs.at("loss").values<double>()[0];
    };
    double numeric = (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5;
    CHECK(slope(made.at(name + "_gradient"), direction) == doctest::Approx(numeric).epsilon(1e-6));
  }
}

void check_passes(const Module& module, const TensorMap& inputs) {
  TensorMap wanted = interpret(module.function("f"), inputs).outputs;
  std::vector<std::vector<std::string>> sets{{}};
  for (const PassDef& pass : all_passes()) sets.push_back({std::string(pass.name)});
  for (const auto& without : sets) {
    CAPTURE(join(without));
    Session session(module, {.compile = {.without = without}});
    TensorMap got = session.run("f", inputs);
    for (const auto& [name, tensor] : wanted) {
      CAPTURE(name);
      double largest = 0;
      for (std::size_t i = 0; i < tensor.values<double>().size(); ++i)
        largest = std::max(largest, std::abs(tensor.values<double>()[i] - got.at(name).values<double>()[i]));
      CHECK(largest < 1e-11);
    }
  }
}

void check(const Body& body, bool with_ids = false) {
  for (Dim batch : {Dim("batch"), Dim(4)})
    for (bool reverse : {false, true}) {
      CAPTURE(batch.text());
      CAPTURE(reverse);
      Module module;
      declare(module.add_function("f"), batch, reverse, with_ids, body);
      check_gradients(module.function("f"), tensors());
      check_passes(module, tensors());
    }
}

}  // namespace

TEST_CASE("runtime/passes/rows: rows that a body turns to the second axis") {
  check([](Graph& f, const Values& c, const Values& s) {
    Value w = f.input_named("w");
    Value next = transpose(tanh(matmul(w, transpose(s[0])) + matmul(w, transpose(c[0]))));
    return Step{{next}, {next * next}};
  });
}

TEST_CASE("runtime/passes/rows: a literal batch as long as the other axes") {
  check([](Graph& f, const Values& c, const Values& s) {
    Value w = f.input_named("w");
    Value next = tanh(matmul(s[0], tanh(w)) + matmul(c[0], transpose(w)) + sum(w, {1}));
    return Step{{next}, {next * exp(f.input_named("h")), f.input_named("h") * 2.0}};
  });
}

TEST_CASE("runtime/passes/rows: a loop in a loop with lengths keeps the rows of its outputs on their second axis") {
  check([](Graph& f, const Values& c, const Values& s) {
    ScanResult inner = scan({c[0]}, {f.input_named("z")},
                            [&](const Values& b, const Values& z) {
                              Value next = tanh(matmul(b[0], f.input_named("w")) + z[0] * s[0]);
                              return Step{{next}, {next * (s[0] + 1.0)}};
                            },
                            {.reverse = true});
    Value next = inner.carries[0] + sum(inner.outputs[0], {0});
    return Step{{next * 0.5}, {next}};
  });
}

TEST_CASE("runtime/passes/rows: what is looked up by a carry that never changes is 0 beyond the lengths") {
  check(
      [](Graph& f, const Values& c, const Values& s) {
        Value found = gather(f.input_named("w"), c[1]);
        return Step{{c[0] + s[0], c[1]}, {found, tanh(s[0]) * 2.0}};
      },
      true);
}

TEST_CASE("runtime/passes/rows: a carry that is made of no rows") {
  check([](Graph& f, const Values& c, const Values& s) {
    return Step{{broadcast_to(tanh(sum(f.input_named("w"), {0})), c[0].shape())}, {c[0] * s[0]}};
  });
}
