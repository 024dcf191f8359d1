// Gradients of loops: constants, several carries, lengths, both directions, nesting, second order, no steps.
#include <doctest/doctest.h>

#include <cmath>

#include "autodiff/gradients.h"
#include "finite_difference.h"
#include "graph/verify.h"
#include "ops/ops.h"

using namespace gradloom;

namespace {

// h' = tanh(x W + h U), y = h' * scale: weights are constants of the loop.
Value recurrent_loss(const Values& in, const ScanOptions& options) {
  Value h0 = in[0], xs = in[1], w = in[2], u = in[3];
  ScanResult result = scan(
      {h0}, {xs},
      [&](const Values& h, const Values& x) {
        Value next = tanh(matmul(x[0], w) + matmul(h[0], u));
        return Step{{next}, {next * next}};
      },
      options);
  return sum(result.outputs[0]) + sum(square(result.carries[0]));
}

std::vector<Tensor> recurrent_inputs() {
  return {random_tensor({3, 4}, 1), random_tensor({5, 3, 2}, 2), random_tensor({2, 4}, 3), random_tensor({4, 4}, 4)};
}

}  // namespace

TEST_CASE("autodiff/scan: a recurrent layer, forward and reversed, first and second order") {
  for (bool reverse : {false, true})
    for (int order : {1, 2}) {
      auto check = check_gradient(
          recurrent_inputs(), [&](const Values& in) { return recurrent_loss(in, {.reverse = reverse}); }, order);
      CHECK_MESSAGE(check.relative_error() < (order == 1 ? 1e-8 : 1e-6), reverse, " ", order);
    }
}

TEST_CASE("autodiff/scan: lengths freeze rows, forward and reversed, first and second order") {
  std::vector<Tensor> inputs = recurrent_inputs();
  inputs.push_back(Tensor::from<std::int32_t>({3}, {5, 2, 0}));
  for (bool reverse : {false, true})
    for (int order : {1, 2}) {
      auto check = check_gradient(
          inputs, [&](const Values& in) { return recurrent_loss(in, {.lengths = in[4], .reverse = reverse}); }, order);
      CHECK_MESSAGE(check.relative_error() < (order == 1 ? 1e-8 : 1e-6), reverse, " ", order);
    }
}

TEST_CASE("autodiff/scan: padding that is NaN, and functions infinite at 0, leave the gradient finite") {
  std::vector<Tensor> inputs = recurrent_inputs();
  inputs.push_back(Tensor::from<std::int32_t>({3}, {5, 2, 0}));
  for (double& x : inputs[1].mutable_values<double>()) x = std::abs(x) + 0.5;
  auto check = check_gradient(inputs, [&](const Values& in) {
    ScanResult result = scan({in[0]}, {in[1]},
                             [&](const Values& h, const Values& x) {
                               Value next = tanh(matmul(log(x[0]), in[2]) + matmul(h[0] / sum(x[0], {1}, true), in[3]));
                               return Step{{next}, {next}};
                             },
                             {.lengths = in[4]});
    return sum(square(result.outputs[0])) + sum(result.carries[0]);
  });
  CHECK(check.relative_error() < 1e-8);
  CHECK(std::isfinite(check.analytic));
}

TEST_CASE("autodiff/scan: a loop in a loop") {
  std::vector<Tensor> inputs{random_tensor({3}, 1), random_tensor({4, 2, 3}, 2), random_tensor({3}, 3)};
  for (int order : {1, 2}) {
    auto check = check_gradient(
        inputs,
        [&](const Values& in) {
          ScanResult outer = scan({in[0]}, {in[1]}, [&](const Values& a, const Values& rows) {
            ScanResult inner = scan({a[0]}, {rows[0]}, [&](const Values& b, const Values& row) {
              Value next = sin(b[0] * in[2] + row[0] * a[0]);
              return Step{{next}, {next * in[2]}};
            });
            return Step{{inner.carries[0] + sum(inner.outputs[0], {0})}, {inner.outputs[0]}};
          });
          return sum(square(outer.carries[0])) + sum(outer.outputs[0]);
        },
        order);
    CHECK_MESSAGE(check.relative_error() < (order == 1 ? 1e-8 : 1e-6), order);
  }
}

TEST_CASE("autodiff/scan: no steps pass the carries through, and their gradient") {
  std::vector<Tensor> inputs{random_tensor({2}, 1), random_tensor({0, 2}, 2), random_tensor({2}, 3)};
  auto check = check_gradient(inputs, [&](const Values& in) {
    ScanResult result = scan({in[0]}, {in[1]}, [&](const Values& c, const Values& x) {
      return Step{{c[0] * in[2] + x[0]}, {c[0]}};
    });
    return sum(square(result.carries[0])) + sum(result.outputs[0]);
  });
  CHECK(check.relative_error() < 1e-9);
}

TEST_CASE("autodiff/scan: carries and results that nothing depends on") {
  std::vector<Tensor> inputs{random_tensor({2}, 1), random_tensor({3, 2}, 2), random_tensor({2}, 3)};
  auto check = check_gradient(inputs, [&](const Values& in) {
    ScanResult result = scan({in[0], in[2]}, {in[1]}, [&](const Values& c, const Values& x) {
      return Step{{c[0] + x[0], c[1] * x[0]}, {c[1], x[0]}};
    });
    return sum(square(result.carries[0]));
  });
  CHECK(check.relative_error() < 1e-9);
}

TEST_CASE("autodiff/scan: a gradient graph verifies") {
  Module module;
  Graph& graph = module.add_function("f");
  Values in{graph.input("h", DType::float64, {"batch", 4}), graph.input("x", DType::float64, {"time", "batch", 2}),
            graph.input("w", DType::float64, {2, 4}), graph.input("u", DType::float64, {4, 4}),
            graph.input("lengths", DType::int64, {"batch"})};
  Values grads = gradients(recurrent_loss(in, {.lengths = in[4]}), {in[0], in[1], in[2], in[3]});
  for (std::size_t i = 0; i < grads.size(); ++i) CHECK(grads[i].type() == in[i].type());
  CHECK_NOTHROW(verify(module));
}
