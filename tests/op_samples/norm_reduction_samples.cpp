// Samples of products, norms and log-sum-exp over axes: zeros and their gradients, infinities, large magnitudes.
#include <cmath>
#include <limits>

#include "autodiff/gradients.h"
#include "base/text.h"
#include "ops/registry.h"
#include "tests/op_samples/reduced.h"

namespace gradloom::op_samples {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

using Elements = std::vector<double>;

double plain_prod(const Elements& x) {
  double product = 1;
  for (double one : x) product *= one;
  return product;
}
double plain_l1(const Elements& x) {
  double total = 0;
  for (double one : x) total += std::abs(one);
  return total;
}
double plain_l2(const Elements& x) {
  double total = 0;
  for (double one : x) total += one * one;
  return std::sqrt(total);
}
double plain_logsumexp(const Elements& x) {
  double most = -infinity, total = 0;
  for (double one : x) most = std::isnan(one) || one > most ? one : most;
  if (std::isinf(most)) return most;
  for (double one : x) total += std::exp(one - most);
  return most + std::log(total);
}

// Of either sign and so near to 1 that products of many stay numbers.
Filled around_one(Dims shape) {
  Filled filled = normal(std::move(shape));
  filled.draw = [](Random& random, const Binding&) {
    double sign = random.uniform() < 0.5 ? -1 : 1;
    return sign * (0.7 + 0.7 * random.uniform());
  };
  return filled;
}
Filled away_from_zero(Dims shape) { return away_from(0, std::move(shape)); }

const Reduction reductions[] = {
    {"prod", prod, plain_prod, around_one},
    {"l1_norm", l1_norm, plain_l1, away_from_zero},
    {"l2_norm", l2_norm, plain_l2, away_from_zero, "float32 or float64"},
    {"logsumexp", logsumexp, plain_logsumexp, normal, "float32 or float64"},
};

OpSample exact(const Reduction& r, const char* name, Elements values, Dims shape, Axes axes) {
  return reduction_sample(r, {name, shape, std::move(axes)}, exactly(std::move(values), shape));
}

void add_values(Table& table) {
  for (const Reduction& r : reductions) {
    for (const Axed& pattern : axes_patterns) {
      table.add(reduction_sample(r, pattern, r.fill(pattern.shape)));
      if (std::string_view(r.wanted).find("int32") == std::string_view::npos) continue;
      OpSample whole_numbers = reduction_sample(r, pattern, whole(-2, 2, pattern.shape));
      whole_numbers.dtypes = {DType::int32, DType::int64};
      table.add(whole_numbers);
    }
    for (const Axed& pattern :
         {Axed{"many long rows", {300, 401}, {1}}, Axed{"long columns", {401, 300}, {0}},
          Axed{"large outer axes", {60, 50, 30}, {0, 2}}, Axed{"large and whole", {300, 301}, {}}}) {
      OpSample large = reduction_sample(r, pattern, between(0.995, 1.005, pattern.shape));
      large.not_differentiated = "too large for many evaluations";
      table.add(large);
    }
    for (Axes axes : {Axes{0}, Axes{1}}) {
      OpSample edges = exact(r, "NaN and infinities", {nan, 1, 2, infinity, 3, -infinity, 0, 0.5, 4}, {3, 3}, axes);
      edges.not_differentiated = "these values have no slope";
      table.add(edges);
    }
  }
}

// ---- prod

Elements products_of_others(const Elements& x) {
  Elements result;
  for (std::size_t i = 0; i < x.size(); ++i) {
    Elements others = x;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    result.push_back(plain_prod(others));
  }
  return result;
}

// Differences are right here: a product is smooth at 0.
void add_zeros(Table& table) {
  struct Zeros {
    const char* name;
    Elements values;
    Dims shape;
    Axes axes;
  };
  for (const Zeros& z : {Zeros{"one zero", {1.5, 0, -2, 0.5}, {4}, {}}, Zeros{"two zeros", {1.5, 0, -2, 0}, {4}, {0}},
                         Zeros{"three zeros", {0, 0, -2, 0}, {4}, {}},
                         Zeros{"zeros in some rows", {1, 0, 2, 3, 4, 5, 0, 0, 6}, {3, 3}, {1}},
                         Zeros{"zeros in some columns", {1, 0, 2, 3, 0, 5, 0, 1, 6}, {3, 3}, {0}},
                         Zeros{"zeros over outer axes", {1, 0, 2, 3, 4, 5, 0, 7, 6, 1, 2, 3}, {2, 3, 2}, {0, 2}}})
    table.add(exact(reductions[0], z.name, z.values, z.shape, z.axes));
  OpSample gradient = exact(reductions[0], "the gradient where one, two and no elements are 0",
                            {2, 0, 3, 0, 0, 5, 2, 4, 0.5}, {3, 3}, {1});
  gradient.gradient = [](const Arrays& x) -> Arrays { return {{x[0].shape, {0, 6, 0, 0, 0, 0, 2, 1, 8}}}; };
  table.add(gradient);

  // The gradient of prod is the operation beside it, and differences of that are its second gradient.
  table.add({.op = "product_of_others",
             .name = "the gradient of a product over the last axis",
             .inputs = {normal({"m", "n"})},
             .build = [](const Values& v) -> Values { return gradients(sum(prod(v[0], {1})), {v[0]}); },
             .reference = [](const Arrays& x) -> Arrays {
               Array y{x[0].shape, {}};
               AroundAxis rows(x[0].shape, -1);
               for (std::int64_t row = 0; row < rows.outer; ++row) {
                 auto begin = x[0].values.begin() + row * rows.size;
                 for (double one : products_of_others({begin, begin + rows.size})) y.values.push_back(one);
               }
               return {y};
             },
             .tolerance = {.float32 = 1e-5, .float64 = 1e-12, .reason = "other orders of multiplication"},
             .not_batched = "the graph holds the product too, which the batch is not asked for"});
  auto second = [](const Values& v) -> Values {
    Value slope = sum(gradients(sum(prod(v[0])), {v[0]})[0] * v[1]);
    return gradients(slope, {v[0]});
  };
  auto hessian_times = [](const Arrays& x) -> Arrays {
    Array y{x[0].shape, {}};
    for (std::size_t i = 0; i < x[0].values.size(); ++i) {
      double total = 0;
      for (std::size_t j = 0; j < x[0].values.size(); ++j) {
        double product = i == j ? 0 : x[1].values[j];
        for (std::size_t n = 0; n < x[0].values.size(); ++n)
          if (n != i && n != j) product *= x[0].values[n];
        total += product;
      }
      y.values.push_back(total);
    }
    return {y};
  };
  for (const auto& [name, values] : {std::pair<const char*, Elements>{"one zero", {2, 0, 3, -1}},
                                     {"two zeros", {0, 2, 3, 0}},
                                     {"three zeros", {0, 0, 3, 0}}})
    table.add({.op = "product_of_others",
               .name = concat_text("second and third order at ", name),
               .inputs = {exactly(values, {4}), normal({4})},
               .build = second,
               .reference = hessian_times,
               .not_batched = "the graph holds the product too, which the batch is not asked for"});
}

// ---- norms and logsumexp

void add_edges(Table& table) {
  const Reduction &l1 = reductions[1], &l2 = reductions[2], &lse = reductions[3];
  OpSample kink = exact(l1, "the gradient at 0 is 0", {-2, 0, 3, 0}, {4}, {});
  kink.gradient = [](const Arrays& x) -> Arrays { return {{x[0].shape, {-1, 0, 1, 0}}}; };
  table.add(kink);
  kink = exact(l2, "a row of zeros has the gradient 0", {3, 4, 0, 0}, {2, 2}, {1});
  kink.gradient = [](const Arrays& x) -> Arrays { return {{x[0].shape, {0.6, 0.8, 0, 0}}}; };
  table.add(kink);
  // The second gradient at 0 is 0 as well, where another text of the rule gives NaN.
  OpSample second{.op = "l2_norm",
                  .name = "the second gradient at 0 is 0",
                  .inputs = {exactly({0, 0, 0}, {3})},
                  .build = [](const Values& v) -> Values { return {sum(gradients(l2_norm(v[0]), {v[0]})[0])}; },
                  .reference = [](const Arrays&) -> Arrays {
                    return {{{}, {0}}};
                  }};
  second.gradient = [](const Arrays& x) -> Arrays { return {{x[0].shape, {0, 0, 0}}}; };
  table.add(second);
  OpSample large = exact(l2, "squares beyond float32", {3e25, 4e25, 3e-25, 4e-25}, {2, 2}, {1});
  large.not_differentiated = "a difference's step is far from these magnitudes";
  table.add(large);
  OpSample lowest = exact(l1, "the lowest integer wraps around", {-2147483648.0}, {1}, {});
  lowest.reference = [](const Arrays&) -> Arrays { return {{{}, {-2147483648.0}}}; };
  lowest.dtypes = {DType::int32};
  table.add(lowest);

  for (Axes axes : {Axes{1}, Axes{0}}) {
    OpSample stable = exact(lse, "large operands", {1000, 1001, -1000, -1001, 90, -90, 88, 89, 700}, {3, 3}, axes);
    stable.not_differentiated = "differences of so large numbers lose their digits";
    table.add(stable);
  }
  OpSample rows = exact(lse, "rows of -inf, and -inf beside numbers",
                        {-infinity, -infinity, -infinity, 0, std::log(3.0), 0}, {3, 2}, {1});
  rows.gradient = [](const Arrays& x) -> Arrays { return {{x[0].shape, {0, 0, 0, 1, 0.75, 0.25}}}; };
  table.add(rows);
  OpSample columns = exact(lse, "columns of -inf, and -inf beside numbers",
                           {-infinity, -infinity, std::log(3.0), -infinity, 0, 0}, {2, 3}, {0});
  columns.gradient = [](const Arrays& x) -> Arrays { return {{x[0].shape, {0, 0, 0.75, 0, 1, 0.25}}}; };
  table.add(columns);
  OpSample infinite = exact(lse, "inf gives inf", {infinity, 1, infinity, infinity, -infinity, infinity}, {3, 2}, {1});
  infinite.not_differentiated = "inf has no slope";
  table.add(infinite);
}

void add_errors(Table& table) {
  for (const Reduction& r : reductions) add_reduction_errors(table, r);
  auto others = [](Dims x, DType dtype, int tangents, Dims shape) {
    return [=](Graph& g) -> Values {
      Values inputs{g.input("x", dtype, x)};
      for (int t = 0; t < tangents; ++t) inputs.push_back(g.input(concat_text("t", t), DType::float32, shape));
      return g.apply(op_named("product_of_others"), inputs);
    };
  };
  table.add_error({"product_of_others", others({}, DType::float32, 0, {}),
                   "product_of_others(x: []): x is a scalar but an axis is needed"});
  table.add_error({"product_of_others", others({2}, DType::int32, 0, {}),
                   "product_of_others(x: [2]): x is int32 but float32 or float64 is needed"});
  table.add_error({"product_of_others", others({"n"}, DType::float32, 1, {3}),
                   "product_of_others(x: [n], tangents[0]: [3]): tangents[0] is float32 [3] but x is float32 [n]"});
  table.add_error({"product_of_others", others({2}, DType::float32, 9, {2}), [] {
                     std::string text = "product_of_others(x: [2]";
                     for (int t = 0; t < 9; ++t) text += concat_text(", tangents[", t, "]: [2]");
                     return text + "): 9 tangents were given but 8 are the most";
                   }()});
}

}  // namespace

void add_norm_reduction_samples(Table& table) {
  add_values(table);
  add_zeros(table);
  add_edges(table);
  add_errors(table);
}

}  // namespace gradloom::op_samples
