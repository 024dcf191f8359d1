// Samples of element-wise functions: their usual range, small operands, and the edges of their domains.
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

double plain_rsqrt(double x) { return 1 / std::sqrt(x); }
double plain_reciprocal(double x) { return 1 / x; }
Filled away_from_zero(Dims shape) { return away_from(0, std::move(shape)); }
Filled above_minus_one(Dims shape) { return between(-0.8, 3, std::move(shape)); }

const Function functions[] = {
    {"exp", exp, std::exp},
    {"log", log, std::log, positive},
    {"log1p", log1p, std::log1p, above_minus_one},
    {"expm1", expm1, std::expm1},
    {"sqrt", sqrt, std::sqrt, positive},
    {"rsqrt", rsqrt, plain_rsqrt, positive},
    {"reciprocal", reciprocal, plain_reciprocal, away_from_zero},
    {"sin", sin, std::sin},
    {"cos", cos, std::cos},
    {"erf", erf, std::erf},
};

void add_edges(Table& table, const Function& function) {
  auto build = function.build;
  table.add({.op = function.op,
             .name = "zeros, infinities, NaN",
             .inputs = {exactly({0, -0.0, 1, infinity, -infinity, nan}, {6})},
             .build = [=](const Values& v) -> Values { return {build(v[0])}; },
             .reference = map(function.f),
             .not_differentiated = "these values have no slope"});
}

void add_small(Table& table, const Function& function) {
  auto build = function.build;
  table.add({.op = function.op,
             .name = "small operands keep their digits",
             .inputs = {exactly({1e-12, -3e-12, 2.5e-12}, {3})},
             .build = [=](const Values& v) -> Values { return {build(v[0])}; },
             .reference = map(function.f)});
}

}  // namespace

void add_math_samples(Table& table) {
  for (const Function& function : functions) {
    add_unary(table, {function.op, function.build, function.f, function.fill});
    add_edges(table, function);
    table.add_error({function.op,
                     [build = function.build](Graph& g) -> Values {
                       Scope scope(g, "decoder/output");
                       return {build(g.input("x", DType::int64, {"batch", 2}))};
                     },
                     std::string(function.op) +
                         "(x: [batch, 2]): x is int64 but float32 or float64 is needed\n  in decoder/output"});
  }
  for (const Function& function : functions)
    if (function.op == std::string_view("log1p") || function.op == std::string_view("expm1") ||
        function.op == std::string_view("sin") || function.op == std::string_view("erf"))
      add_small(table, function);
  table.add({.op = "exp",
             .name = "from the smallest to the largest results",
             .inputs = {between(-80, 80, {"n"})},
             .build = [](const Values& v) -> Values { return {exp(v[0]) * exp(-v[0])}; },
             .reference = map([](double) { return 1.0; }),
             .tolerance = {.float32 = 2e-5, .float64 = 1e-13, .reason = "exp magnifies the rounding of 80 by 80"}});
}

}  // namespace gradloom::op_samples
