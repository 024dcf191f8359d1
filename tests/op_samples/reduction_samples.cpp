// Samples of reductions: every pattern of axes, nothing to reduce, ties, NaN, and sums of many terms.
#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/ops.h"
#include "tests/op_samples/op_samples.h"

namespace gradloom::op_samples {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
// What remains of a sum whose terms cancel is small beside their rounding.
constexpr Tolerance cancelling{.float32 = 1e-5, .float64 = 1e-12, .reason = "terms that cancel"};
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
const std::vector<DType> integers{DType::int32, DType::int64};

struct Axed {
  const char* name;
  Dims shape;
  Axes axes;
  bool keep_dims = false;
};

const Axed patterns[] = {
    {"a scalar", {}, {}},
    {"a scalar kept", {}, {}, true},
    {"a vector", {"n"}, {}},
    {"a vector kept", {"n"}, {0}, true},
    {"all of a matrix", {"m", "n"}, {}},
    {"rows", {"m", "n"}, {1}},
    {"rows kept", {"m", "n"}, {-1}, true},
    {"columns", {"m", "n"}, {0}},
    {"columns kept", {"m", "n"}, {-2}, true},
    {"a middle axis", {"k", "m", "n"}, {1}},
    {"outer axes", {"k", "m", "n"}, {0, 2}},
    {"axes in any order", {"k", "m", "n"}, {-1, 0}, true},
    {"axes of size 1", {"k", 1, "n", 1}, {1, 3}},
    {"five axes", {"k", "m", "k", 1, "n"}, {0, 2, 4}},
    {"all axes kept", {"k", "m", "n"}, {}, true},
};

// f of each group of elements that become one.
Reference reduced(const Axed& pattern, std::function<double(const std::vector<double>&)> f) {
  return [axes = pattern.axes, keep = pattern.keep_dims, f](const Arrays& x) -> Arrays {
    const Shape& shape = x[0].shape;
    auto rank = static_cast<std::int64_t>(shape.size());
    std::vector<bool> gone(shape.size(), axes.empty());
    for (std::int64_t axis : axes) gone[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)] = true;
    Shape kept = shape, short_shape;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      if (gone[axis]) kept[axis] = 1;
      if (!gone[axis]) short_shape.push_back(shape[axis]);
    }
    std::vector<std::vector<double>> groups(static_cast<std::size_t>(element_count(kept)));
    for (std::size_t i = 0; i < x[0].values.size(); ++i) {
      std::size_t rest = i, to = 0, stride = 1;
      for (std::size_t axis = shape.size(); axis-- > 0;) {
        auto size = static_cast<std::size_t>(shape[axis]);
        if (!gone[axis]) to += rest % size * stride;
        stride *= static_cast<std::size_t>(kept[axis]);
        rest /= size;
      }
      groups[to].push_back(x[0].values[i]);
    }
    Array y{keep ? kept : short_shape, {}};
    for (const auto& group : groups) y.values.push_back(f(group));
    return {y};
  };
}

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

struct Reduction {
  const char* op;
  Value (*build)(Value, Axes, bool);
  double (*f)(const std::vector<double>&);
  Filled (*fill)(Dims);
};

const Reduction reductions[] = {
    {"sum", sum, plain_sum, normal},
    {"mean", mean, plain_mean, normal},
    {"sum_of_squares", sum_of_squares, plain_squares, normal},
    {"max", max, plain_max, distinct},
    {"min", min, plain_min, distinct},
};

OpSample sample_of(const Reduction& r, const Axed& pattern, Filled input) {
  return {.op = r.op,
          .name = pattern.name,
          .inputs = {std::move(input)},
          .build = [build = r.build, pattern](const Values& v) -> Values {
            return {build(v[0], pattern.axes, pattern.keep_dims)};
          },
          .reference = reduced(pattern, r.f),
          .tolerance = cancelling};
}

void add_values(Table& table) {
  for (const Reduction& r : reductions)
    for (const Axed& pattern : patterns) {
      table.add(sample_of(r, pattern, r.fill(pattern.shape)));
      if (r.op == std::string_view("mean") || r.op == std::string_view("sum_of_squares")) continue;
      OpSample whole_numbers = sample_of(r, pattern, whole(-9, 9, pattern.shape));
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
      OpSample large = sample_of(r, pattern, normal(pattern.shape));
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
    OpSample with_nan = sample_of(r, {"NaN anywhere", {3, 11}, {1}},
                                  exactly({nan, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 1, 2, 3, 4,  nan,
                                           6,   7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, nan},
                                          {3, 11}));
    with_nan.not_differentiated = "NaN has no slope";
    table.add(with_nan);
    with_nan = sample_of(r, {"NaN in columns", {3, 2}, {0}}, exactly({nan, 1, 2, nan, 3, 4}, {3, 2}));
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
    OpSample ties = sample_of(r, {"equal extremes share the gradient", {2, 4}, {1}},
                              exactly({best, 1, best, 0, 0, best, 0, 1}, {2, 4}));
    ties.gradient = [](const Arrays& x) -> Arrays { return {{x[0].shape, {0.5, 0, 0.5, 0, 0, 1, 0, 0}}}; };
    table.add(ties);
  }
}

void add_argmax(Table& table) {
  struct Searched {
    const char* name;
    Dims shape;
    std::int64_t axis;
    bool keep_dims;
  };
  auto reference = [](std::int64_t axis, bool keep) -> Reference {
    return [=](const Arrays& x) -> Arrays {
      AroundAxis around(x[0].shape, axis);
      Array y{x[0].shape, {}};
      auto place = static_cast<std::ptrdiff_t>(axis < 0 ? axis + static_cast<std::int64_t>(y.shape.size()) : axis);
      if (keep)
        y.shape[static_cast<std::size_t>(place)] = 1;
      else
        y.shape.erase(y.shape.begin() + place);
      for (std::int64_t o = 0; o < around.outer; ++o)
        for (std::int64_t i = 0; i < around.inner; ++i) {
          std::int64_t best = 0;
          for (std::int64_t n = 1; n < around.size; ++n) {
            double now = x[0].values[around.at(o, n, i)], old = x[0].values[around.at(o, best, i)];
            if (now > old || (std::isnan(now) && !std::isnan(old))) best = n;
          }
          y.values.push_back(static_cast<double>(best));
        }
      return {y};
    };
  };
  for (const Searched& s :
       {Searched{"a vector", {"n"}, 0, false}, Searched{"rows", {"m", "n"}, -1, false},
        Searched{"columns, kept", {"n", "m"}, 0, true}, Searched{"a middle axis", {"k", "n", "m"}, -2, false}})
    for (const auto& dtypes : {std::vector<DType>{DType::float32, DType::float64}, integers})
      table.add({.op = "argmax",
                 .name = s.name,
                 .inputs = {whole(0, 3, s.shape)},  // ties are likely
                 .build = [s](const Values& v) -> Values { return {argmax(v[0], s.axis, s.keep_dims)}; },
                 .reference = reference(s.axis, s.keep_dims),
                 .dtypes = dtypes,
                 .smallest = {{"n", 1}}});
  table.add({.op = "argmax",
             .name = "NaN is the largest",
             .inputs = {exactly({1, nan, infinity, nan}, {4})},
             .build = [](const Values& v) -> Values { return {argmax(v[0])}; },
             .reference = reference(-1, false)});
}

void add_errors(Table& table) {
  for (const Reduction& r : reductions) {
    auto of = [build = r.build](Graph& g, Axes axes, DType dtype = DType::float32) -> Values {
      return {build(g.input("x", dtype, {"batch", 3}), std::move(axes), false)};
    };
    std::string op = r.op;
    table.add_error({op, [=](Graph& g) { return of(g, {2}); }, op + "(x: [batch, 3]): axis 2 is outside of [-2, 2)"});
    table.add_error({op,
                     [=](Graph& g) {
                       return of(g, {1, -1});
                     },
                     op + "(x: [batch, 3]): axes [1, -1] name an axis twice"});
    std::string wanted =
        op == "mean" || op == "sum_of_squares" ? "float32 or float64" : "float32, float64, int32 or int64";
    table.add_error({op, [=](Graph& g) { return of(g, {}, DType::boolean); },
                     op + "(x: [batch, 3]): x is bool but " + wanted + " is needed"});
  }
  table.add_error({"argmax", [](Graph& g) -> Values { return {argmax(g.input("x", DType::float32, {}))}; },
                   "argmax(x: []): axis -1 is outside of [0, 0)"});
  table.add_error({"argmax", [](Graph& g) -> Values { return {argmax(g.input("x", DType::boolean, {2}))}; },
                   "argmax(x: [2]): x is bool but float32, float64, int32 or int64 is needed"});
  table.add_error({"argmax",
                   [](Graph& g) -> Values {
                     return {argmax(g.input("x", DType::float32, {2, 0}))};
                   },
                   "argmax(x: [2, 0]): axis 1 has size 0, so nothing in it is the largest"});
}

}  // namespace

void add_reduction_samples(Table& table) {
  add_values(table);
  add_ties(table);
  add_argmax(table);
  add_errors(table);
}

}  // namespace gradloom::op_samples
