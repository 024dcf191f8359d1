// Samples of reductions: every pattern of axes, nothing to reduce, ties, NaN, and sums of many terms.
#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/ops.h"
#include "tests/op_samples/reduced.h"

namespace gradloom::op_samples {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
const std::vector<DType> integers{DType::int32, DType::int64};

double plain_sum(const std::vector<double>& x) {
  double total = 0;
  for (double one : x) total += one;
  return total;
}
double plain_mean(const std::vector<double>& x) { return plain_sum(x) / static_cast<double>(x.size()); }
double plain_max(const std::vector<double>& x) {
  double best = -infinity;
  for (double one : x) best = one > best || std::isnan(one) ? one : best;
  return best;
}
double plain_min(const std::vector<double>& x) {
  double best = infinity;
  for (double one : x) best = one < best || std::isnan(one) ? one : best;
  return best;
}

double plain_squares(const std::vector<double>& x) {
  double total = 0;
  for (double element : x) total += element * element;
  return total;
}

const Reduction reductions[] = {
    {"sum", sum, plain_sum, normal},
    {"mean", mean, plain_mean, normal, "float32 or float64"},
    {"sum_of_squares", sum_of_squares, plain_squares, normal, "float32 or float64"},
    {"max", max, plain_max, distinct},
    {"min", min, plain_min, distinct},
};

void add_values(Table& table) {
  for (const Reduction& r : reductions)
    for (const Axed& pattern : axes_patterns) {
      table.add(reduction_sample(r, pattern, r.fill(pattern.shape)));
      if (r.op == std::string_view("mean") || r.op == std::string_view("sum_of_squares")) continue;
      OpSample whole_numbers = reduction_sample(r, pattern, whole(-9, 9, pattern.shape));
      whole_numbers.dtypes = integers;
      whole_numbers.smallest = {{"k", 1}, {"m", 1}, {"n", 1}};  // the extreme of no integers is no infinity
      table.add(whole_numbers);
    }
  // Large enough to be cut into parts.
  for (const Reduction& r : {reductions[0], reductions[2]})
    for (const Axed& pattern :
         {Axed{"many long rows", {300, 401}, {1}}, Axed{"long columns", {401, 300}, {0}},
          Axed{"a large middle axis", {7, 200, 150}, {1}}, Axed{"large outer axes", {60, 50, 70}, {0, 2}},
          Axed{"few outer rows", {3, 50000}, {1}, true}, Axed{"a large inner axis", {40, 2, 3000}, {0, 1}},
          Axed{"large and whole", {300, 400}, {}}}) {
      OpSample large = reduction_sample(r, pattern, normal(pattern.shape));
      large.not_differentiated = "too large for many evaluations";
      table.add(large);
    }
  OpSample none{.op = "max",
                .name = "of no integers",
                .inputs = {whole(0, 9, {0, "m"})},
                .build = [](const Values& v) -> Values {
                  return {max(v[0], {0}), min(v[0], {0})};
                },
                .reference = [](const Arrays& x) -> Arrays {
                  auto size = static_cast<std::size_t>(x[0].shape[1]);
                  return {{{x[0].shape[1]}, std::vector<double>(size, -2147483648.0)},
                          {{x[0].shape[1]}, std::vector<double>(size, 2147483647.0)}};
                },
                .dtypes = {DType::int32}};
  table.add(none);
  for (const Reduction& r : reductions) {
    OpSample with_nan = reduction_sample(r, {"NaN anywhere", {3, 11}, {1}},
                                         exactly({nan, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 1, 2, 3, 4,  nan,
                                                  6,   7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, nan},
                                                 {3, 11}));
    with_nan.not_differentiated = "NaN has no slope";
    table.add(with_nan);
    with_nan = reduction_sample(r, {"NaN in columns", {3, 2}, {0}}, exactly({nan, 1, 2, nan, 3, 4}, {3, 2}));
    with_nan.not_differentiated = "NaN has no slope";
    table.add(with_nan);
  }
  // Added up in float32, one by one, the last digits of a million terms are lost.
  for (const Axed& pattern : {Axed{"a million terms", {1 << 20}, {}}, Axed{"long columns", {1 << 18, 3}, {0}}})
    table.add({.op = "sum",
               .name = pattern.name,
               .inputs = {between(0, 1, pattern.shape)},
               .build = [axes = pattern.axes](const Values& v) -> Values { return {sum(v[0], axes)}; },
               .reference = reduced(pattern, plain_sum),
               .tolerance = {.float32 = 1e-7, .float64 = 1e-12, .reason = "a million roundings of float64"},
               .not_differentiated = "too large for many evaluations"});
}

void add_ties(Table& table) {
  for (const Reduction& r : {reductions[3], reductions[4]}) {
    bool largest = r.op == std::string_view("max");
    double best = largest ? 5 : -5;
    OpSample ties = reduction_sample(r, {"equal extremes share the gradient", {2, 4}, {1}},
                                     exactly({best, 1, best, 0, 0, best, 0, 1}, {2, 4}));
    ties.gradient = [](const Arrays& x) -> Arrays { return {{x[0].shape, {0.5, 0, 0.5, 0, 0, 1, 0, 0}}}; };
    table.add(ties);
  }
}

void add_errors(Table& table) {
  for (const Reduction& r : reductions) add_reduction_errors(table, r);
}

}  // namespace

void add_reduction_samples(Table& table) {
  add_values(table);
  add_ties(table);
  add_errors(table);
}

}  // namespace gradloom::op_samples
