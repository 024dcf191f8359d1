// Samples of softmax and its logarithm: every axis, masks that broadcast, rows masked whole, large operands.
#include <cmath>
#include <limits>

#include "ops/ops.h"
#include "tests/op_samples/op_samples.h"

namespace gradloom::op_samples {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Axed {
  const char* name;
  Dims shape;
  std::int64_t axis;
};

const Axed patterns[] = {
    {"a vector", {"n"}, 0},
    {"rows", {"m", "n"}, -1},
    {"columns", {"m", "n"}, 0},
    {"a middle axis", {"k", "m", "n"}, -2},
    {"rows of three axes", {"k", "m", "n"}, 2},
    {"five axes", {"k", 1, "m", "k", "n"}, 2},
};

// The probabilities along the axis of the elements that the mask lets through.
Array plain_softmax(const Array& x, std::int64_t axis, const Array* mask) {
  AroundAxis around(x.shape, axis);
  Array y{x.shape, std::vector<double>(x.values.size())};
  Array dense = mask ? broadcast(*mask, x.shape) : Array{x.shape, std::vector<double>(x.values.size(), 1)};
  for (std::int64_t o = 0; o < around.outer; ++o)
    for (std::int64_t i = 0; i < around.inner; ++i) {
      double largest = -infinity, total = 0;
      for (std::int64_t n = 0; n < around.size; ++n)
        if (dense.values[around.at(o, n, i)] != 0) largest = std::max(largest, x.values[around.at(o, n, i)]);
      for (std::int64_t n = 0; n < around.size; ++n)
        if (dense.values[around.at(o, n, i)] != 0) total += std::exp(x.values[around.at(o, n, i)] - largest);
      for (std::int64_t n = 0; n < around.size; ++n)
        if (dense.values[around.at(o, n, i)] != 0)
          y.values[around.at(o, n, i)] = std::exp(x.values[around.at(o, n, i)] - largest) / total;
    }
  return y;
}

Reference softmax_along(std::int64_t axis) {
  return [=](const Arrays& x) -> Arrays { return {plain_softmax(x[0], axis, x.size() > 1 ? &x[1] : nullptr)}; };
}

Reference log_softmax_along(std::int64_t axis) {
  return [=](const Arrays& x) -> Arrays {
    Array y = plain_softmax(x[0], axis, nullptr);
    for (double& value : y.values) value = std::log(value);
    return {y};
  };
}

void add_values(Table& table) {
  for (const Axed& pattern : patterns) {
    table.add({.op = "softmax",
               .name = pattern.name,
               .inputs = {normal(pattern.shape)},
               .build = [axis = pattern.axis](const Values& v) -> Values { return {softmax(v[0], axis)}; },
               .reference = softmax_along(pattern.axis)});
    table.add({.op = "log_softmax",
               .name = pattern.name,
               .inputs = {normal(pattern.shape)},
               .build = [axis = pattern.axis](const Values& v) -> Values { return {log_softmax(v[0], axis)}; },
               .reference = log_softmax_along(pattern.axis)});
  }
  Filled large = exactly({1000, 1001, -1000, 0, 88, 90, -500, -501, -502, 700, 701, 702}, {3, 4});
  table.add({.op = "softmax",
             .name = "large operands",
             .inputs = {large},
             .build = [](const Values& v) -> Values { return {softmax(v[0])}; },
             .reference = softmax_along(-1)});
  table.add({.op = "log_softmax",
             .name = "large operands",
             .inputs = {large},
             .build = [](const Values& v) -> Values { return {log_softmax(v[0])}; },
             .reference = [](const Arrays& x) -> Arrays {
               Array y = x[0];
               for (std::size_t row = 0; row < 3; ++row) {
                 double largest = -infinity, total = 0;
                 for (std::size_t i = 0; i < 4; ++i) largest = std::max(largest, x[0].values[row * 4 + i]);
                 for (std::size_t i = 0; i < 4; ++i) total += std::exp(x[0].values[row * 4 + i] - largest);
                 for (std::size_t i = 0; i < 4; ++i) y.values[row * 4 + i] -= largest + std::log(total);
               }
               return {y};
             }});
}

void add_infinities(Table& table) {
  Filled rows = exactly({-infinity, -infinity, 0, -infinity, 1, infinity}, {3, 2});
  auto given = [](std::vector<double> values) -> Reference {
    return [=](const Arrays& x) -> Arrays { return {{x[0].shape, values}}; };
  };
  double nan = std::nan("");
  table.add({.op = "softmax",
             .name = "-inf is masked, inf is NaN",
             .inputs = {rows},
             .build = [](const Values& v) -> Values {
               return {softmax(v[0]), transpose(softmax(transpose(v[0]), 0))};
             },
             .reference = [=](const Arrays& x) -> Arrays {
               Array y{x[0].shape, {0, 0, 1, 0, nan, nan}};
               return {y, y};
             },
             .not_differentiated = "infinity has no slope"});
  table.add({.op = "log_softmax",
             .name = "rows of -inf, and inf",
             .inputs = {rows},
             .build = [](const Values& v) -> Values { return {log_softmax(v[0])}; },
             .reference = given({-infinity, -infinity, 0, -infinity, nan, nan}),
             .not_differentiated = "infinity has no slope"});
}

void add_masks(Table& table) {
  struct Masked {
    const char* name;
    Dims shape, mask;
    std::int64_t axis;
  };
  for (const Masked& m :
       {Masked{"a mask of its own shape", {"m", "n"}, {"m", "n"}, -1},
        Masked{"a mask for every row", {"m", "n"}, {"n"}, 1},
        Masked{"a mask that broadcasts in the middle", {"k", "m", "n"}, {"k", 1, "n"}, -1},
        Masked{"a mask along columns", {"n", "m"}, {"n", 1}, 0}, Masked{"one answer for all", {"m", "n"}, {}, -1}})
    table.add({.op = "softmax",
               .name = m.name,
               .inputs = {normal(m.shape), flags(m.mask)},
               .build = [axis = m.axis](const Values& v) -> Values { return {softmax(v[0], axis, v[1])}; },
               .reference = softmax_along(m.axis)});
  OpSample whole_row{.op = "softmax",
                     .name = "a row masked whole, and NaN behind the mask",
                     .inputs = {exactly({1, 2, std::nan(""), 3, 4, 5}, {2, 3}),
                                exact_flags({true, true, false, false, false, false}, {2, 3})},
                     .build = [](const Values& v) -> Values { return {square(softmax(v[0], -1, v[1]))}; },
                     .reference = [](const Arrays& x) -> Arrays {
                       Array y = plain_softmax(x[0], -1, &x[1]);
                       for (double& value : y.values) value *= value;
                       return {y};
                     }};
  whole_row.gradient = [](const Arrays& x) -> Arrays {
    double p = 1 / (1 + std::exp(1.0)), q = 1 - p;
    double inner = 2 * p * p + 2 * q * q;
    return {{x[0].shape, {p * (2 * p - inner), q * (2 * q - inner), 0, 0, 0, 0}}};
  };
  table.add(whole_row);
  // dy is infinite where the mask is: log of a probability of 0.
  OpSample infinite{.op = "softmax",
                    .name = "an infinite gradient behind the mask",
                    .inputs = {exactly({1, 1, 7}, {3}), exact_flags({true, true, false}, {3})},
                    .build = [](const Values& v) -> Values { return {log(softmax(v[0], 0, v[1]))}; },
                    .reference = [](const Arrays& x) -> Arrays {
                      return {{x[0].shape, {std::log(0.5), std::log(0.5), -infinity}}};
                    }};
  infinite.gradient = [](const Arrays& x) -> Arrays { return {{x[0].shape, {0, 0, 0}}}; };
  table.add(infinite);
}

void add_errors(Table& table) {
  for (auto [op, build] : {std::pair<std::string, Value (*)(Value, std::int64_t)>{
                               "softmax", [](Value x, std::int64_t axis) { return softmax(x, axis); }},
                           {"log_softmax", [](Value x, std::int64_t axis) { return log_softmax(x, axis); }}}) {
    table.add_error({op,
                     [build = build](Graph& g) -> Values { return {build(g.input("x", DType::float32, {"n"}), 1)}; },
                     op + "(x: [n]): axis 1 is outside of [-1, 1)"});
    table.add_error({op, [build = build](Graph& g) -> Values { return {build(g.input("x", DType::int32, {"n"}), 0)}; },
                     op + "(x: [n]): x is int32 but float32 or float64 is needed"});
  }
  auto masked = [](DType dtype, Dims mask) {
    return [=](Graph& g) -> Values {
      return {softmax(g.input("x", DType::float32, {"m", 1}), -1, g.input("mask", dtype, mask))};
    };
  };
  table.add_error(
      {"softmax", masked(DType::float32, {1}), "softmax(x: [m, 1], mask: [1]): mask is float32 but bool is needed"});
  table.add_error({"softmax", masked(DType::boolean, {"m", 4}),
                   "softmax(x: float32 [m, 1], mask: bool [m, 4]): mask [m, 4] does not broadcast to x [m, 1]"});
  table.add_error({"softmax", masked(DType::boolean, {3, 1}),
                   "softmax(x: float32 [m, 1], mask: bool [3, 1]): axis -2 is m in [m, 1] but 3 in [3, 1]"});
}

}  // namespace

void add_softmax_samples(Table& table) {
  add_values(table);
  add_infinities(table);
  add_masks(table);
  add_errors(table);
}

}  // namespace gradloom::op_samples
