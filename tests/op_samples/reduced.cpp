// Reductions by plain loops.
#include "tests/op_samples/reduced.h"

#include "base/text.h"

namespace gradloom::op_samples {

const std::vector<Axed> axes_patterns{
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

OpSample reduction_sample(const Reduction& reduction, const Axed& pattern, Filled input) {
  return {.op = reduction.op,
          .name = pattern.name,
          .inputs = {std::move(input)},
          .build = [build = reduction.build, pattern](const Values& v) -> Values {
            return {build(v[0], pattern.axes, pattern.keep_dims)};
          },
          .reference = reduced(pattern, reduction.f),
          .tolerance = {.float32 = 1e-5, .float64 = 1e-12, .reason = "terms that cancel"}};
}

void add_reduction_errors(Table& table, const Reduction& reduction, DType refused) {
  std::string op = reduction.op;
  auto declared = [build = reduction.build](Axes axes, DType dtype) {
    return [=](Graph& g) -> Values { return {build(g.input("x", dtype, {"batch", 3}), axes, false)}; };
  };
  DType taken = refused == DType::boolean ? DType::float32 : DType::boolean;
  table.add_error({op, declared({2}, taken), op + "(x: [batch, 3]): axis 2 is outside of [-2, 2)"});
  table.add_error({op, declared({1, -1}, taken), op + "(x: [batch, 3]): axes [1, -1] name an axis twice"});
  table.add_error(
      {op, declared({}, refused),
       concat_text(op, "(x: [batch, 3]): x is ", name_of(refused), " but ", reduction.wanted, " is needed")});
}

}  // namespace gradloom::op_samples
