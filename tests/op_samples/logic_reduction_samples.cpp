// Samples of all, any and count_nonzero: every pattern of axes, none to look at, runs longer than one part.
#include <algorithm>
#include <limits>

#include "tests/op_samples/reduced.h"

namespace gradloom::op_samples {

namespace {

using Elements = std::vector<double>;

double plain_all(const Elements& x) {
  return std::all_of(x.begin(), x.end(), [](double one) { return one != 0; });
}
double plain_any(const Elements& x) {
  return std::any_of(x.begin(), x.end(), [](double one) { return one != 0; });
}
double plain_count(const Elements& x) {
  return static_cast<double>(std::count_if(x.begin(), x.end(), [](double one) { return one != 0; }));
}

// Mostly true, so that all is true of some groups; the others are mostly false.
Filled mostly(bool value, Dims shape) {
  Filled filled = flags(std::move(shape));
  filled.draw = [=](Random& random, const Binding&) { return (random.uniform() < 0.8) == value ? 1.0 : 0.0; };
  return filled;
}
Filled mostly_true(Dims shape) { return mostly(true, std::move(shape)); }
Filled mostly_false(Dims shape) { return mostly(false, std::move(shape)); }

const Reduction reductions[] = {
    {"all", all, plain_all, mostly_true, "bool"},
    {"any", any, plain_any, mostly_false, "bool"},
    {"count_nonzero", count_nonzero, plain_count, flags},
};

}  // namespace

void add_logic_reduction_samples(Table& table) {
  for (const Reduction& r : reductions) {
    for (const Axed& pattern : axes_patterns) table.add(reduction_sample(r, pattern, r.fill(pattern.shape)));
    for (const Axed& pattern : {Axed{"many long rows", {300, 401}, {1}}, Axed{"long columns", {401, 300}, {0}},
                                Axed{"large and whole", {300, 400}, {}}})
      table.add(reduction_sample(r, pattern, r.fill(pattern.shape)));
  }
  const Reduction& count = reductions[2];
  for (const Axed& pattern : axes_patterns) {
    OpSample numbers = reduction_sample(count, pattern, whole(-1, 1, pattern.shape));
    numbers.dtypes = {DType::float32, DType::int32, DType::int64, DType::float64};
    table.add(numbers);
  }
  double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  table.add(reduction_sample(count, {"NaN, infinity, tiny numbers and both zeros", {6}, {}},
                             exactly({nan, infinity, 1e-30, -1e-30, 0, -0.0}, {6})));
  add_reduction_errors(table, reductions[0], DType::int32);
  add_reduction_errors(table, reductions[1], DType::float32);
  for (const auto& [axes, text] : {std::pair<Axes, const char*>{{2}, "axis 2 is outside of [-2, 2)"},
                                   {{0, -2}, "axes [0, -2] name an axis twice"}})
    table.add_error({"count_nonzero",
                     [axes = axes](Graph& g) -> Values {
                       return {count_nonzero(g.input("x", DType::boolean, {"batch", 3}), axes)};
                     },
                     std::string("count_nonzero(x: [batch, 3]): ") + text});
}

}  // namespace gradloom::op_samples
