// Samples of comparisons, logic, choice and conversion, for every dtype they take.
#include <cmath>
#include <limits>

#include "ops/ops.h"
#include "tests/op_samples/op_samples.h"

namespace gradloom::op_samples {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
const std::vector<DType> all_numbers{DType::float32, DType::float64, DType::int32, DType::int64};

// Whole numbers so near to each other that equal ones are likely.
Filled near_whole(Dims shape) { return whole(-2, 2, std::move(shape)); }

struct Comparison {
  const char* op;
  Value (*build)(Value, Value);
  double (*f)(double, double);
};

const Comparison comparisons[] = {
    {"equal", equal, [](double a, double b) { return double(a == b); }},
    {"not_equal", not_equal, [](double a, double b) { return double(a != b); }},
    {"less", less, [](double a, double b) { return double(a < b); }},
    {"less_equal", less_equal, [](double a, double b) { return double(a <= b); }},
    {"greater", greater, [](double a, double b) { return double(a > b); }},
    {"greater_equal", greater_equal, [](double a, double b) { return double(a >= b); }},
};

const Comparison connectives[] = {
    {"logical_and", logical_and, [](double a, double b) { return double(a != 0 && b != 0); }},
    {"logical_or", logical_or, [](double a, double b) { return double(a != 0 || b != 0); }},
    {"logical_xor", logical_xor, [](double a, double b) { return double((a != 0) != (b != 0)); }},
};

void add_comparisons(Table& table) {
  for (const Comparison& c : comparisons) {
    add_binary(table, {c.op, c.build, c.f, near_whole, near_whole, {}, all_numbers});
    table.add({.op = c.op,
               .name = "NaN, infinity and signed zeros",
               .inputs = {exactly({nan, 1, nan, infinity, 0, -infinity}, {6}),
                          exactly({nan, nan, 1, infinity, -0.0, infinity}, {6})},
               .build = [build = c.build](const Values& v) -> Values { return {build(v[0], v[1])}; },
               .reference = broadcast_map(c.f)});
    table.add_error({c.op,
                     [build = c.build](Graph& g) -> Values {
                       return {build(g.input("a", DType::int32, {2}), g.input("b", DType::int64, {2}))};
                     },
                     std::string(c.op) + "(a: int32 [2], b: int64 [2]): a is int32 but b is int64; cast one of them"});
  }
  for (const Comparison& c : {comparisons[0], comparisons[1]})
    table.add({.op = c.op,
               .name = "bools",
               .inputs = {flags({"m", "n"}), flags({"n"})},
               .build = [build = c.build](const Values& v) -> Values { return {build(v[0], v[1])}; },
               .reference = broadcast_map(c.f)});
  for (std::size_t i = 2; i < std::size(comparisons); ++i)
    table.add_error({comparisons[i].op,
                     [build = comparisons[i].build](Graph& g) -> Values {
                       Value flag = g.input("a", DType::boolean, {2});
                       return {build(flag, flag)};
                     },
                     std::string(comparisons[i].op) +
                         "(a: [2], b: [2]): a is bool but float32, float64, int32 or int64 is needed"});
}

void add_logic(Table& table) {
  for (const Comparison& c : connectives) {
    add_binary(table, {c.op, c.build, c.f, flags, flags});
    table.add_error({c.op,
                     [build = c.build](Graph& g) -> Values {
                       return {build(g.input("a", DType::boolean, {2}), g.input("b", DType::float32, {2}))};
                     },
                     std::string(c.op) + "(a: bool [2], b: float32 [2]): b is float32 but bool is needed"});
  }
  add_unary(table, {"logical_not", logical_not, [](double a) { return double(a == 0); }, flags});
  table.add_error({"logical_not", [](Graph& g) -> Values { return {logical_not(g.input("a", DType::int64, {}))}; },
                   "logical_not(a: []): a is int64 but bool is needed"});
  struct Question {
    const char* op;
    Value (*build)(Value);
    double (*f)(double);
  };
  for (auto [op, build, f] : {Question{"is_nan", is_nan, [](double x) { return double(std::isnan(x)); }},
                              Question{"is_inf", is_inf, [](double x) { return double(std::isinf(x)); }}}) {
    add_unary(table, {op, build, f, [](Dims s) { return exactly({0, nan, infinity, 1e30, -infinity}, std::move(s)); }});
    table.add_error({op, [build = build](Graph& g) -> Values { return {build(g.input("x", DType::int32, {3}))}; },
                     std::string(op) + "(x: [3]): x is int32 but float32 or float64 is needed"});
  }
}

void add_where(Table& table) {
  struct Shapes {
    const char* name;
    Dims condition, a, b;
  };
  const Shapes shapes[] = {
      {"scalars", {}, {}, {}},
      {"matrices", {"m", "n"}, {"m", "n"}, {"m", "n"}},
      {"a matrix or a number", {"m", "n"}, {"m", "n"}, {}},
      {"a number or a matrix", {"m", "n"}, {}, {"m", "n"}},
      {"a column of conditions", {"m", 1}, {"m", "n"}, {"m", "n"}},
      {"a row of conditions", {"n"}, {"m", "n"}, {"m", 1}},
      {"one condition", {}, {"m", "n"}, {"n"}},
      {"two numbers", {"m", "n"}, {}, {}},
      {"axes that take turns", {"k", 1, 1}, {"m", 1}, {"n"}},
  };
  for (const Shapes& s : shapes)
    for (const std::vector<DType>& dtypes :
         {std::vector<DType>{DType::float32, DType::float64}, std::vector<DType>{DType::int32, DType::int64}})
      table.add({.op = "where",
                 .name = s.name,
                 .inputs = {flags(s.condition), near_whole(s.a), near_whole(s.b)},
                 .build = [](const Values& v) -> Values { return {where(v[0], v[1], v[2])}; },
                 .reference = broadcast_map3([](double c, double a, double b) { return c != 0 ? a : b; }),
                 .dtypes = dtypes});
  table.add({.op = "where",
             .name = "bools",
             .inputs = {flags({"m", "n"}), flags({"n"}), flags({"m", "n"})},
             .build = [](const Values& v) -> Values { return {where(v[0], v[1], v[2])}; },
             .reference = broadcast_map3([](double c, double a, double b) { return c != 0 ? a : b; })});
  // log(-1) is NaN; what is not taken must not poison the gradient.
  OpSample untaken{.op = "where",
                   .name = "the branch not taken is NaN",
                   .inputs = {exactly({-1, 2}, {2})},
                   .build = [](const Values& v) -> Values {
                     return {where(greater(v[0], scalar_like(v[0], 0)), log(v[0]), v[0] * 3.0)};
                   },
                   .reference = map([](double x) { return x > 0 ? std::log(x) : 3 * x; })};
  untaken.gradient = [](const Arrays& x) -> Arrays { return {{x[0].shape, {3, 0.5}}}; };
  table.add(untaken);
  table.add_error({"where",
                   [](Graph& g) -> Values {
                     Value x = g.input("x", DType::float32, {2});
                     return {where(x, x, x)};
                   },
                   "where(condition: [2], a: [2], b: [2]): condition is float32 but bool is needed"});
  table.add_error({"where",
                   [](Graph& g) -> Values {
                     return {where(g.input("c", DType::boolean, {}), g.input("a", DType::float32, {2}),
                                   g.input("b", DType::float64, {2}))};
                   },
                   "where(condition: bool [], a: float32 [2], b: float64 [2]): a is float32 but b is float64; cast one "
                   "of them"});
  table.add_error({"where",
                   [](Graph& g) -> Values {
                     Value x = g.input("x", DType::boolean, {2});
                     return {where(x, g.input("a", DType::boolean, {3, 1}), g.input("b", DType::boolean, {3}))};
                   },
                   "where(condition: [2], a: [3, 1], b: [3]): axis -1 is 2 in [3, 2] but 3 in [3]"});
}

void add_conversions(Table& table) {
  auto to = [](DType dtype) { return [dtype](const Values& v) -> Values { return {cast(v[0], dtype)}; }; };
  for (DType dtype : {DType::float32, DType::float64})
    table.add({.op = "cast",
               .name = "to a float",
               .inputs = {near_whole({"m", "n"})},
               .build = to(dtype),
               .reference = map([](double x) { return x; }),
               .dtypes = all_numbers,
               .not_differentiated = dtype == DType::float32 ? "float32 is too coarse for differences" : ""});
  table.add({.op = "cast",
             .name = "a scalar through float64 and back",
             .inputs = {normal({})},
             .build = [](const Values& v) -> Values { return {cast(cast(v[0], DType::float64), v[0].dtype())}; },
             .reference = map([](double x) { return x; })});
  auto saturate = [](double low, double high) {
    return map([=](double x) { return std::isnan(x) ? 0 : std::trunc(std::min(std::max(x, low), high)); });
  };
  Filled extremes = exactly({2.9, -2.9, 1e30, -1e30, nan, infinity, 0.5}, {"n"});
  table.add({.op = "cast",
             .name = "floats to int32 saturate",
             .inputs = {extremes},
             .build = to(DType::int32),
             .reference = saturate(-2147483648.0, 2147483647.0),
             .sizes = {{"n", 7}}});
  table.add({.op = "cast",
             .name = "floats to int64 saturate",
             .inputs = {extremes},
             .build = to(DType::int64),
             .reference = saturate(-0x1p63, 0x1p63),
             .sizes = {{"n", 7}}});
  table.add({.op = "cast",
             .name = "numbers to bool",
             .inputs = {near_whole({"m", "n"})},
             .build = to(DType::boolean),
             .reference = map([](double x) { return double(x != 0); }),
             .dtypes = all_numbers});
  for (DType dtype : {DType::float32, DType::float64, DType::int32, DType::int64, DType::boolean})
    table.add(
        {.op = "cast", .name = "bools", .inputs = {flags({"n"})}, .build = to(dtype), .reference = map([](double x) {
                                                                                        return x;
                                                                                      })});
  table.add({.op = "cast",
             .name = "int64 to int32 keeps the low bits",
             .inputs = {exactly({4294967297.0, -1, 2147483648.0}, {3})},
             .build = to(DType::int32),
             .reference = [](const Arrays& x) -> Arrays {
               return {{x[0].shape, {1, -1, -2147483648.0}}};
             },
             .dtypes = {DType::int64}});
  table.accepts_every_input("cast");

  OpSample stopped{.op = "stop_gradient",
                   .name = "a matrix",
                   .inputs = {normal({"m", "n"})},
                   .build = [](const Values& v) -> Values { return {stop_gradient(v[0]) * v[0]}; },
                   .reference = map([](double x) { return x * x; })};
  stopped.gradient = [](const Arrays& x) -> Arrays { return {x[0]}; };
  table.add(stopped);
  table.add({.op = "stop_gradient",
             .name = "bools",
             .inputs = {flags({"n"})},
             .build = [](const Values& v) -> Values { return {stop_gradient(v[0])}; },
             .reference = map([](double x) { return x; })});
  table.accepts_every_input("stop_gradient");
}

}  // namespace

void add_comparison_samples(Table& table) {
  add_comparisons(table);
  add_logic(table);
  add_where(table);
  add_conversions(table);
}

}  // namespace gradloom::op_samples
