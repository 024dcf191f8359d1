// Samples of argmax, argmin, top_k and cumsum: every axis, ties, NaN, nothing to search, sums from either end.
#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/ops.h"
#include "tests/op_samples/op_samples.h"

namespace gradloom::op_samples {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
const std::vector<DType> floats{DType::float32, DType::float64};
const std::vector<DType> integers{DType::int32, DType::int64};

struct Axed {
  const char* name;
  Dims shape;
  std::int64_t axis;
};

// The axis in question always has the size n.
const Axed patterns[] = {
    {"a vector", {"n"}, 0},
    {"a vector, from the end", {"n"}, -1},
    {"rows", {"m", "n"}, -1},
    {"rows of a row", {1, "n"}, 1},
    {"columns", {"n", "m"}, 0},
    {"columns of a column", {"n", 1}, -2},
    {"a middle axis", {"k", "n", "m"}, -2},
    {"the first of three axes", {"n", "k", "m"}, 0},
    {"the last of three axes", {"k", "m", "n"}, 2},
    {"four axes", {"k", "n", 1, "m"}, 1},
    {"five axes", {"k", 1, "m", "n", "k"}, 3},
    {"a literal size", {"m", 7}, 1},
    {"no columns", {"n", 0}, 0},
};
const Binding at_least_one{{"n", 1}};

using Column = std::vector<double>;

// f of each column along the axis; the result has as many elements along it as f gives.
Array each_column(const Array& x, std::int64_t axis, std::int64_t size, const std::function<Column(Column)>& f) {
  AroundAxis from(x.shape, axis);
  Array y{x.shape, {}};
  y.shape[static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(x.shape.size()) : axis)] = size;
  AroundAxis to(y.shape, axis);
  y.values.resize(static_cast<std::size_t>(element_count(y.shape)));
  for (std::int64_t o = 0; o < from.outer; ++o)
    for (std::int64_t i = 0; i < from.inner; ++i) {
      Column column;
      for (std::int64_t n = 0; n < from.size; ++n) column.push_back(x.values[from.at(o, n, i)]);
      Column made = f(column);
      for (std::int64_t n = 0; n < size; ++n) y.values[to.at(o, n, i)] = made.at(static_cast<std::size_t>(n));
    }
  return y;
}

// ---- argmax, argmin

// The place of the extreme: NaN first of all, then the largest or smallest, the first or the last of equal ones.
std::size_t place_of(const Column& column, bool largest, bool last) {
  std::size_t best = 0;
  for (std::size_t n = 1; n < column.size(); ++n) {
    double now = column[n], old = column[best];
    bool same = now == old || (std::isnan(now) && std::isnan(old));
    bool better = !std::isnan(old) && (std::isnan(now) || (largest ? now > old : now < old));
    if (better || (same && last)) best = n;
  }
  return best;
}

Reference places(std::int64_t axis, bool keep, bool largest, bool last) {
  return [=](const Arrays& x) -> Arrays {
    Array y = each_column(x[0], axis, 1, [=](const Column& column) -> Column {
      return {static_cast<double>(place_of(column, largest, last))};
    });
    auto place = axis < 0 ? axis + static_cast<std::int64_t>(y.shape.size()) : axis;
    if (!keep) y.shape.erase(y.shape.begin() + static_cast<std::ptrdiff_t>(place));
    return {y};
  };
}

void add_searches(Table& table) {
  for (bool largest : {true, false}) {
    const char* op = largest ? "argmax" : "argmin";
    auto search = [=](Value x, std::int64_t axis, bool keep, bool last) {
      return largest ? argmax(x, axis, keep, last) : argmin(x, axis, keep, last);
    };
    for (const Axed& pattern : patterns)
      for (bool keep : {false, true})
        for (bool last : {false, true})
          table.add({.op = op,
                     .name = pattern.name,
                     .inputs = {whole(0, 2, pattern.shape)},  // ties are likely
                     .build = [=](const Values& v) -> Values { return {search(v[0], pattern.axis, keep, last)}; },
                     .reference = places(pattern.axis, keep, largest, last),
                     .dtypes = keep == last ? floats : integers,
                     .smallest = at_least_one});
    for (bool last : {false, true})
      table.add({.op = op,
                 .name = "NaN comes before everything",
                 .inputs = {exactly({1, nan, infinity, nan, -infinity, 0, 1, infinity, infinity}, {3, 3})},
                 .build = [=](const Values& v) -> Values { return {search(v[0], -1, false, last)}; },
                 .reference = places(-1, false, largest, last)});
    std::string name = op, word = largest ? "largest" : "smallest";
    auto declared = [=](DType dtype, Dims shape) {
      return [=](Graph& g) -> Values { return {search(g.input("x", dtype, shape), -1, false, false)}; };
    };
    table.add_error({name, declared(DType::float32, {}), name + "(x: []): axis -1 is outside of [0, 0)"});
    table.add_error({name, declared(DType::boolean, {2}),
                     name + "(x: [2]): x is bool but float32, float64, int32 or int64 is needed"});
    table.add_error({name, declared(DType::float32, {2, 0}),
                     name + "(x: [2, 0]): axis 1 has size 0, so nothing in it is the " + word});
  }
}

// ---- top_k

// The indices of all elements in the order in which they are chosen.
std::vector<std::size_t> order_of(const Column& column, bool largest) {
  std::vector<std::size_t> order(column.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    double p = column[a], q = column[b];
    if (std::isnan(p) || std::isnan(q))
      return largest ? std::isnan(p) && !std::isnan(q) : !std::isnan(p) && std::isnan(q);
    return largest ? p > q : p < q;
  });
  return order;
}

Reference chosen(Dim k, std::int64_t axis, bool largest) {
  return [=](const Arrays& x) -> Arrays {
    std::int64_t size = AroundAxis(x[0].shape, axis).size;
    std::int64_t count = k.is_constant() ? k.constant() : size;
    auto values = [=](const Column& column) {
      Column made;
      for (std::size_t i : order_of(column, largest)) made.push_back(column[i]);
      return made;
    };
    auto indices = [=](const Column& column) {
      Column made;
      for (std::size_t i : order_of(column, largest)) made.push_back(static_cast<double>(i));
      return made;
    };
    return {each_column(x[0], axis, count, values), each_column(x[0], axis, count, indices)};
  };
}

OpSample top_k_sample(const Axed& pattern, Dim k, bool largest, Filled input) {
  return {.op = "top_k",
          .name = concat_text(pattern.name, ", ", k, largest ? " largest" : " smallest"),
          .inputs = {std::move(input)},
          .build = [=](const Values& v) -> Values {
            // As many as the axis has when k is named n: the sizes under test may be numbers.
            TopK top = top_k(v[0], k.is_constant() ? k : v[0].dim(pattern.axis), pattern.axis, largest);
            return {top.values, top.indices};
          },
          .reference = chosen(k, pattern.axis, largest)};
}

void add_top_k(Table& table) {
  for (const Axed& pattern : patterns)
    for (bool largest : {true, false}) {
      for (std::int64_t k : {0, 1, 2}) {
        OpSample sample = top_k_sample(pattern, k, largest, distinct(pattern.shape));
        sample.smallest = {{"n", k}};
        table.add(sample);
      }
      table.add(top_k_sample(pattern, "n", largest, distinct(pattern.shape)));
      OpSample ties = top_k_sample(pattern, 2, largest, whole(0, 2, pattern.shape));
      ties.dtypes = integers;
      ties.smallest = {{"n", 2}};
      table.add(ties);
    }
  for (bool largest : {true, false}) {
    OpSample ties =
        top_k_sample({"equal elements and NaN", {7}, 0}, 5, largest, exactly({nan, 2, 1, 2, -infinity, nan, 1}, {7}));
    ties.gradient = [=](const Arrays& x) -> Arrays {
      Array dx{x[0].shape, Column(7)};
      for (std::size_t i = 0; i < 5; ++i) dx.values[order_of(x[0].values, largest)[i]] = 1;
      return {dx};
    };
    table.add(ties);
    OpSample large = top_k_sample({"many of long rows", {40, 1001}, 1}, 37, largest, whole(0, 300, {40, 1001}));
    large.not_differentiated = "too large for many evaluations";
    table.add(large);
  }
  // Only the values of the chosen elements count, also where one of two results is used.
  table.add({.op = "top_k",
             .name = "the values alone",
             .inputs = {distinct({"m", "n"})},
             .build = [](const Values& v) -> Values { return {square(top_k(v[0], 2, -1).values)}; },
             .reference = [](const Arrays& x) -> Arrays {
               Array y = chosen(2, -1, true)(x)[0];
               for (double& one : y.values) one *= one;
               return {y};
             },
             .smallest = {{"n", 2}}});

  auto declared = [](Dim k, DType dtype, Dims shape, std::int64_t axis) {
    return [=](Graph& g) -> Values {
      Scope scope(g, "beam");
      return {top_k(g.input("x", dtype, shape), k, axis).values};
    };
  };
  table.add_error({"top_k", declared(4, DType::float32, {"batch", 3}, -1),
                   "top_k(x: [batch, 3]): k is 4 but axis 1 of x has size 3\n  in beam"});
  table.add_error({"top_k", declared(-1, DType::float32, {"batch", 3}, 0),
                   "top_k(x: [batch, 3]): k is -1 but axis 0 of x has size batch\n  in beam"});
  table.add_error({"top_k", declared(1, DType::float32, {"batch", 3}, 2),
                   "top_k(x: [batch, 3]): axis 2 is outside of [-2, 2)\n  in beam"});
  table.add_error({"top_k", declared(1, DType::boolean, {3}, 0),
                   "top_k(x: [3]): x is bool but float32, float64, int32 or int64 is needed\n  in beam"});
}

// ---- cumsum

Reference running(std::int64_t axis, bool exclusive, bool reverse) {
  return [=](const Arrays& x) -> Arrays {
    return {each_column(x[0], axis, AroundAxis(x[0].shape, axis).size, [=](Column column) {
      if (reverse) std::reverse(column.begin(), column.end());
      double total = 0;
      for (double& one : column) {
        double before = total;
        total += one;
        one = exclusive ? before : total;
      }
      if (reverse) std::reverse(column.begin(), column.end());
      return column;
    })};
  };
}

void add_cumsum(Table& table) {
  for (const Axed& pattern : patterns)
    for (bool exclusive : {false, true})
      for (bool reverse : {false, true}) {
        OpSample sample{
            .op = "cumsum",
            .name = concat_text(pattern.name, exclusive ? ", exclusive" : "", reverse ? ", from the end" : ""),
            .inputs = {normal(pattern.shape)},
            .build = [=](const Values& v) -> Values { return {cumsum(v[0], pattern.axis, exclusive, reverse)}; },
            .reference = running(pattern.axis, exclusive, reverse),
            .tolerance = {.float32 = 1e-5, .float64 = 1e-12, .reason = "terms that cancel"}};
        table.add(sample);
        sample.inputs = {whole(-9, 9, pattern.shape)};
        sample.dtypes = integers;
        table.add(sample);
      }
  table.add({.op = "cumsum",
             .name = "many terms keep their digits",
             .inputs = {between(0, 1, {3, 100000})},
             .build = [](const Values& v) -> Values { return {cumsum(v[0], 1)}; },
             .reference = running(1, false, false),
             .tolerance = {.float32 = 1e-7, .float64 = 1e-12, .reason = "many roundings of float64"},
             .not_differentiated = "too large for many evaluations"});
  table.add({.op = "cumsum",
             .name = "NaN and infinity stay from where they are on",
             .inputs = {exactly({1, nan, 2, 1, infinity, 2}, {2, 3})},
             .build = [](const Values& v) -> Values {
               return {cumsum(v[0], 1), cumsum(v[0], 1, true, true)};
             },
             .reference = [](const Arrays& x) -> Arrays {
               return {running(1, false, false)(x)[0], running(1, true, true)(x)[0]};
             },
             .not_differentiated = "these values have no slope"});
  table.add({.op = "cumsum",
             .name = "integers wrap around",
             .inputs = {exactly({2147483647, 1, 1}, {3})},
             .build = [](const Values& v) -> Values { return {cumsum(v[0], 0)}; },
             .reference = [](const Arrays& x) -> Arrays {
               return {{x[0].shape, {2147483647, -2147483648.0, -2147483647}}};
             },
             .dtypes = {DType::int32}});
  auto declared = [](DType dtype, Dims shape, std::int64_t axis) {
    return [=](Graph& g) -> Values { return {cumsum(g.input("x", dtype, shape), axis)}; };
  };
  table.add_error({"cumsum", declared(DType::float32, {"n"}, 1), "cumsum(x: [n]): axis 1 is outside of [-1, 1)"});
  table.add_error({"cumsum", declared(DType::float32, {}, 0), "cumsum(x: []): axis 0 is outside of [0, 0)"});
  table.add_error({"cumsum", declared(DType::boolean, {"n"}, 0),
                   "cumsum(x: [n]): x is bool but float32, float64, int32 or int64 is needed"});
}

}  // namespace

void add_order_samples(Table& table) {
  add_searches(table);
  add_top_k(table);
  add_cumsum(table);
}

}  // namespace gradloom::op_samples
