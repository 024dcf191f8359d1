// Samples of arithmetic: every way to broadcast, integers that wrap and divide, ties and steps.
#include <cmath>
#include <limits>

#include "ops/ops.h"
#include "tests/op_samples/op_samples.h"

namespace gradloom::op_samples {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
const std::vector<DType> integers{DType::int32, DType::int64};

Filled small_whole(Dims shape) { return whole(-9, 9, std::move(shape)); }
Filled positive_whole(Dims shape) { return whole(1, 4, std::move(shape)); }
Filled away_from_zero(Dims shape) { return away_from(0, std::move(shape)); }

double divisor_mod(double a, double b) { return a - b * std::floor(a / b); }

double half_to_even(double x) {
  double down = std::floor(x), up = std::ceil(x);
  if (x - down != up - x) return x - down < up - x ? down : up;
  return std::fmod(down, 2) == 0 ? down : up;
}

// Two given vectors of numbers, without gradients.
OpSample exact_pair(std::string op, std::string name, std::vector<double> a, std::vector<double> b, Build build,
                    Reference reference, std::vector<DType> dtypes = {DType::float32, DType::float64}) {
  auto size = static_cast<std::int64_t>(a.size());
  return {.op = std::move(op),
          .name = std::move(name),
          .inputs = {exactly(std::move(a), {size}), exactly(std::move(b), {size})},
          .build = std::move(build),
          .reference = std::move(reference),
          .dtypes = std::move(dtypes),
          .not_differentiated = "these values have no slope"};
}

void add_two_operands(Table& table) {
  add_binary(table, {"add", add, [](double a, double b) { return a + b; }});
  add_binary(table, {"sub", sub, [](double a, double b) { return a - b; }});
  add_binary(table, {"mul", mul, [](double a, double b) { return a * b; }});
  add_binary(table, {"div", div, [](double a, double b) { return a / b; }, normal, away_from_zero});
  // Quotients stay within a whole number, where mod has no step.
  add_binary(table, {"mod", mod, divisor_mod, [](Dims s) { return between(2.1, 3.9, std::move(s)); },
                     [](Dims s) { return between(1.96, 2.04, std::move(s)); }});
  add_binary(table, {"pow", pow, [](double a, double b) { return std::pow(a, b); }, positive});
  add_binary(table, {"maximum", maximum, [](double a, double b) { return std::max(a, b); }, distinct,
                     [](Dims s) { return between(-0.03, -0.01, std::move(s)); }});
  add_binary(table, {"minimum", minimum, [](double a, double b) { return std::min(a, b); }, distinct,
                     [](Dims s) { return between(-0.03, -0.01, std::move(s)); }});
}

void add_integers(Table& table) {
  auto drop_fraction = [](double a, double b) { return std::trunc(a / b); };
  add_binary(table, {"add", add, [](double a, double b) { return a + b; }, small_whole, small_whole, {}, integers});
  add_binary(table, {"sub", sub, [](double a, double b) { return a - b; }, small_whole, small_whole, {}, integers});
  add_binary(table, {"mul", mul, [](double a, double b) { return a * b; }, small_whole, small_whole, {}, integers});
  add_binary(table, {"div", div, drop_fraction, small_whole, positive_whole, {}, integers});
  add_binary(table, {"mod", mod, divisor_mod, small_whole, positive_whole, {}, integers});
  add_binary(
      table,
      {"pow", pow, [](double a, double b) { return std::pow(a, b); }, small_whole, positive_whole, {}, integers});
  add_binary(
      table,
      {"maximum", maximum, [](double a, double b) { return std::max(a, b); }, small_whole, small_whole, {}, integers});
  add_binary(
      table,
      {"minimum", minimum, [](double a, double b) { return std::min(a, b); }, small_whole, small_whole, {}, integers});

  auto quotients = [](const Values& v) -> Values { return {v[0] / v[1]}; };
  auto rests = [](const Values& v) -> Values { return {mod(v[0], v[1])}; };
  table.add(exact_pair("div", "signs of integers", {7, -7, 7, -7}, {2, 2, -2, -2}, quotients,
                       broadcast_map(drop_fraction), integers));
  table.add(exact_pair("mod", "signs of integers", {7, -7, 7, -7, 6, -6}, {3, 3, -3, -3, -3, 3}, rests,
                       broadcast_map(divisor_mod), integers));
  double lowest = std::numeric_limits<std::int32_t>::min();
  auto constant = [](double value) { return broadcast_map([=](double, double) { return value; }); };
  table.add(exact_pair("add", "integers wrap around", {lowest}, {-1},
                       [](const Values& v) -> Values { return {v[0] + v[1]}; }, constant(-lowest - 1), {DType::int32}));
  table.add(exact_pair("sub", "integers wrap around", {lowest}, {1},
                       [](const Values& v) -> Values { return {v[0] - v[1]}; }, constant(-lowest - 1), {DType::int32}));
  table.add(exact_pair("mul", "integers wrap around", {lowest}, {-1},
                       [](const Values& v) -> Values { return {v[0] * v[1]}; }, constant(lowest), {DType::int32}));
  table.add(exact_pair("div", "the lowest integer by -1", {lowest}, {-1}, quotients, constant(lowest), {DType::int32}));
  table.add(exact_pair("mod", "the lowest integer by -1", {lowest}, {-1}, rests, constant(0), {DType::int32}));
}

void add_edges(Table& table) {
  table.add(exact_pair(
      "div", "IEEE 754 at 0", {1, -1, 0}, {0, 0, 0}, [](const Values& v) -> Values { return {v[0] / v[1]}; },
      broadcast_map([](double a, double b) { return a / b; })));
  table.add(exact_pair(
      "mod", "signs, and 0", {7.5, -7.5, 7.5, -7.5, 1}, {2, 2, -2, -2, 0},
      [](const Values& v) -> Values { return {mod(v[0], v[1])}; },
      broadcast_map([](double a, double b) { return b == 0 ? nan : divisor_mod(a, b); })));
  auto larger = [](const Values& v) -> Values { return {maximum(v[0], v[1])}; };
  auto smaller = [](const Values& v) -> Values { return {minimum(v[0], v[1])}; };
  table.add(exact_pair("maximum", "NaN on either side", {nan, 1, nan, infinity}, {1, nan, nan, 1}, larger,
                       broadcast_map([](double a, double b) { return a + b; })));
  table.add(exact_pair("minimum", "NaN on either side", {nan, 1, nan, -infinity}, {1, nan, nan, 1}, smaller,
                       broadcast_map([](double a, double b) { return a + b; })));

  Reference halves = [](const Arrays& x) -> Arrays { return {{x[0].shape, {0.5, 1, 0}}, {x[0].shape, {0.5, 0, 1}}}; };
  OpSample ties = exact_pair("maximum", "equal operands share the gradient", {1, 2, 3}, {1, 0, 5}, larger,
                             broadcast_map([](double a, double b) { return std::max(a, b); }));
  ties.gradient = halves;
  table.add(ties);
  ties = exact_pair("minimum", "equal operands share the gradient", {1, 0, 5}, {1, 2, 3}, smaller,
                    broadcast_map([](double a, double b) { return std::min(a, b); }));
  ties.gradient = halves;
  table.add(ties);

  auto power = [](const Values& v) -> Values { return {pow(v[0], v[1])}; };
  auto std_pow = broadcast_map([](double a, double b) { return std::pow(a, b); });
  OpSample zero = exact_pair("pow", "bases and exponents of 0", {0, 0, 3, 0, -2}, {0, 2, 0, 1, 2}, power, std_pow);
  zero.gradient = [](const Arrays& x) -> Arrays {
    return {{x[0].shape, {0, 0, 0, 1, -4}}, {x[0].shape, {0, 0, std::log(3.0), 0, nan}}};
  };
  table.add(zero);
  table.add({.op = "pow",
             .name = "negative bases to whole powers",
             .inputs = {away_from(0, {"m", "n"})},
             .build = [](const Values& v) -> Values { return {pow(v[0], scalar_like(v[0], 3))}; },
             .reference = map([](double a) { return a * a * a; })});
  table.add({.op = "mul",
             .name = "a number takes the other operand's dtype",
             .inputs = {normal({"n"})},
             .build = [](const Values& v) -> Values { return {2.0 * v[0] - 1.0 / (3.0 - v[0] * 0.25) + v[0] / 2.0}; },
             .reference = map([](double a) { return 2 * a - 1 / (3 - a * 0.25) + a / 2; })});
}

void add_one_operand(Table& table) {
  add_unary(table, {"neg", neg, [](double x) { return -x; }});
  add_unary(table, {"abs", abs, [](double x) { return std::abs(x); }, away_from_zero});
  add_unary(table, {"sign", sign, [](double x) { return x > 0 ? 1.0 : -1.0; }, away_from_zero});
  add_unary(table, {"square", square, [](double x) { return x * x; }});
  auto no_whole = [](Dims s) { return between(2.1, 2.4, std::move(s)); };
  add_unary(table, {"floor", floor, [](double x) { return std::floor(x); }, no_whole});
  add_unary(table, {"ceil", ceil, [](double x) { return std::ceil(x); }, no_whole});
  add_unary(table, {"round", round, [](double x) { return std::nearbyint(x); }, no_whole});
  add_unary(table, {"neg", neg, [](double x) { return -x; }, small_whole, {}, integers});
  add_unary(table, {"abs", abs, [](double x) { return std::abs(x); }, small_whole, {}, integers});
  add_unary(table, {"sign", sign, [](double x) { return double(x > 0) - double(x < 0); }, small_whole, {}, integers});
  add_unary(table, {"square", square, [](double x) { return x * x; }, small_whole, {}, integers});
  auto clip_inner = [](Value x) { return clip(x, -0.5, 0.75); };
  add_unary(table, {"clip", clip_inner, [](double x) { return std::min(std::max(x, -0.5), 0.75); },
                    [](Dims s) { return between(-0.48, 0.73, std::move(s)); }});
  add_unary(table, {"clip",
                    [](Value x) { return clip(x, -2.5, infinity); },
                    [](double x) { return std::max(x, -2.0); },
                    small_whole,
                    {},
                    integers});

  auto edge = [&](std::string op, std::function<Value(Value)> build, std::function<double(double)> f) -> OpSample {
    return {.op = std::move(op),
            .name = "halves, zeros, infinities and NaN",
            .inputs = {exactly({-2.5, -1.5, -0.5, -0.0, 0, 0.5, 1.5, 2.5, infinity, -infinity, nan}, {11})},
            .build = [build](const Values& v) -> Values { return {build(v[0])}; },
            .reference = map(std::move(f)),
            .not_differentiated = "these values have no slope"};
  };
  table.add(edge("sign", sign, [](double x) { return std::isnan(x) ? x : double(x > 0) - double(x < 0); }));
  table.add(edge("floor", floor, [](double x) { return std::floor(x); }));
  table.add(edge("ceil", ceil, [](double x) { return std::ceil(x); }));
  table.add(edge("round", round, half_to_even));
  table.add(edge("abs", abs, [](double x) { return std::abs(x); }));
  auto from_zero = [](double x) { return x < 0 ? 0 : x > 1.5 ? 1.5 : x; };
  OpSample bounds = edge(
      "clip", [](Value x) { return clip(x, 0, 1.5); }, from_zero);
  bounds.gradient = [](const Arrays& x) -> Arrays { return {{x[0].shape, {0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0}}}; };
  table.add(bounds);
  OpSample kink{.op = "abs",
                .name = "the gradient at 0",
                .inputs = {exactly({-2, 0, 3}, {3})},
                .build = [](const Values& v) -> Values { return {abs(v[0])}; },
                .reference = map([](double x) { return std::abs(x); })};
  kink.gradient = [](const Arrays& x) -> Arrays { return {{x[0].shape, {-1, 0, 1}}}; };
  table.add(kink);
}

Value number(Graph& g, DType dtype = DType::float32) { return g.input("a", dtype, {2}); }

void add_errors(Table& table) {
  struct Two {
    const char* op;
    Value (*build)(Value, Value);
  };
  for (Two two : {Two{"add", add}, Two{"sub", sub}, Two{"mul", mul}, Two{"div", div}, Two{"mod", mod}, Two{"pow", pow},
                  Two{"maximum", maximum}, Two{"minimum", minimum}}) {
    std::string op = two.op;
    table.add_error(
        {op,
         [=](Graph& g) -> Values {
           Scope scope(g, "decoder");
           return {two.build(g.input("a", DType::float32, {"batch", 3}), g.input("b", DType::float32, {4}))};
         },
         op + "(a: [batch, 3], b: [4]): axis -1 is 3 in [batch, 3] but 4 in [4]\n  in decoder"});
    table.add_error({op, [=](Graph& g) -> Values { return {two.build(number(g), g.input("b", DType::float64, {}))}; },
                     op + "(a: float32 [2], b: float64 []): a is float32 but b is float64; cast one of them"});
    table.add_error({op,
                     [=](Graph& g) -> Values {
                       Value flag = number(g, DType::boolean);
                       return {two.build(flag, flag)};
                     },
                     op + "(a: [2], b: [2]): a is bool but float32, float64, int32 or int64 is needed"});
  }
  auto symbols = [](Graph& g) -> Values {
    return {g.input("a", DType::float32, {"batch"}) + g.input("b", DType::float32, {"time"})};
  };
  table.add_error({"add", symbols, "add(a: [batch], b: [time]): axis -1 is batch in [batch] but time in [time]"});
  auto integers_of = [](Graph& g, std::vector<std::int64_t> values) {
    auto size = static_cast<std::int64_t>(values.size());
    return g.constant(Tensor::from<std::int64_t>({size}, values));
  };
  table.add_error({"div",
                   [=](Graph& g) -> Values {
                     return {integers_of(g, {1, 2}) / integers_of(g, {3, 0})};
                   },
                   "div: b is 0 at [1], and an integer cannot be divided by 0\n  in div"});
  table.add_error({"mod",
                   [=](Graph& g) -> Values {
                     return {mod(integers_of(g, {1, 2}), integers_of(g, {0}))};
                   },
                   "mod: b is 0 at [0], and an integer cannot be divided by 0\n  in mod"});
  table.add_error({"pow", [=](Graph& g) -> Values { return {pow(integers_of(g, {2}), integers_of(g, {-1}))}; },
                   "pow: b is -1 at [0], and an integer's exponent cannot be below 0\n  in pow"});

  struct One {
    const char* op;
    Value (*build)(Value);
  };
  for (One one : {One{"neg", neg}, One{"abs", abs}, One{"sign", sign}, One{"square", square}})
    table.add_error({one.op, [=](Graph& g) -> Values { return {one.build(g.input("x", DType::boolean, {2}))}; },
                     std::string(one.op) + "(x: [2]): x is bool but float32, float64, int32 or int64 is needed"});
  for (One one : {One{"floor", floor}, One{"ceil", ceil}, One{"round", round}})
    table.add_error({one.op, [=](Graph& g) -> Values { return {one.build(g.input("x", DType::int32, {2}))}; },
                     std::string(one.op) + "(x: [2]): x is int32 but float32 or float64 is needed"});
  table.add_error(
      {"clip", [](Graph& g) -> Values { return {clip(number(g), 2, 1)}; }, "clip(x: [2]): low is 2 but high is 1"});
  table.add_error({"clip", [](Graph& g) -> Values { return {clip(number(g, DType::int64), 0.25, 0.75)}; },
                   "clip(x: [2]): no integer lies between 0.25 and 0.75"});
  table.add_error({"clip", [](Graph& g) -> Values { return {clip(number(g, DType::boolean), 0, 1)}; },
                   "clip(x: [2]): x is bool but float32, float64, int32 or int64 is needed"});
}

}  // namespace

void add_arithmetic_samples(Table& table) {
  add_two_operands(table);
  add_integers(table);
  add_edges(table);
  add_one_operand(table);
  add_errors(table);
}

}  // namespace gradloom::op_samples
