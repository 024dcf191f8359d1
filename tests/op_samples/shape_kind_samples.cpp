// More kinds of shape of operations whose own samples show what is special about them: every rank from 0 to 5, sizes of
// 1 and 0, negative axes.
#include <algorithm>
#include <cmath>

#include "autodiff/gradients.h"
#include "base/text.h"
#include "ops/ops.h"
#include "tests/op_samples/indexed.h"
#include "tests/op_samples/op_samples.h"

namespace gradloom::op_samples {

namespace {

const std::vector<DType> any_number{DType::int32, DType::int64, DType::float32, DType::float64};

// A shape and one of its axes, which may be negative.
struct Axed {
  const char* name;
  Dims shape;
  std::int64_t axis;
};

const Axed patterns[] = {
    {"a vector", {"n"}, 0},
    {"a vector, from the end", {"n"}, -1},
    {"one element", {1}, 0},
    {"rows", {"m", "n"}, 1},
    {"columns, from the end", {"m", "n"}, -2},
    {"a row", {1, "n"}, -1},
    {"a column", {"n", 1}, 0},
    {"the first of three axes", {"k", "m", "n"}, 0},
    {"a middle axis, from the end", {"k", "m", "n"}, -2},
    {"the last of three axes", {"k", "m", "n"}, 2},
    {"four axes", {"k", "n", 1, "m"}, 1},
    {"five axes", {"k", 1, "m", "n", "k"}, -2},
    {"the last of four axes", {"k", "n", 1, "m"}, 3},
    {"the first of five axes", {"m", 1, "k", "n", "k"}, 0},
    {"a single element of a matrix", {1, 1}, 0},
    {"nothing", {0, "n"}, 1},
};

std::size_t place_of(const Axed& pattern) {
  auto rank = static_cast<std::int64_t>(pattern.shape.size());
  return static_cast<std::size_t>(pattern.axis < 0 ? pattern.axis + rank : pattern.axis);
}

// y[index] = x[0][where(index, shape of x[0])], y of x's shape but for `size` along the axis.
Reference moved_along(const Axed& pattern, std::function<std::int64_t(std::int64_t)> size,
                      std::function<std::int64_t(std::int64_t)> from) {
  return [=, place = place_of(pattern)](const Arrays& x) -> Arrays {
    Shape shape = x[0].shape;
    shape[place] = size(shape[place]);
    return {array_of(shape, [&](const Shape& index) {
      Shape source = index;
      source[place] = from(index[place]);
      return source[place] < 0 || source[place] >= x[0].shape[place] ? 0.0 : at(x[0], source);
    })};
  };
}

void add_softmax_kinds(Table& table) {
  for (const Axed& pattern : patterns)
    table.add({.op = "log_softmax",
               .name = pattern.name,
               .inputs = {normal(pattern.shape)},
               .build = [axis = pattern.axis](const Values& v) -> Values { return {log_softmax(v[0], axis)}; },
               .reference = [axis = pattern.axis](const Arrays& x) -> Arrays {
                 AroundAxis around(x[0].shape, axis);
                 Array y = x[0];
                 for (std::int64_t o = 0; o < around.outer; ++o)
                   for (std::int64_t i = 0; i < around.inner; ++i) {
                     double total = 0;
                     for (std::int64_t n = 0; n < around.size; ++n) total += std::exp(x[0].values[around.at(o, n, i)]);
                     for (std::int64_t n = 0; n < around.size; ++n) {
                       double& one = y.values[around.at(o, n, i)];
                       one = std::log(std::exp(one) / total);
                     }
                   }
                 return {y};
               }});
}

void add_layout_kinds(Table& table) {
  for (const Axed& pattern : patterns) {
    std::size_t place = place_of(pattern);
    std::size_t rank = pattern.shape.size();
    auto add = [&](const char* op, Build build, Reference reference) {
      table.add({.op = op,
                 .name = concat_text(pattern.name, ", axis ", pattern.axis),
                 .inputs = {normal(pattern.shape)},
                 .build = std::move(build),
                 .reference = std::move(reference),
                 .dtypes = any_number,
                 .smallest = {{"k", 1}, {"m", 1}, {"n", 1}}});
    };
    add(
        "concat",
        [=](const Values& v) -> Values {
          return {concat({v[0], v[0]}, pattern.axis)};
        },
        [=](const Arrays& x) -> Arrays {
          std::int64_t size = x[0].shape[place];
          return moved_along(
              pattern, [](std::int64_t n) { return 2 * n; }, [=](std::int64_t i) { return i % size; })(x);
        });
    add(
        "slice", [=](const Values& v) -> Values { return {slice(v[0], pattern.axis, 0, 1)}; },
        moved_along(
            pattern, [](std::int64_t) { return 1; }, [](std::int64_t i) { return i; }));
    add(
        "split",
        [=](const Values& v) -> Values {
          return {split(v[0], pattern.axis, Dims{1, v[0].dim(pattern.axis) - 1})[0]};
        },
        moved_along(
            pattern, [](std::int64_t) { return 1; }, [](std::int64_t i) { return i; }));
    add(
        "pad",
        [=](const Values& v) -> Values {
          Dims before(rank, Dim(0)), after(rank, Dim(0));
          before[place] = 2;
          after[place] = 1;
          return {pad(v[0], before, after)};
        },
        moved_along(
            pattern, [](std::int64_t n) { return n + 3; }, [](std::int64_t i) { return i - 2; }));
    add(
        "transpose",
        [=](const Values& v) -> Values {
          Axes order{static_cast<std::int64_t>(place)};
          for (std::size_t i = 0; i < rank; ++i)
            if (i != place) order.push_back(static_cast<std::int64_t>(i));
          return {transpose(v[0], order)};
        },
        [=](const Arrays& x) -> Arrays {
          auto moved = [&](Shape shape) {
            std::rotate(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(place),
                        shape.begin() + static_cast<std::ptrdiff_t>(place) + 1);
            return shape;
          };
          Array y = array_of(moved(x[0].shape), [](const Shape&) { return 0.0; });
          each_index(x[0].shape, [&](const Shape& index) { at(y, moved(index)) = at(x[0], index); });
          return {y};
        });
    add(
        "reshape",
        [=](const Values& v) -> Values {
          Dims shape = v[0].shape();
          shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(place), Dim(1));
          return {reshape(v[0], shape)};
        },
        [=](const Arrays& x) -> Arrays {
          Array y = x[0];
          y.shape.insert(y.shape.begin() + static_cast<std::ptrdiff_t>(place), 1);
          return {y};
        });
    add(
        "broadcast_to",
        [=](const Values& v) -> Values {
          Dims shape = v[0].shape();
          shape.insert(shape.begin(), Dim(3));
          return {broadcast_to(v[0], shape)};
        },
        [](const Arrays& x) -> Arrays {
          Shape shape = x[0].shape;
          shape.insert(shape.begin(), 3);
          return {broadcast(x[0], shape)};
        });
    add(
        "cast", [](const Values& v) -> Values { return {cast(v[0], DType::float64)}; },
        map([](double x) { return x; }));
  }
}

void add_stopped(Table& table, const char* name, const Dims& shape) {
  OpSample stopped{.op = "stop_gradient",
                   .name = name,
                   .inputs = {normal(shape)},
                   .build = [](const Values& v) -> Values { return {v[0] * stop_gradient(v[0])}; },
                   .reference = map([](double x) { return x * x; }),
                   .dtypes = any_number};
  stopped.gradient = [](const Arrays& x) -> Arrays { return {x[0]}; };
  table.add(stopped);
}

void add_choices(Table& table) {
  for (const Axed& pattern : patterns)
    table.add({.op = "where",
               .name = pattern.name,
               .inputs = {flags(pattern.shape), normal(pattern.shape), normal({1})},
               .build = [](const Values& v) -> Values { return {where(v[0], v[1], v[2])}; },
               .reference = broadcast_map3([](double c, double a, double b) { return c != 0 ? a : b; })});
}

// Integers of every kind of shape and what is made of each, along a new last axis.
void add_indexed(Table& table) {
  for (const Axed& pattern : patterns) {
    auto along_last = [](double (*f)(std::int64_t position, double value)) -> Reference {
      return [=](const Arrays& x) -> Arrays {
        Shape shape = x[0].shape;
        shape.push_back(4);
        return {array_of(shape, [&](const Shape& index) {
          return f(index.back(), at(x[0], {index.begin(), index.end() - 1}));
        })};
      };
    };
    table.add({.op = "one_hot",
               .name = pattern.name,
               .inputs = {indices_below(4, pattern.shape)},
               .build = [](const Values& v) -> Values { return {one_hot(v[0], 4, DType::float32)}; },
               .reference =
                   along_last([](std::int64_t i, double x) { return i == static_cast<std::int64_t>(x) ? 1. : 0.; })});
    table.add({.op = "sequence_mask",
               .name = pattern.name,
               .inputs = {indices_below(6, pattern.shape)},
               .build = [](const Values& v) -> Values { return {sequence_mask(v[0], 4)}; },
               .reference = along_last([](std::int64_t i, double x) { return static_cast<double>(i) < x ? 1. : 0.; })});
    table.add({.op = "gather",
               .name = concat_text(pattern.name, ", axis ", pattern.axis),
               .inputs = {normal(pattern.shape), indices_below(pattern.shape[place_of(pattern)], {2})},
               .build = [=](const Values& v) -> Values { return {gather(v[0], v[1], pattern.axis)}; },
               .reference = [=, place = place_of(pattern)](const Arrays& x) -> Arrays {
                 Shape shape = x[0].shape;
                 shape[place] = 2;
                 return {array_of(shape, [&](const Shape& index) {
                   Shape from = index;
                   from[place] = static_cast<std::int64_t>(at(x[1], {index[place]}));
                   return at(x[0], from);
                 })};
               }});
    table.add({.op = "product_of_others",
               .name = concat_text(pattern.name, ", axis ", pattern.axis),
               .inputs = {normal(pattern.shape)},
               .build = [=](const Values& v) -> Values { return gradients(sum(prod(v[0], {pattern.axis})), {v[0]}); },
               .reference = [=](const Arrays& x) -> Arrays {
                 AroundAxis around(x[0].shape, pattern.axis);
                 Array y = x[0];
                 for (std::int64_t o = 0; o < around.outer; ++o)
                   for (std::int64_t i = 0; i < around.inner; ++i)
                     for (std::int64_t n = 0; n < around.size; ++n) {
                       double product = 1;
                       for (std::int64_t other = 0; other < around.size; ++other)
                         if (other != n) product *= x[0].values[around.at(o, other, i)];
                       y.values[around.at(o, n, i)] = product;
                     }
                 return {y};
               },
               .tolerance = {.float32 = 1e-5, .float64 = 1e-12, .reason = "other orders of multiplication"},
               .not_batched = "the graph holds the product too, which the batch is not asked for"});
  }
}

}  // namespace

void add_shape_kind_samples(Table& table) {
  add_stopped(table, "a scalar", {});
  for (const Axed& pattern : patterns) add_stopped(table, pattern.name, pattern.shape);
  add_softmax_kinds(table);
  add_layout_kinds(table);
  add_choices(table);
  add_indexed(table);
}

}  // namespace gradloom::op_samples
