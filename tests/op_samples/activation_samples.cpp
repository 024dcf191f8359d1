// Samples of the nonlinearities of networks: their usual range, saturation, and the kink of relu.
#include <cmath>
#include <limits>

#include "ops/ops.h"
#include "tests/op_samples/op_samples.h"

namespace gradloom::op_samples {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Function {
  const char* op;
  Value (*build)(Value);
  double (*f)(double);
  Filled (*fill)(Dims) = normal;
};

double plain_sigmoid(double x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }
double plain_relu(double x) { return x > 0 ? x : 0 * x; }
double plain_gelu(double x) { return x * std::erfc(-x / std::sqrt(2.0)) / 2; }
double plain_softplus(double x) { return x > 30 ? x : std::log1p(std::exp(x)); }
double plain_silu(double x) { return x * plain_sigmoid(x); }
Filled away_from_zero(Dims shape) { return away_from(0, std::move(shape)); }

const Function functions[] = {
    {"tanh", tanh, std::tanh},  {"sigmoid", sigmoid, plain_sigmoid},    {"relu", relu, plain_relu, away_from_zero},
    {"gelu", gelu, plain_gelu}, {"softplus", softplus, plain_softplus}, {"silu", silu, plain_silu},
};

OpSample at_points(const Function& function, std::string name, std::vector<double> points) {
  auto size = static_cast<std::int64_t>(points.size());
  return {.op = function.op,
          .name = std::move(name),
          .inputs = {exactly(std::move(points), {size})},
          .build = [build = function.build](const Values& v) -> Values { return {build(v[0])}; },
          .reference = map(function.f)};
}

}  // namespace

void add_activation_samples(Table& table) {
  for (const Function& function : functions) {
    add_unary(table, {function.op, function.build, function.f, function.fill});
    table.add(at_points(function, "saturation", {-700, -100, -30, -5, 5, 30, 100, 700}));
    OpSample edges = at_points(function, "infinity and NaN", {infinity, nan, 1});
    edges.not_differentiated = "these values have no slope";
    table.add(edges);
    table.add_error({function.op,
                     [build = function.build](Graph& g) -> Values { return {build(g.input("x", DType::boolean, {}))}; },
                     std::string(function.op) + "(x: []): x is bool but float32 or float64 is needed"});
  }
  OpSample kink = at_points(functions[2], "the gradient at 0 is 0", {-1, 0, -0.0, 2});
  kink.gradient = [](const Arrays& x) -> Arrays { return {{x[0].shape, {0, 0, 0, 1}}}; };
  table.add(kink);
}

}  // namespace gradloom::op_samples
