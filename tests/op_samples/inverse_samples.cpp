// Samples of the tangent, the inverse and the hyperbolic functions: their domains, the ends of these, small and large
// operands.
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
  double low, high;  // between these it is smooth
};

const Function functions[] = {
    {"tan", tan, std::tan, -1.1, 1.1},   {"asin", asin, std::asin, -0.8, 0.8}, {"acos", acos, std::acos, -0.8, 0.8},
    {"atan", atan, std::atan, -3, 3},    {"sinh", sinh, std::sinh, -2, 2},     {"cosh", cosh, std::cosh, -2, 2},
    {"asinh", asinh, std::asinh, -3, 3}, {"acosh", acosh, std::acosh, 1.3, 4}, {"atanh", atanh, std::atanh, -0.8, 0.8},
};

OpSample at_points(const Function& function, std::string name, std::vector<double> points) {
  auto size = static_cast<std::int64_t>(points.size());
  return {.op = function.op,
          .name = std::move(name),
          .inputs = {exactly(std::move(points), {size})},
          .build = [build = function.build](const Values& v) -> Values { return {build(v[0])}; },
          .reference = map(function.f)};
}

const Function& named(std::string_view op) {
  for (const Function& function : functions)
    if (function.op == op) return function;
  throw std::out_of_range("no such function");
}

// What the slope is where differences do not reach: at the ends of a domain.
void add_slopes(Table& table, std::string_view op, std::string name, std::vector<double> points,
                std::vector<double> slopes) {
  OpSample sample = at_points(named(op), std::move(name), std::move(points));
  sample.gradient = [slopes = std::move(slopes)](const Arrays& x) -> Arrays { return {{x[0].shape, slopes}}; };
  table.add(sample);
}

}  // namespace

void add_inverse_samples(Table& table) {
  for (const Function& function : functions) {
    add_unary(table, {function.op, function.build, function.f,
                      [=](Dims shape) { return between(function.low, function.high, std::move(shape)); }});
    OpSample edges = at_points(function, "zeros, ends of domains, beyond them, infinities, NaN",
                               {0, -0.0, 1, -1, 1.5, -1.5, infinity, -infinity, nan});
    edges.not_differentiated = "some of these values have no slope";
    table.add(edges);
    table.add_error({function.op,
                     [build = function.build](Graph& g) -> Values {
                       Scope scope(g, "decoder/output");
                       return {build(g.input("x", DType::int32, {"batch", 2}))};
                     },
                     std::string(function.op) +
                         "(x: [batch, 2]): x is int32 but float32 or float64 is needed\n  in decoder/output"});
  }
  for (const char* op : {"tan", "asin", "atan", "sinh", "asinh", "atanh"})
    table.add(at_points(named(op), "small operands keep their digits", {1e-12, -3e-12, 2.5e-12}));
  for (const char* op : {"atan", "asinh"})
    table.add(at_points(named(op), "large operands", {-1e30, -1e12, 1e12, 1e30}));
  table.add(at_points(named("acosh"), "large operands", {1e6, 1e12, 1e30}));
  table.add(at_points(named("sinh"), "a large result of either sign", {-80, 80}));
  table.add(at_points(named("cosh"), "a large result of either sign", {-80, 80}));
  add_slopes(table, "asin", "the slope at the ends is infinite", {-1, 0, 1}, {infinity, 1, infinity});
  add_slopes(table, "acos", "the slope at the ends is infinite", {-1, 0, 1}, {-infinity, -1, -infinity});
  add_slopes(table, "acosh", "the slope at 1 is infinite, below NaN", {1, 0, -2}, {infinity, nan, nan});
  add_slopes(table, "atanh", "the slope at the ends is infinite", {-1, 0, 1}, {infinity, 1, infinity});
}

}  // namespace gradloom::op_samples
