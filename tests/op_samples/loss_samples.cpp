// Samples of cross-entropy: ranks, smoothing, ignored rows, weights, probabilities, negative targets, targets out of
// range.
#include <cmath>

#include "autodiff/gradients.h"
#include "base/text.h"
#include "graph/module.h"
#include "ops/ops.h"
#include "ops/registry.h"
#include "tests/op_samples/op_samples.h"

namespace gradloom::op_samples {

namespace {

struct Setting {
  double smoothing = 0;
  std::optional<std::int64_t> ignored = {};
};

// A row's class, or -1 when it is ignored.
std::int64_t class_of(double target, std::int64_t classes, const Setting& setting) {
  auto index = static_cast<std::int64_t>(target);
  if (setting.ignored && index == *setting.ignored) return -1;
  return index < 0 ? index + classes : index;
}

std::vector<double> wanted_distribution(std::int64_t target, std::int64_t classes, double smoothing) {
  std::vector<double> q(static_cast<std::size_t>(classes), smoothing / static_cast<double>(classes));
  q[static_cast<std::size_t>(target)] += 1 - smoothing;
  return q;
}

std::vector<double> row_probabilities(const Array& logits, std::size_t row, std::int64_t classes) {
  std::vector<double> p;
  double total = 0;
  for (std::int64_t i = 0; i < classes; ++i) {
    p.push_back(std::exp(logits.values[row * static_cast<std::size_t>(classes) + static_cast<std::size_t>(i)]));
    total += p.back();
  }
  for (double& one : p) one /= total;
  return p;
}

Reference losses(Setting setting) {
  return [=](const Arrays& x) -> Arrays {
    std::int64_t classes = x[0].shape.back();
    Array y{x[1].shape, {}};
    for (std::size_t row = 0; row < x[1].values.size(); ++row) {
      std::int64_t target = class_of(x[1].values[row], classes, setting);
      double loss = 0;
      if (target >= 0) {
        auto p = row_probabilities(x[0], row, classes);
        auto q = wanted_distribution(target, classes, setting.smoothing);
        for (std::size_t i = 0; i < p.size(); ++i) loss -= q[i] * std::log(p[i]);
      }
      y.values.push_back(loss);
    }
    return {y};
  };
}

// weight * (p - q), where the build weights each row.
Reference loss_gradients(Setting setting) {
  return [=](const Arrays& x) -> Arrays {
    std::int64_t classes = x[0].shape.back();
    Array y{x[0].shape, {}};
    for (std::size_t row = 0; row < x[1].values.size(); ++row) {
      std::int64_t target = class_of(x[1].values[row], classes, setting);
      if (target < 0) {
        y.values.insert(y.values.end(), static_cast<std::size_t>(classes), 0.0);
        continue;
      }
      auto p = row_probabilities(x[0], row, classes);
      auto q = wanted_distribution(target, classes, setting.smoothing);
      for (std::size_t i = 0; i < p.size(); ++i) y.values.push_back(x[2].values[row] * (p[i] - q[i]));
    }
    return {y};
  };
}

struct Rows {
  const char* name;
  Dims rows;
  Setting setting;
};

const Rows patterns[] = {
    {"one row", {}, {}},
    {"rows", {"m"}, {}},
    {"two axes of rows", {"k", "m"}, {}},
    {"label smoothing", {"m"}, {0.1, {}}},
    {"an ignored class", {"l", "k"}, {0, 1}},
    {"an ignored class and smoothing", {"l"}, {0.3, 0}},
    {"a row of a matrix", {1}, {}},
    {"no rows", {0}, {0.1, {}}},
    {"a column of rows", {"m", 1}, {}},
    {"three axes of rows", {"k", 1, "m"}, {0.2, {}}},
    {"a row of rows", {1, "m"}, {0.4, {}}},
    {"four axes of rows", {"k", "m", 1, "k"}, {0, 2}},
};

Dims with_classes(Dims rows) {
  rows.emplace_back("n");
  return rows;
}

void add_values(Table& table) {
  for (const Rows& r : patterns) {
    Setting s = r.setting;
    table.add({.op = "cross_entropy",
               .name = r.name,
               .inputs = {normal(with_classes(r.rows)), indices_below("n", r.rows)},
               .build = [s](const Values& v) -> Values { return {cross_entropy(v[0], v[1], s.smoothing, s.ignored)}; },
               .reference = losses(s),
               .smallest = {{"n", 1}}});
    table.add({.op = "cross_entropy_gradient",
               .name = r.name,
               .inputs = {normal(with_classes(r.rows)), indices_below("n", r.rows), normal(r.rows)},
               .build = [s](const Values& v) -> Values {
                 return vector_jacobian_product({cross_entropy(v[0], v[1], s.smoothing, s.ignored)}, {v[2]}, {v[0]});
               },
               .reference = loss_gradients(s),
               .tolerance = {.float32 = 1e-5, .float64 = 1e-13, .reason = "p - q cancels"},
               .smallest = {{"n", 1}},
               .not_batched = "the graph holds the loss too, which the batch is not asked for"});
  }
  table.add({.op = "cross_entropy",
             .name = "negative targets count from the end",
             .inputs = {normal({"l", "n"}), signed_indices_below("n", {"l"})},
             .build = [](const Values& v) -> Values { return {cross_entropy(v[0], v[1])}; },
             .reference = losses({}),
             .smallest = {{"n", 1}}});
  table.add({.op = "cross_entropy",
             .name = "an ignored number that is no class",
             .inputs = {normal({3, 4}), indices({2, -100, 0}, {3})},
             .build = [](const Values& v) -> Values { return {cross_entropy(v[0], v[1], 0.2, -100)}; },
             .reference = losses({0.2, -100})});
  table.add({.op = "cross_entropy",
             .name = "large logits",
             .inputs = {exactly({1000, 0, -1000, 90, 89, 88}, {2, 3}), indices({1, 0}, {2})},
             .build = [](const Values& v) -> Values { return {cross_entropy(v[0], v[1])}; },
             .reference = [](const Arrays& x) -> Arrays {
               return {{x[1].shape, {1000, std::log(1 + std::exp(-1.0) + std::exp(-2.0))}}};
             }});
}

// -sum of w * q * log p of each row, q given as probabilities; weights may be absent.
Reference probability_losses(double smoothing) {
  return [=](const Arrays& x) -> Arrays {
    std::int64_t classes = x[0].shape.back();
    Array y{{x[0].shape.begin(), x[0].shape.end() - 1}, {}};
    for (std::size_t row = 0; row < static_cast<std::size_t>(element_count(y.shape)); ++row) {
      double loss = 0;
      auto p = row_probabilities(x[0], row, classes);
      for (std::size_t i = 0; i < p.size(); ++i) {
        double q = x[1].values[row * p.size() + i] * (1 - smoothing) + smoothing / static_cast<double>(classes);
        loss -= (x.size() > 2 ? x[2].values[i] : 1) * q * std::log(p[i]);
      }
      y.values.push_back(loss);
    }
    return {y};
  };
}

// Indices as the probabilities that they stand for; rows that are ignored are 0.
Reference weighted_losses(Setting setting) {
  return [=](const Arrays& x) -> Arrays {
    std::int64_t classes = x[0].shape.back();
    Array q{x[0].shape, std::vector<double>(x[0].values.size())};
    std::vector<std::size_t> ignored;
    for (std::size_t row = 0; row < x[1].values.size(); ++row) {
      std::int64_t target = class_of(x[1].values[row], classes, setting);
      if (target < 0)
        ignored.push_back(row);
      else
        q.values[row * static_cast<std::size_t>(classes) + static_cast<std::size_t>(target)] = 1;
    }
    Arrays y = probability_losses(setting.smoothing)({x[0], q, x[2]});
    for (std::size_t row : ignored) y[0].values[row] = 0;
    return y;
  };
}

void add_weights_and_probabilities(Table& table) {
  for (const Rows& r : patterns) {
    Setting s = r.setting;
    Dims logits = with_classes(r.rows);
    table.add(
        {.op = "cross_entropy",
         .name = concat_text(r.name, ", with weights"),
         .inputs = {normal(logits), indices_below("n", r.rows), positive({"n"})},
         .build = [s](const Values& v) -> Values { return {cross_entropy(v[0], v[1], s.smoothing, s.ignored, v[2])}; },
         .reference = weighted_losses(s),
         .smallest = {{"n", 1}}});
    if (s.ignored) continue;
    table.add({.op = "cross_entropy",
               .name = concat_text(r.name, ", of probabilities"),
               .inputs = {normal(logits), between(0, 1, logits)},
               .build = [s](const Values& v) -> Values { return {cross_entropy(v[0], v[1], s.smoothing)}; },
               .reference = probability_losses(s.smoothing)});
    table.add({.op = "cross_entropy",
               .name = concat_text(r.name, ", of probabilities with weights"),
               .inputs = {normal(logits), between(0, 1, logits), positive({"n"})},
               .build = [s](const Values& v) -> Values { return {cross_entropy(v[0], v[1], s.smoothing, {}, v[2])}; },
               .reference = probability_losses(s.smoothing)});
  }
  for (double smoothing : {0.0, 0.25}) {
    table.add({.op = "cross_entropy",
               .name = "weights of negative targets, and an ignored number that is no class",
               .inputs = {normal({4, 3}), indices({-1, 9, -3, 1}, {4}), positive({3})},
               .build = [=](const Values& v) -> Values { return {cross_entropy(v[0], v[1], smoothing, 9, v[2])}; },
               .reference = weighted_losses({smoothing, 9})});
    // What an ignored row holds does not matter.
    table.add({.op = "cross_entropy",
               .name = "NaN in an ignored row, with weights",
               .inputs = {exactly({1, 2, std::nan(""), 1}, {2, 2}), indices({1, 0}, {2}), positive({2})},
               .build = [=](const Values& v) -> Values { return {cross_entropy(v[0], v[1], smoothing, 0, v[2])}; },
               .reference = weighted_losses({smoothing, 0}),
               .not_differentiated = "NaN has no slope"});
  }
}

void add_weight_errors(Table& table) {
  auto declared = [](DType logits, Dims shape, DType targets, Dims rows, double smoothing,
                     std::optional<std::int64_t> ignored, DType weights = DType::float32, Dims classes = {}) {
    return [=](Graph& g) -> Values {
      Value w = classes.empty() ? Value() : g.input("weights", weights, classes);
      return {
          cross_entropy(g.input("logits", logits, shape), g.input("targets", targets, rows), smoothing, ignored, w)};
    };
  };
  DType f32 = DType::float32, f64 = DType::float64, i32 = DType::int32;
  std::string probabilities = "cross_entropy(logits: [2, 9], targets: [2, 9]";
  std::string classes = "cross_entropy(logits: float32 [2, 9], targets: int32 [2], weights: ";
  table.add_error({"cross_entropy", declared(f32, {2, 9}, f32, {2}, 0, {}),
                   "cross_entropy(logits: [2, 9], targets: [2]): targets are probabilities, float32 [2], but logits "
                   "are float32 [2, 9]"});
  table.add_error({"cross_entropy", declared(f32, {"n", 9}, f64, {"n", 9}, 0, {}),
                   "cross_entropy(logits: float32 [n, 9], targets: float64 [n, 9]): targets are probabilities, float64 "
                   "[n, 9], but logits are float32 [n, 9]"});
  table.add_error({"cross_entropy", declared(i32, {2, 9}, f32, {2, 9}, 0, {}),
                   "cross_entropy(logits: int32 [2, 9], targets: float32 [2, 9]): logits is int32 but float32 or "
                   "float64 is needed"});
  table.add_error({"cross_entropy", declared(f32, {}, f32, {}, 0, {}),
                   "cross_entropy(logits: [], targets: []): logits have no axis of classes"});
  table.add_error({"cross_entropy", declared(f32, {2, 9}, f32, {2, 9}, -0.5, {}),
                   probabilities + "): label_smoothing is -0.5 but must be in [0, 1)"});
  table.add_error({"cross_entropy", declared(f32, {2, 9}, f32, {2, 9}, 0, 3),
                   probabilities + "): a class is ignored but targets are probabilities"});
  table.add_error({"cross_entropy", declared(f32, {2, 9}, f32, {2, 9}, 0, {}, f32, {8}),
                   probabilities + ", weights: [8]): weights are float32 [8] but one a class is needed, float32 [9]"});
  table.add_error({"cross_entropy", declared(f32, {2, 9}, i32, {2}, 0, {}, f32, {2, 9}),
                   classes + "float32 [2, 9]): weights are float32 [2, 9] but one a class is needed, float32 [9]"});
  table.add_error({"cross_entropy", declared(f32, {2, 9}, i32, {2}, 0, {}, f64, {9}),
                   classes + "float64 [9]): weights are float64 [9] but one a class is needed, float32 [9]"});
  table.add_error({"cross_entropy", declared(f32, {2, 9}, i32, {2}, 1, {}, f32, {9}),
                   classes + "float32 [9]): label_smoothing is 1 but must be in [0, 1)"});
  // As a module that is read may hold it.
  auto gradient = [](DType dtype, Dims dy) {
    return [=](Graph& g) -> Values {
      return g.apply(op_named("cross_entropy_gradient"),
                     {g.input("logits", DType::float32, {"n", 9}), g.input("targets", DType::int32, {"n"}),
                      g.input("dy", dtype, dy)});
    };
  };
  std::string call = "cross_entropy_gradient(logits: float32 [n, 9], targets: int32 [n], dy: ";
  table.add_error({"cross_entropy_gradient", gradient(f64, {"n"}),
                   call + "float64 [n]): logits are float32 but dy is "
                          "float64"});
  table.add_error(
      {"cross_entropy_gradient", gradient(f32, {"n", 1}), call + "float32 [n, 1]): targets are [n] but dy is [n, 1]"});
}

void add_errors(Table& table) {
  auto declared = [](DType logits, Dims shape, DType targets, Dims rows, double smoothing = 0) {
    return [=](Graph& g) -> Values {
      Scope scope(g, "loss");
      return {cross_entropy(g.input("logits", logits, shape), g.input("targets", targets, rows), smoothing)};
    };
  };
  table.add_error({"cross_entropy", declared(DType::float32, {"batch", 9}, DType::int32, {"time"}),
                   "cross_entropy(logits: float32 [batch, 9], targets: int32 [time]): logits have rows [batch] but "
                   "targets are [time]\n  in loss"});
  table.add_error(
      {"cross_entropy", declared(DType::int32, {2, 9}, DType::int32, {2}),
       "cross_entropy(logits: [2, 9], targets: [2]): logits is int32 but float32 or float64 is needed\n  in "
       "loss"});
  table.add_error({"cross_entropy", declared(DType::float32, {}, DType::int32, {}),
                   "cross_entropy(logits: float32 [], targets: int32 []): logits have no axis of classes\n  in loss"});
  table.add_error({"cross_entropy", declared(DType::float32, {2, 9}, DType::int32, {2}, 1),
                   "cross_entropy(logits: float32 [2, 9], targets: int32 [2]): label_smoothing is 1 but must be in [0, "
                   "1)\n  in loss"});
  auto targets_of = [](std::vector<std::int32_t> targets) {
    return [=](Graph& g) -> Values {
      auto rows = static_cast<std::int64_t>(targets.size()) / 2;
      return {cross_entropy(g.constant(Tensor(DType::float32, {rows, 2, 3})),
                            g.constant(Tensor::from<std::int32_t>({rows, 2}, targets)))};
    };
  };
  table.add_error({"cross_entropy", targets_of({0, 1, 2, 3}),
                   "cross_entropy: target 3 at [1, 1] is outside of the 3 classes\n  in cross_entropy"});
  table.add_error({"cross_entropy", targets_of({0, -4}),
                   "cross_entropy: target -4 at [0, 1] is outside of the 3 classes\n  in cross_entropy"});
  table.add_error({"cross_entropy_gradient",
                   [](Graph& g) -> Values {
                     Value logits = g.constant(Tensor(DType::float32, {1, 3}));
                     Value loss = cross_entropy(logits, g.constant(Tensor::from<std::int64_t>({1}, {7})));
                     Values gradient = gradients(sum(loss), {logits});
                     // Its own message: the loss itself is cut off by running the gradient's operands only.
                     const Node& node = gradient[0].node();
                     Graph& other = g.module().add_function("gradient");
                     Values inputs;
                     for (const Value& input : node.inputs)
                       inputs.push_back(input.node().kind == NodeKind::constant
                                            ? other.constant(input.node().literal)
                                            : other.constant(Tensor(DType::float32, {1})));
                     return other.apply(*node.op, inputs, node.attributes);
                   },
                   "cross_entropy_gradient: target 7 at [0] is outside of the 3 classes\n  in cross_entropy_gradient"});
}

}  // namespace

void add_loss_samples(Table& table) {
  add_values(table);
  add_weights_and_probabilities(table);
  add_errors(table);
  add_weight_errors(table);
}

}  // namespace gradloom::op_samples
