// Samples of cross-entropy: ranks, smoothing, ignored rows, negative targets, targets out of range.
#include <cmath>

#include "autodiff/gradients.h"
#include "graph/module.h"
#include "ops/ops.h"
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
  table.add_error({"cross_entropy", declared(DType::float32, {2, 9}, DType::float32, {2}),
                   "cross_entropy(logits: [2, 9], targets: [2]): targets is float32 but int32 or int64 is needed\n  in "
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
  add_errors(table);
}

}  // namespace gradloom::op_samples
