// Samples of normalisation: rows of one and of several axes, with and without bias, channels on any axis, rows without
// deviation, large means.
#include <cmath>
#include <limits>

#include "ops/ops.h"
#include "tests/op_samples/op_samples.h"

namespace gradloom::op_samples {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr Tolerance cancelling{.float32 = 1e-5, .float64 = 1e-12, .reason = "means of terms that cancel"};

// Of each row of x (as many elements as scale has): (x - centre) * factor * scale + bias, with the row's own mean, or
// 0, as the centre.
Reference normalised(bool centred, double epsilon) {
  return [=](const Arrays& x) -> Arrays {
    Array y = x[0];
    std::size_t size = x[1].values.size();
    for (std::size_t begin = 0; size > 0 && begin < y.values.size(); begin += size) {
      double mean = 0, variance = 0;
      for (std::size_t i = 0; i < size && centred; ++i) mean += x[0].values[begin + i] / static_cast<double>(size);
      for (std::size_t i = 0; i < size; ++i)
        variance += (x[0].values[begin + i] - mean) * (x[0].values[begin + i] - mean) / static_cast<double>(size);
      for (std::size_t i = 0; i < size; ++i) {
        double& one = y.values[begin + i];
        one = (one - mean) / std::sqrt(variance + epsilon) * x[1].values[i] + (x.size() > 2 ? x[2].values[i] : 0);
      }
    }
    return {y};
  };
}

struct Rows {
  const char* name;
  Dims shape, row;
  std::int64_t axis = -1;
};

const Rows patterns[] = {
    {"one row", {"n"}, {"n"}},
    {"one row, from the front", {"n"}, {"n"}, 0},
    {"rows", {"m", "n"}, {"n"}},
    {"rows of one element", {"m", 1}, {1}},
    {"a single row of a matrix", {1, "n"}, {"n"}, 1},
    {"a row longer than a vector register", {"m", 37}, {37}},
    {"three axes", {"k", "m", "n"}, {"n"}, 2},
    {"rows of two axes", {"k", "m", "n"}, {"m", "n"}, -2},
    {"all axes are one row", {"m", "n"}, {"m", "n"}, 0},
    {"four axes", {"k", "m", 1, "n"}, {"n"}},
    {"five axes, rows of three", {"k", "m", "k", 1, "n"}, {"k", 1, "n"}, 2},
    {"no rows", {0, "n"}, {"n"}},
    {"rows of nothing", {"m", 0}, {0}},
};

struct Normaliser {
  const char* op;
  std::function<Value(const Values&, std::int64_t, double)> build;
  bool centred, has_bias;
};

const Normaliser normalisers[] = {
    {"layer_norm",
     [](const Values& v, std::int64_t axis, double epsilon) { return layer_norm(v[0], v[1], v[2], axis, epsilon); },
     true, true},
    {"layer_norm",
     [](const Values& v, std::int64_t axis, double epsilon) { return layer_norm(v[0], v[1], {}, axis, epsilon); }, true,
     false},
    {"rms_norm", [](const Values& v, std::int64_t axis, double epsilon) { return rms_norm(v[0], v[1], axis, epsilon); },
     false, false},
};

OpSample sample_of(const Normaliser& n, std::string name, Filled x, Dims row, std::int64_t axis, double epsilon) {
  std::vector<Filled> inputs{std::move(x), normal(row)};
  if (n.has_bias) inputs.push_back(normal(row));
  return {.op = n.op,
          .name = std::move(name),
          .inputs = std::move(inputs),
          .build = [=](const Values& v) -> Values { return {n.build(v, axis, epsilon)}; },
          .reference = normalised(n.centred, epsilon),
          .tolerance = cancelling};
}

void add_rows(Table& table, const Normaliser& n) {
  for (const Rows& rows : patterns)
    for (double epsilon : {1e-5, 0.3})
      table.add(sample_of(n, rows.name, normal(rows.shape), rows.row, rows.axis, epsilon));
  // The deviation is the epsilon's alone.
  table.add(sample_of(n, "rows without deviation", exactly({2, 2, 2, -1, -1, -1, 0, 0, 0}, {3, 3}), {3}, -1, 0.01));
  OpSample none = sample_of(n, "rows of zeros without epsilon are NaN", exactly({0, 0, 1, 3}, {2, 2}), {2}, -1, 0);
  none.not_differentiated = "a root of 0 has no slope";
  table.add(none);
  OpSample edges =
      sample_of(n, "NaN and infinity stay in their row", exactly({nan, 1, infinity, 1, 2, 4}, {3, 2}), {2}, -1, 1e-5);
  edges.not_differentiated = "these values have no slope";
  table.add(edges);
  OpSample large = sample_of(n, "many long rows", between(-1, 3, {200, 515}), {515}, -1, 1e-5);
  large.not_differentiated = "too large for many evaluations";
  table.add(large);
  OpSample offset = sample_of(n, "a mean far from 0", between(1000, 1001, {"m", "n"}), {"n"}, -1, 1e-5);
  offset.tolerance = {.float32 = 1e-3, .float64 = 1e-11, .reason = "elements near 1000 hold no more digits"};
  offset.not_differentiated = "a difference's step is as large as the deviation";
  table.add(offset);
}

void add_channels(Table& table) {
  struct Channels {
    const char* name;
    Dims shape;
    Dim channels;
    std::int64_t axis = 1;
  };
  for (const Channels& c :
       {Channels{"a vector", {"n"}, "n", 0}, Channels{"rows", {"m", "n"}, "n"}, Channels{"columns", {"n", "m"}, "n", 0},
        Channels{"rows, from the end", {"m", "n"}, "n", -1}, Channels{"one channel", {"m", 1}, 1},
        Channels{"one row", {1, "n"}, "n"}, Channels{"signals", {"k", "n", "m"}, "n"},
        Channels{"images", {"k", "n", "m", 3}, "n"}, Channels{"images, channels last", {"k", "m", 3, "n"}, "n", -1},
        Channels{"five axes", {"k", "n", 1, "m", "k"}, "n"}, Channels{"nothing", {0, "n"}, "n"},
        Channels{"no channels", {"m", 0}, 0}})
    for (double epsilon : {1e-5, 0.5})
      table.add({.op = "batch_norm",
                 .name = c.name,
                 .inputs = {normal(c.shape), normal({c.channels}), normal({c.channels}), normal({c.channels}),
                            positive({c.channels})},
                 .build = [=](const Values& v) -> Values {
                   return {batch_norm(v[0], v[1], v[2], v[3], v[4], c.axis, epsilon)};
                 },
                 .reference = [=](const Arrays& x) -> Arrays {
                   AroundAxis around(x[0].shape, c.axis);
                   Array y = x[0];
                   for (std::int64_t o = 0; o < around.outer; ++o)
                     for (std::int64_t n = 0; n < around.size; ++n)
                       for (std::int64_t i = 0; i < around.inner; ++i) {
                         double& one = y.values[around.at(o, n, i)];
                         auto channel = static_cast<std::size_t>(n);
                         one = (one - x[3].values[channel]) / std::sqrt(x[4].values[channel] + epsilon) *
                                   x[1].values[channel] +
                               x[2].values[channel];
                       }
                   return {y};
                 }});
}

void add_errors(Table& table) {
  auto layer = [](DType x, Dims shape, DType scale, Dims row, std::int64_t axis = -1, double epsilon = 1e-5) {
    return [=](Graph& g) -> Values {
      Scope scope(g, "encoder");
      return {layer_norm(g.input("x", x, shape), g.input("scale", scale, row), {}, axis, epsilon)};
    };
  };
  DType f32 = DType::float32;
  table.add_error({"layer_norm", layer(f32, {"batch", 8}, f32, {4}),
                   "layer_norm(x: [batch, 8], scale: [4]): scale is [4] but the axes of x from 1 on are [8]\n  in "
                   "encoder"});
  table.add_error({"layer_norm", layer(f32, {"batch", 8}, f32, {8}, 2),
                   "layer_norm(x: [batch, 8], scale: [8]): axis 2 is outside of [-2, 2)\n  in encoder"});
  table.add_error({"layer_norm", layer(DType::int32, {8}, DType::int32, {8}),
                   "layer_norm(x: [8], scale: [8]): x is int32 but float32 or float64 is needed\n  in encoder"});
  table.add_error({"layer_norm", layer(f32, {8}, DType::float64, {8}),
                   "layer_norm(x: float32 [8], scale: float64 [8]): x is float32 but scale is float64; cast one of "
                   "them\n  in encoder"});
  table.add_error({"layer_norm", layer(f32, {8}, f32, {8}, 0, -1),
                   "layer_norm(x: [8], scale: [8]): epsilon is -1 but must be 0 or more\n  in encoder"});
  table.add_error(
      {"layer_norm",
       [=](Graph& g) -> Values {
         return {layer_norm(g.input("x", f32, {2, 3}), g.input("scale", f32, {3}), g.input("bias", f32, {1}))};
       },
       "layer_norm(x: [2, 3], scale: [3], bias: [1]): bias is [1] but the axes of x from 1 on are [3]"});
  table.add_error({"rms_norm",
                   [=](Graph& g) -> Values {
                     return {rms_norm(g.input("x", f32, {2, 3}), g.input("scale", f32, {2, 4}), 0)};
                   },
                   "rms_norm(x: [2, 3], scale: [2, 4]): scale is [2, 4] but the axes of x from 0 on are [2, 3]"});
  auto batch = [=](Dims shape, Dims variance, std::int64_t axis, double epsilon, DType dtype) {
    return [=](Graph& g) -> Values {
      Value each = g.input("each", dtype, {3});
      return {batch_norm(g.input("x", dtype, shape), each, each, each, g.input("variance", dtype, variance), axis,
                         epsilon)};
    };
  };
  std::string call = "batch_norm(x: [n, 3], scale: [3], bias: [3], mean: [3], variance: [";
  table.add_error(
      {"batch_norm", batch({"n", 3}, {4}, 1, 1e-5, f32), call + "4]): variance is [4] but axis 1 of x has the size 3"});
  table.add_error({"batch_norm", batch({"n", 3}, {3}, -3, 1e-5, f32), call + "3]): axis -3 is outside of [-2, 2)"});
  table.add_error(
      {"batch_norm", batch({"n", 3}, {3}, 1, -0.5, f32), call + "3]): epsilon is -0.5 but must be 0 or more"});
  table.add_error({"batch_norm", batch({"n", 3}, {3}, 1, 1e-5, DType::int64),
                   call + "3]): x is int64 but float32 or float64 is needed"});
}

}  // namespace

void add_normalisation_samples(Table& table) {
  for (const Normaliser& n : normalisers) add_rows(table, n);
  add_channels(table);
  add_errors(table);
}

}  // namespace gradloom::op_samples
