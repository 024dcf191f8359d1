// Samples of joining and cutting: parts of any size on any axis, and slices that step, reverse and end where symbols
// say.
#include <limits>

#include "graph/op_def.h"
#include "ops/ops.h"
#include "ops/registry.h"
#include "tests/op_samples/indexed.h"

namespace gradloom::op_samples {

namespace {

const std::vector<DType> numbers{DType::float32, DType::int32, DType::int64, DType::float64};

// The parts one behind the other.
Array joined(const Arrays& parts, std::size_t axis) {
  Shape shape = parts[0].shape;
  shape[axis] = 0;
  for (const Array& part : parts) shape[axis] += part.shape[axis];
  return array_of(shape, [&](Shape index) {
    for (const Array& part : parts) {
      if (index[axis] < part.shape[axis]) return at(part, index);
      index[axis] -= part.shape[axis];
    }
    return 0.0;
  });
}

// begin, begin + step, ... : `count` indices of an axis.
Array taken(const Array& x, std::size_t axis, std::int64_t begin, std::int64_t count, std::int64_t step) {
  Shape shape = x.shape;
  shape[axis] = count;
  return array_of(shape, [&](Shape index) {
    index[axis] = begin + index[axis] * step;
    return at(x, index);
  });
}

void add_joins(Table& table) {
  auto add = [&](std::string name, std::vector<Filled> inputs, std::int64_t axis, std::size_t place) {
    table.add({.op = "concat",
               .name = std::move(name),
               .inputs = std::move(inputs),
               .build = [=](const Values& v) -> Values { return {concat(v, axis)}; },
               .reference = [=](const Arrays& x) -> Arrays { return {joined(x, place)}; },
               .dtypes = numbers});
  };
  add("two vectors", {whole(-9, 9, {"m"}), whole(-9, 9, {"n"})}, 0, 0);
  add("columns", {whole(-9, 9, {"m", "k"}), whole(-9, 9, {"m", "n"}), whole(-9, 9, {"m", 1})}, -1, 1);
  add("rows", {whole(-9, 9, {"m", "n"}), whole(-9, 9, {"k", "n"})}, 0, 0);
  add("the middle axis", {whole(-9, 9, {"m", "k", "n"}), whole(-9, 9, {"m", "l", "n"})}, 1, 1);
  add("one part", {whole(-9, 9, {"m"})}, 0, 0);
  table.add({.op = "concat",
             .name = "a value twice",
             .inputs = {normal({"m", "n"})},
             .build = [](const Values& v) -> Values {
               return {concat({v[0], v[0]}, 0)};
             },
             .reference = [](const Arrays& x) -> Arrays {
               return {joined({x[0], x[0]}, 0)};
             }});
  table.add({.op = "concat",
             .name = "stack",
             .inputs = {whole(-9, 9, {"m", "n"}), whole(-9, 9, {"m", "n"})},
             .build = [](const Values& v) -> Values {
               return {stack(v, 1), stack(v, -1)};
             },
             .reference = [](const Arrays& x) -> Arrays {
               Shape shape = x[0].shape;
               return {array_of({shape[0], 2, shape[1]},
                                [&](const Shape& i) {
                                  return at(x[static_cast<std::size_t>(i[1])], {i[0], i[2]});
                                }),
                       array_of({shape[0], shape[1], 2}, [&](const Shape& i) {
                         return at(x[static_cast<std::size_t>(i[2])], {i[0], i[1]});
                       })};
             },
             .dtypes = numbers});
}

void add_splits(Table& table) {
  table.add({.op = "split",
             .name = "into parts of other sizes",
             .inputs = {whole(-9, 9, {"k", Dim("m") + "n" + 2, "l"}), whole(-9, 9, {"m"}), whole(-9, 9, {"n"})},
             .build = [](const Values& v) -> Values {
               return split(v[0], 1, Dims{v[1].dim(0), 2, v[2].dim(0)});
             },
             .reference = [](const Arrays& x) -> Arrays {
               std::int64_t m = x[1].shape[0], n = x[2].shape[0];
               return {taken(x[0], 1, 0, m, 1), taken(x[0], 1, m, 2, 1), taken(x[0], 1, m + 2, n, 1)};
             },
             .dtypes = numbers});
  table.add({.op = "split",
             .name = "into equal parts",
             .inputs = {whole(-9, 9, {"m", 3 * Dim("n")}), whole(-9, 9, {"n"})},
             .build = [](const Values& v) -> Values { return split(v[0], -1, 3); },
             .reference = [](const Arrays& x) -> Arrays {
               std::int64_t n = x[0].shape[1] / 3;
               return {taken(x[0], 1, 0, n, 1), taken(x[0], 1, n, n, 1), taken(x[0], 1, 2 * n, n, 1)};
             },
             .dtypes = numbers});
  table.add({.op = "split",
             .name = "of which one part is used",
             .inputs = {normal({3, "n"})},
             .build = [](const Values& v) -> Values { return {split(v[0], 0, 3)[1]}; },
             .reference = [](const Arrays& x) -> Arrays { return {taken(x[0], 0, 1, 1, 1)}; }});
  table.add({.op = "split",
             .name = "of which two parts meet",
             .inputs = {normal({"n", 5})},
             .build = [](const Values& v) -> Values {
               Values parts = split(v[0], 1, Dims{2, 1, 2});
               return {parts[2] * parts[0]};
             },
             .reference = [](const Arrays& x) -> Arrays {
               Array y = taken(x[0], 1, 0, 2, 1), z = taken(x[0], 1, 3, 2, 1);
               for (std::size_t i = 0; i < y.values.size(); ++i) y.values[i] *= z.values[i];
               return {y};
             }});
}

struct Slice {
  const char* name;
  std::int64_t axis;
  /// The bounds, of the axis' size.
  std::function<Dim(Dim)> begin, end;
  std::int64_t step;
  /// The first index and the number of indices, of the axis' size.
  std::function<std::int64_t(std::int64_t)> first, count;
  std::int64_t smallest = 0;
};

void add_slices(Table& table) {
  auto fixed = [](std::int64_t at) { return [=](const Dim&) { return Dim(at); }; };
  auto number = [](std::int64_t at) { return [=](std::int64_t) { return at; }; };
  auto whole_axis = [](const Dim& size) { return size; };
  auto count_all = [](std::int64_t n) { return n; };
  for (const Slice& s : {
           Slice{"the first", 0, fixed(0), fixed(1), 1, number(0), number(1), 1},
           Slice{"the last", -1, fixed(-1), whole_axis, 1, [](std::int64_t n) { return n - 1; }, number(1), 1},
           Slice{"all but the first", 1, fixed(1), whole_axis, 1, number(1), [](std::int64_t n) { return n - 1; }, 1},
           Slice{"all but the last", 1, fixed(0), fixed(-1), 1, number(0), [](std::int64_t n) { return n - 1; }, 1},
           Slice{"everything", 1, fixed(0), whole_axis, 1, number(0), count_all},
           Slice{"everything, by symbols from the end", 1, [](const Dim& size) { return Dim(0) - size; }, whole_axis, 1,
                 number(0), count_all},
           Slice{"nothing", 1, whole_axis, whole_axis, 1, number(0), number(0)},
           Slice{"every second", 1, fixed(0), whole_axis, 2, number(0), [](std::int64_t n) { return (n + 1) / 2; }},
           Slice{"every third from the second", 0, fixed(1), whole_axis, 3, number(1),
                 [](std::int64_t n) { return (n + 1) / 3; }, 1},
           Slice{"reversed", 1, fixed(-1), [](const Dim& size) { return Dim(-1) - size; }, -1,
                 [](std::int64_t n) { return n - 1; }, count_all},
           Slice{"every second, reversed, without the first", 1, fixed(-1), fixed(0), -2,
                 [](std::int64_t n) { return n - 1; }, [](std::int64_t n) { return n / 2; }, 1},
       })
    table.add({.op = "slice",
               .name = s.name,
               .inputs = {whole(-9, 9, {"n", "n", 2})},
               .build = [=](const Values& v) -> Values {
                 Value x = s.axis < 0 ? transpose(v[0], {0, 2, 1}) : v[0];
                 return {slice(x, s.axis, s.begin(x.dim(s.axis)), s.end(x.dim(s.axis)), s.step)};
               },
               .reference = [=](const Arrays& x) -> Arrays {
                 std::int64_t n = x[0].shape[0];
                 Array y = taken(x[0], s.axis == 0 ? 0 : 1, s.first(n), s.count(n), s.step);
                 if (s.axis >= 0) return {y};
                 return {array_of({y.shape[0], y.shape[2], y.shape[1]}, [&](const Shape& i) {
                   return at(y, {i[0], i[2], i[1]});
                 })};
               },
               .dtypes = numbers,
               .smallest = {{"n", s.smallest}}});
}

void add_errors(Table& table) {
  using Shapes = std::vector<Dims>;
  auto add = [&](const char* op, Shapes shapes, std::function<Value(const Values&)> build, std::string message) {
    table.add_error({op,
                     [=](Graph& g) -> Values {
                       Values inputs;
                       for (const Dims& shape : shapes)
                         inputs.push_back(g.input(concat_text("x", inputs.size()), DType::float32, shape));
                       return {build(inputs)};
                     },
                     std::move(message)});
  };
  auto along = [](std::int64_t axis) { return [=](const Values& v) { return concat(v, axis); }; };
  add("concat", {{2, 3}, {"batch", 3}}, along(1),
      "concat(parts[0]: [2, 3], parts[1]: [batch, 3]): axis 0 of parts[1] is batch but that of parts[0] is 2");
  add("concat", {{2, 3}, {3}}, along(1),
      "concat(parts[0]: [2, 3], parts[1]: [3]): parts[1] has 1 axes but parts[0] has 2");
  add("concat", {{2, 3}, {2, 3}}, along(2), "concat(parts[0]: [2, 3], parts[1]: [2, 3]): axis 2 is outside of [-2, 2)");
  add("concat", {}, along(0), "concat: no parts were given");
  table.add_error({"concat",
                   [](Graph& g) -> Values {
                     return {concat({g.input("a", DType::float32, {2}), g.input("b", DType::float64, {2})}, 0)};
                   },
                   "concat(parts[0]: float32 [2], parts[1]: float64 [2]): parts[0] is float32 but parts[1] is float64; "
                   "cast one of them"});
  auto stacked = [](std::int64_t axis) { return [=](const Values& v) { return stack(v, axis); }; };
  add("concat", {}, stacked(0), "stack: no parts were given");
  add("concat", {{2, 3}, {"batch", 3}}, stacked(0),
      "stack(parts[0]: [2, 3], parts[1]: [batch, 3]): parts[1] is [batch, 3] but parts[0] is [2, 3]");
  add("concat", {{2}, {2}}, stacked(2), "stack(parts[0]: [2], parts[1]: [2]): axis 2 is outside of [-2, 2)");
  auto sizes = [](Dims of) { return [=](const Values& v) { return split(v[0], 1, of)[0]; }; };
  add("split", {{2, 3}}, sizes({2, 2}), "split(x: [2, 3]): the sizes [2, 2] sum to 4 but axis 1 is 3");
  add("split", {{2, "time"}}, sizes({"batch"}),
      "split(x: [2, time]): the sizes [batch] sum to batch but axis 1 is time");
  add("split", {{2, 3}}, sizes({4, -1}), "split(x: [2, 3]): size -1 of [4, -1] is below 0");
  add("split", {{2, 3}}, sizes({}), "split(x: [2, 3]): no sizes were given");
  add(
      "split", {{2, 3}}, [](const Values& v) { return split(v[0], 1, 2)[0]; },
      "split(x: [2, 3]): axis 1 of size 3 does not divide into 2 equal parts");
  add(
      "split", {{2, 3}}, [](const Values& v) { return split(v[0], 1, 0)[0]; },
      "split(x: [2, 3]): 0 parts are asked for");
  add(
      "split", {{2, 3}}, [](const Values& v) { return split(v[0], 2, 1)[0]; },
      "split(x: [2, 3]): axis 2 is outside of [-2, 2)");
  auto cut = [](std::int64_t axis, Dim begin, Dim end, std::int64_t step = 1) {
    return [=](const Values& v) { return slice(v[0], axis, begin, end, step); };
  };
  std::string outside = " lies outside of axis 1, whose size is 3";
  add("slice", {{2, 3}}, cut(1, 0, 4), "slice(x: [2, 3]): begin 0 or end 4" + outside);
  add("slice", {{2, 3}}, cut(1, -4, 3), "slice(x: [2, 3]): begin -4 or end 3" + outside);
  add("slice", {{2, 3}}, cut(1, 3, 0, -1), "slice(x: [2, 3]): begin 3 or end 0" + outside);
  add("slice", {{"batch"}}, cut(0, 0, Dim("batch") + 1),
      "slice(x: [batch]): begin 0 or end batch + 1 lies outside of axis 0, whose size is batch");
  add("slice", {{2, 3}}, cut(1, 2, 1),
      "slice(x: [2, 3]): with step 1 end 1 cannot be reached from begin 2; axis 1 has size 3");
  add("slice", {{2, 3}}, cut(1, 0, 3, 0), "slice(x: [2, 3]): the step is 0");
  add(
      "slice", {{"time"}},
      [](const Values& v) {
        Attributes attributes = slice(v[0], 0, 0, 1).node().attributes;
        attributes.set("begin", Dim(0) - "time");
        return apply(op_named("slice"), {v[0]}, attributes);
      },
      "slice(x: [time]): begin -time is below 0, which in a file only a number may be");
  add("slice", {{2, 3}}, cut(1, 0, 3, std::numeric_limits<std::int64_t>::min()),
      "slice(x: [2, 3]): the step is -9223372036854775808, which has no opposite");
  add("slice", {{2, 3}}, cut(2, 0, 1), "slice(x: [2, 3]): axis 2 is outside of [-2, 2)");
}

}  // namespace

void add_join_samples(Table& table) {
  add_joins(table);
  add_splits(table);
  add_slices(table);
  add_errors(table);
}

}  // namespace gradloom::op_samples
