// Samples of rectifiers: other parameters than the usual ones, kinks, saturation, and slopes that broadcast.
#include <cmath>
#include <limits>

#include "ops/ops.h"
#include "tests/op_samples/op_samples.h"

namespace gradloom::op_samples {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double selu_alpha = 1.6732632423543772, selu_gamma = 1.0507009873554805;

struct Rectifier {
  const char* op;
  std::function<Value(Value)> build;
  std::function<double(double)> f;
  double at_minus_infinity;
  std::vector<double> kinks = {0};  // and the slopes there
  std::vector<double> slopes = {};
};

double leak(double x, double slope) { return x < 0 ? slope * x : x; }
double plain_elu(double x, double alpha) { return x < 0 ? alpha * std::expm1(x) : x; }
double plain_hard_sigmoid(double x, double alpha, double beta) {
  double y = alpha * x + beta;
  return y < 0 ? 0 : y > 1 ? 1 : y;
}
double plain_softplus(double x) { return x > 30 ? x : std::log1p(std::exp(x)); }
double plain_hard_swish(double x) {
  if (std::isinf(x)) return x > 0 ? x : 0;
  return x * plain_hard_sigmoid(x, 1.0 / 6, 0.5);
}

// The first of each operation has its usual parameters.
const Rectifier rectifiers[] = {
    {"leaky_relu",
     [](Value x) { return leaky_relu(x); },
     [](double x) { return leak(x, 0.01); },
     -infinity,
     {0},
     {0.01}},
    {"leaky_relu",
     [](Value x) { return leaky_relu(x, -0.5); },
     [](double x) { return leak(x, -0.5); },
     infinity,
     {0},
     {-0.5}},
    {"elu", [](Value x) { return elu(x); }, [](double x) { return plain_elu(x, 1); }, -1, {0}, {1}},
    {"elu", [](Value x) { return elu(x, 0.7); }, [](double x) { return plain_elu(x, 0.7); }, -0.7, {0}, {0.7}},
    {"selu",
     [](Value x) { return selu(x); },
     [](double x) { return selu_gamma * plain_elu(x, selu_alpha); },
     -selu_gamma* selu_alpha,
     {0},
     {selu_gamma * selu_alpha}},
    {"selu", [](Value x) { return selu(x, 0.5, 2); }, [](double x) { return 2 * plain_elu(x, 0.5); }, -1, {0}, {1}},
    {"celu", [](Value x) { return celu(x); }, [](double x) { return plain_elu(x, 1); }, -1, {0}, {1}},
    {"celu",
     [](Value x) { return celu(x, 2); },
     [](double x) { return x < 0 ? 2 * std::expm1(x / 2) : x; },
     -2,
     {0},
     {1}},
    {"hard_sigmoid",
     [](Value x) { return hard_sigmoid(x); },
     [](double x) { return plain_hard_sigmoid(x, 0.2, 0.5); },
     0,
     {-2.5, 2.5},
     {0, 0}},
    {"hard_sigmoid",
     [](Value x) { return hard_sigmoid(x, -0.25, 0.25); },
     [](double x) { return plain_hard_sigmoid(x, -0.25, 0.25); },
     1,
     {-3, 1},
     {0, 0}},
    {"hard_swish", hard_swish, plain_hard_swish, 0, {-3, 3}, {0, 1}},
    {"softsign", softsign, [](double x) { return x / (1 + std::abs(x)); }, nan, {0}, {1}},
    {"mish", mish, [](double x) { return x * std::tanh(plain_softplus(x)); }, nan, {0}, {0.6}},
};

// Normal, 0.05 away from every kink.
Filled between_kinks(const std::vector<double>& kinks, Dims shape) {
  Filled filled = normal(std::move(shape));
  filled.draw = [kinks](Random& random, const Binding&) {
    double x = 2 * random.normal();
    for (double kink : kinks)
      if (std::abs(x - kink) < 0.05) x = kink + std::copysign(0.05, x - kink);
    return x;
  };
  return filled;
}

OpSample at_points(const Rectifier& r, std::string name, std::vector<double> points) {
  auto size = static_cast<std::int64_t>(points.size());
  return {.op = r.op,
          .name = std::move(name),
          .inputs = {exactly(std::move(points), {size})},
          .build = [build = r.build](const Values& v) -> Values { return {build(v[0])}; },
          .reference = map(r.f)};
}

void add_edges(Table& table, const Rectifier& r) {
  table.add(at_points(r, "saturation", {-700, -100, -30, -7, 7, 30, 100, 700}));
  OpSample small = at_points(r, "small operands keep their digits", {1e-12, -3e-12, 2.5e-12});
  small.not_differentiated = "the kink is nearer than a difference reaches";
  table.add(small);
  OpSample edges = at_points(r, "infinities and NaN", {-infinity, nan, 1, infinity});
  edges.reference = [=](const Arrays& x) -> Arrays {
    std::string_view op = r.op;
    double above = op == "hard_sigmoid" ? r.f(1e9) : op == "softsign" ? nan : infinity;
    return {{x[0].shape, {r.at_minus_infinity, nan, r.f(1), above}}};
  };
  edges.not_differentiated = "these values have no slope";
  table.add(edges);
  OpSample kinks = at_points(r, "the gradient at kinks", r.kinks);
  kinks.gradient = [slopes = r.slopes](const Arrays& x) -> Arrays { return {{x[0].shape, slopes}}; };
  table.add(kinks);
}

void add_prelu(Table& table) {
  struct Pair {
    const char* name;
    Dims x, slope;
  };
  for (const Pair& pair :
       {Pair{"scalars", {}, {}}, Pair{"one slope for a vector", {"n"}, {}}, Pair{"a slope an element", {"n"}, {"n"}},
        Pair{"one slope for a matrix", {"m", "n"}, {1}}, Pair{"a slope a column", {"m", "n"}, {"n"}},
        Pair{"a slope a row", {"m", "n"}, {"m", 1}}, Pair{"a row of a matrix", {1, "n"}, {"n"}},
        Pair{"a column of a matrix", {"n", 1}, {"n", 1}},
        Pair{"a slope an element of a matrix", {"m", "n"}, {"m", "n"}},
        Pair{"a slope a channel", {"k", "m", "n"}, {"m", 1}},
        Pair{"a slope a channel of images", {"k", "m", "n", 3}, {"m", 1, 1}},
        Pair{"five axes", {"k", "m", 1, "l", "n"}, {"m", 1, "l", 1}}, Pair{"nothing", {0, "n"}, {"n"}}})
    table.add({.op = "prelu",
               .name = pair.name,
               .inputs = {away_from(0, pair.x), normal(pair.slope)},
               .build = [](const Values& v) -> Values { return {prelu(v[0], v[1])}; },
               .reference = broadcast_map(leak)});
  OpSample kink{.op = "prelu",
                .name = "the gradient at 0 is that of the slope, whose own is 0; infinity and NaN",
                .inputs = {exactly({0, -2, 3, -infinity, nan}, {5}), exactly({0.25, 0.5, 2, 0.5, 0.5}, {5})},
                .build = [](const Values& v) -> Values { return {prelu(v[0], v[1])}; },
                .reference = broadcast_map(leak)};
  kink.gradient = [](const Arrays& x) -> Arrays {
    return {{x[0].shape, {0.25, 0.5, 1, 0.5, 0.5}}, {x[0].shape, {0, -2, 0, -infinity, 0}}};
  };
  table.add(kink);

  auto declared = [](DType x, Dims shape, DType slope, Dims slopes) {
    return [=](Graph& g) -> Values {
      Scope scope(g, "encoder");
      return {prelu(g.input("x", x, shape), g.input("slope", slope, slopes))};
    };
  };
  table.add_error({"prelu", declared(DType::float32, {"batch", 1}, DType::float32, {4}),
                   "prelu(x: [batch, 1], slope: [4]): slope [4] does not broadcast to x [batch, 1]\n  in encoder"});
  table.add_error({"prelu", declared(DType::float32, {"batch", 3}, DType::float32, {4}),
                   "prelu(x: [batch, 3], slope: [4]): axis -1 is 3 in [batch, 3] but 4 in [4]\n  in encoder"});
  table.add_error({"prelu", declared(DType::float32, {2}, DType::float64, {2}),
                   "prelu(x: float32 [2], slope: float64 [2]): x is float32 but slope is float64; cast one of them\n  "
                   "in encoder"});
  table.add_error({"prelu", declared(DType::int32, {2}, DType::int32, {2}),
                   "prelu(x: [2], slope: [2]): x is int32 but float32 or float64 is needed\n  in encoder"});
}

}  // namespace

void add_rectifier_samples(Table& table) {
  for (const Rectifier& r : rectifiers) {
    add_unary(table, {r.op, r.build, r.f, [=](Dims shape) { return between_kinks(r.kinks, std::move(shape)); }});
    add_edges(table, r);
    table.add_error({r.op,
                     [build = r.build](Graph& g) -> Values { return {build(g.input("x", DType::boolean, {"n"}))}; },
                     std::string(r.op) + "(x: [n]): x is bool but float32 or float64 is needed"});
  }
  add_prelu(table);
  for (double alpha : {0.0, -1.0})
    table.add_error({"celu", [=](Graph& g) -> Values { return {celu(g.input("x", DType::float32, {2}), alpha)}; },
                     concat_text("celu(x: [2]): alpha is ", alpha, " but must be above 0")});
}

}  // namespace gradloom::op_samples
