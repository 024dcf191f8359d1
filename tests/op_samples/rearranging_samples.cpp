// Samples of what slices, reshapes and gathers rearrange: padding by reflection and edge, reversing, repeating,
// triangles.
#include <algorithm>

#include "base/text.h"
#include "ops/ops.h"
#include "tests/op_samples/indexed.h"

namespace gradloom::op_samples {

namespace {

// Where numpy.pad reads from along an axis of `size`, position counted from the axis' own beginning.
std::int64_t source_of(std::int64_t position, std::int64_t size, PadMode mode) {
  if (mode == PadMode::edge) return std::clamp<std::int64_t>(position, 0, size - 1);
  while (size > 1 && (position < 0 || position >= size))
    position = position < 0 ? -position : 2 * (size - 1) - position;
  return size == 1 ? 0 : position;
}

Reference padded(std::vector<std::int64_t> before, std::vector<std::int64_t> after, PadMode mode) {
  return [=](const Arrays& x) -> Arrays {
    Shape shape = x[0].shape;
    for (std::size_t i = 0; i < shape.size(); ++i) shape[i] += before[i] + after[i];
    return {array_of(shape, [&](Shape index) {
      for (std::size_t i = 0; i < index.size(); ++i) index[i] = source_of(index[i] - before[i], x[0].shape[i], mode);
      return at(x[0], index);
    })};
  };
}

void add_padding(Table& table) {
  struct Kind {
    const char* name;
    Dims shape;
    std::vector<std::int64_t> before, after;
  };
  for (PadMode mode : {PadMode::reflect, PadMode::edge})
    for (const Kind& kind :
         {Kind{"a vector", {"m"}, {2}, {1}}, Kind{"around and around", {"m"}, {7}, {9}},
          Kind{"both axes of a matrix", {"m", "n"}, {1, 0}, {0, 2}}, Kind{"one element", {1, "n"}, {2, 1}, {3, 0}},
          Kind{"three axes, one of them", {"k", "m", "n"}, {0, 2, 0}, {0, 2, 0}}}) {
      Dims before(kind.before.begin(), kind.before.end()), after(kind.after.begin(), kind.after.end());
      table.add({.op = "gather",
                 .name = concat_text("pad, ", mode == PadMode::reflect ? "reflect" : "edge", ": ", kind.name),
                 .inputs = {normal(kind.shape)},
                 .build = [=](const Values& v) -> Values { return {pad(v[0], before, after, mode)}; },
                 .reference = padded(kind.before, kind.after, mode),
                 .smallest = {{"k", 1}, {"m", 1}, {"n", 1}}});
    }
}

void add_reversing(Table& table) {
  struct Kind {
    const char* name;
    Dims shape;
    Axes axes;
  };
  for (const Kind& kind :
       {Kind{"a vector", {"n"}, {0}}, Kind{"the last axis", {"m", "n"}, {-1}}, Kind{"both axes", {"m", "n"}, {0, 1}},
        Kind{"no axis", {"m", "n"}, {}}, Kind{"two of four axes", {"k", "m", 2, "n"}, {-3, 3}}})
    table.add({.op = "slice",
               .name = concat_text("reverse: ", kind.name),
               .inputs = {normal(kind.shape)},
               .build = [=](const Values& v) -> Values { return {reverse(v[0], kind.axes)}; },
               .reference = [=](const Arrays& x) -> Arrays {
                 return {array_of(x[0].shape, [&](Shape index) {
                   for (std::int64_t axis : kind.axes) {
                     auto i =
                         static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(index.size()) : axis);
                     index[i] = x[0].shape[i] - 1 - index[i];
                   }
                   return at(x[0], index);
                 })};
               },
               .dtypes = {DType::float32, DType::float64, DType::int32, DType::int64}});
  struct Rows {
    const char* name;
    Dims shape;
    std::int64_t time, batch;
  };
  for (const Rows& rows : {Rows{"time first", {"n", "m", "k"}, 0, 1}, Rows{"batch first", {"m", "n"}, 1, 0},
                           Rows{"other axes before", {"k", "m", "n"}, -1, -2}})
    table.add(
        {.op = "gather",
         .name = concat_text("reverse_sequence: ", rows.name),
         .inputs = {normal(rows.shape), indices_below(Dim("n") + 1, {"m"})},
         .build = [=](const Values& v) -> Values { return {reverse_sequence(v[0], v[1], rows.time, rows.batch)}; },
         .reference = [=](const Arrays& x) -> Arrays {
           auto axis = [&](std::int64_t i) {
             return static_cast<std::size_t>(i < 0 ? i + static_cast<std::int64_t>(x[0].shape.size()) : i);
           };
           return {array_of(x[0].shape, [&](Shape index) {
             auto length = static_cast<std::int64_t>(x[1].values[static_cast<std::size_t>(index[axis(rows.batch)])]);
             std::int64_t& t = index[axis(rows.time)];
             if (t < length) t = length - 1 - t;
             return at(x[0], index);
           })};
         }});
}

void add_repeating(Table& table) {
  struct Kind {
    const char* name;
    Dims shape;
    std::vector<std::int64_t> repeats;
  };
  for (const Kind& kind : {Kind{"a scalar", {}, {}}, Kind{"a vector", {"n"}, {3}}, Kind{"not at all", {"n"}, {0}},
                           Kind{"a matrix", {"m", "n"}, {2, 3}}, Kind{"the middle axis", {"k", "m", "n"}, {1, 2, 1}}})
    table.add({.op = "broadcast_to",
               .name = concat_text("tile: ", kind.name),
               .inputs = {normal(kind.shape)},
               .build = [=](const Values& v) -> Values {
                 return {tile(v[0], Dims(kind.repeats.begin(), kind.repeats.end()))};
               },
               .reference = [=](const Arrays& x) -> Arrays {
                 Shape shape = x[0].shape;
                 for (std::size_t i = 0; i < shape.size(); ++i) shape[i] *= kind.repeats[i];
                 return {array_of(shape, [&](Shape index) {
                   for (std::size_t i = 0; i < index.size(); ++i) index[i] %= x[0].shape[i];
                   return at(x[0], index);
                 })};
               }});
  for (std::int64_t axis : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{3}})
    table.add({.op = "reshape",
               .name = concat_text("flatten from axis ", axis),
               .inputs = {normal({"k", "m", "n"})},
               .build = [=](const Values& v) -> Values { return {flatten(v[0], axis)}; },
               .reference = [=](const Arrays& x) -> Arrays {
                 Array y{{1, 1}, x[0].values};
                 for (std::int64_t i = 0; i < 3; ++i)
                   y.shape[i < (axis < 0 ? axis + 3 : axis) ? 0 : 1] *= x[0].shape[static_cast<std::size_t>(i)];
                 return {y};
               }});
  for (std::size_t axis : {std::size_t{0}, std::size_t{1}})
    table.add({.op = "split",
               .name = concat_text("unstack axis ", axis),
               .inputs = {normal(axis == 0 ? Dims{3, "n"} : Dims{"n", 3})},
               .build = [=](const Values& v) -> Values { return unstack(v[0], static_cast<std::int64_t>(axis)); },
               .reference = [=](const Arrays& x) -> Arrays {
                 Arrays parts;
                 for (std::int64_t i = 0; i < 3; ++i)
                   parts.push_back(array_of({x[0].shape[1 - axis]}, [&](const Shape& index) {
                     return at(x[0], axis == 0 ? Shape{i, index[0]} : Shape{index[0], i});
                   }));
                 return parts;
               }});
}

template <class Build>
void refuse(Table& table, const char* op, Dims shape, Build build, std::string message) {
  table.add_error({op, [=](Graph& g) -> Values { return build(g.input("x", DType::float32, shape)); }, message});
}

}  // namespace

void add_rearranging_samples(Table& table) {
  add_padding(table);
  add_reversing(table);
  add_repeating(table);
  refuse(
      table, "gather", {"n"},
      [](Value x) -> Values {
        return {pad(x, {1, 1}, {0}, PadMode::edge)};
      },
      "pad(x: [n]): x has 1 axes but before has 2 sizes and after 1");
  refuse(
      table, "gather", {"n"}, [](Value x) -> Values { return {pad(x, {-1}, {0}, PadMode::edge)}; },
      "pad(x: [n]): axis 0 would grow by -1");
  refuse(
      table, "gather", {0}, [](Value x) -> Values { return {pad(x, {1}, {0}, PadMode::reflect)}; },
      "pad(x: [0]): axis 0 has size 0, so there is nothing to repeat");
  refuse(
      table, "reshape", {"n"}, [](Value x) -> Values { return {flatten(x, 2)}; },
      "flatten(x: [n]): axis 2 is outside of [-1, 1]");
  refuse(
      table, "split", {"n"}, [](Value x) -> Values { return unstack(x, 0); },
      "unstack(x: [n]): axis 0 is n but must be a number: one result for each slice");
  refuse(
      table, "slice", {"n"}, [](Value x) -> Values { return {reverse(x, {1})}; },
      "reverse(x: [n]): axis 1 is outside of [-1, 1)");
  refuse(
      table, "broadcast_to", {"n"},
      [](Value x) -> Values {
        return {tile(x, {2, 2})};
      },
      "tile(x: [n]): x has 1 axes but there are 2 repeats");
  refuse(
      table, "broadcast_to", {"n"}, [](Value x) -> Values { return {tile(x, {-2})}; },
      "tile(x: [n]): axis 0 would be repeated -2 times");
  auto rows = [](Dims lengths, std::int64_t time, std::int64_t batch) {
    return [=](Value x) -> Values {
      return {reverse_sequence(x, x.graph().input("lengths", DType::int32, lengths), time, batch)};
    };
  };
  refuse(table, "gather", {"n", "m"}, rows({"m"}, 1, 1),
         "reverse_sequence(x: float32 [n, m], lengths: int32 [m]): time and batch are both axis 1");
  refuse(table, "gather", {"n", "m"}, rows({"n"}, 0, 1),
         "reverse_sequence(x: float32 [n, m], lengths: int32 [n]): lengths must be [m], one a row of axis 1");
}

void add_triangle_samples(Table& table) {
  for (std::int64_t diagonal : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-2}, std::int64_t{9}}) {
    auto keeps = [=](bool lower) -> Reference {
      return [=](const Arrays& x) -> Arrays {
        return {array_of(x[0].shape, [&](const Shape& index) {
          std::int64_t distance = index[index.size() - 1] - index[index.size() - 2];
          return (lower ? distance <= diagonal : distance >= diagonal) ? at(x[0], index) : 0.0;
        })};
      };
    };
    for (const Dims& shape : {Dims{"m", "n"}, Dims{"k", "m", "m"}}) {
      table.add({.op = "where",
                 .name = concat_text("tril ", diagonal, ", ", shape.size(), " axes"),
                 .inputs = {normal(shape)},
                 .build = [=](const Values& v) -> Values { return {tril(v[0], diagonal)}; },
                 .reference = keeps(true)});
      table.add({.op = "where",
                 .name = concat_text("triu ", diagonal, ", ", shape.size(), " axes"),
                 .inputs = {normal(shape)},
                 .build = [=](const Values& v) -> Values { return {triu(v[0], diagonal)}; },
                 .reference = keeps(false)});
    }
    table.add({.op = "cast",
               .name = concat_text("eye with diagonal ", diagonal),
               .inputs = {normal({"m", "n"})},
               .build = [=](const Values& v) -> Values {
                 return {eye(v[0].graph(), v[0].dtype(), v[0].dim(0), v[0].dim(1), diagonal)};
               },
               .reference = [=](const Arrays& x) -> Arrays {
                 return {array_of(x[0].shape, [&](const Shape& i) { return i[1] - i[0] == diagonal ? 1.0 : 0.0; })};
               },
               .not_batched = "it does not depend on the input"});
  }
  table.add({.op = "logical_and",
             .name = "the triangle of a mask",
             .inputs = {flags({"m", "n"})},
             .build = [](const Values& v) -> Values { return {tril(v[0])}; },
             .reference = [](const Arrays& x) -> Arrays {
               return {array_of(x[0].shape, [&](const Shape& i) { return i[1] <= i[0] ? at(x[0], i) : 0.0; })};
             }});
  refuse(
      table, "where", {"n"}, [](Value x) -> Values { return {tril(x)}; },
      "tril(x: [n]): x has 1 axes but matrices are needed");
}

}  // namespace gradloom::op_samples
