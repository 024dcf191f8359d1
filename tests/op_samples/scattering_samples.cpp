// Samples of scatter and of what reads and writes at tuples of indices: every axis, repeated and negative indices.
#include <algorithm>

#include "base/text.h"
#include "ops/ops.h"
#include "tests/op_samples/indexed.h"

namespace gradloom::op_samples {

namespace {

Shape at_index(Shape index, const Array& indices, std::size_t axis, std::int64_t size) {
  auto found = static_cast<std::int64_t>(at(indices, index));
  index[axis] = found < 0 ? found + size : found;
  return index;
}

struct Kind {
  const char* name;
  Dims x, indices;
  std::int64_t axis;
  std::size_t place;
};

void add_along_axis(Table& table) {
  for (const Kind& kind :
       {Kind{"a vector", {"n"}, {"l"}, 0, 0}, Kind{"columns of a matrix", {"m", "n"}, {"m", "l"}, -1, 1},
        Kind{"rows of a matrix", {"n", "m"}, {"l", "m"}, 0, 0},
        Kind{"the middle axis", {"k", "n", "m"}, {"k", "l", "m"}, 1, 1},
        Kind{"one index a row", {"m", "n"}, {"m", 1}, 1, 1}, Kind{"no index", {"m", "n"}, {"m", 0}, 1, 1},
        Kind{"the first of four axes", {"n", 2, "k", 1}, {"l", 2, "k", 1}, -4, 0},
        Kind{"the last of five axes", {1, 2, "k", 1, "n"}, {1, 2, "k", 1, "l"}, 4, 4}}) {
    OpSample sample{.op = "gather",
                    .name = concat_text("gather_along_axis: ", kind.name),
                    .inputs = {normal(kind.x), signed_indices_below("n", kind.indices)},
                    .build = [=](const Values& v) -> Values { return {gather_along_axis(v[0], v[1], kind.axis)}; },
                    .reference = [=](const Arrays& x) -> Arrays {
                      return {array_of(x[1].shape, [&](const Shape& index) {
                        return at(x[0], at_index(index, x[1], kind.place, x[0].shape[kind.place]));
                      })};
                    }};
    table.add(sample);
    sample = {.op = "scatter",
              .name = kind.name,
              .inputs = {normal(kind.x), signed_indices_below("n", kind.indices), normal(kind.indices)},
              .build = [=](const Values& v) -> Values { return {scatter(v[0], v[1], v[2], kind.axis)}; },
              .reference = [=](const Arrays& x) -> Arrays {
                Array y = x[0];
                each_index(x[1].shape, [&](const Shape& index) {
                  at(y, at_index(index, x[1], kind.place, y.shape[kind.place])) = at(x[2], index);
                });
                return {y};
              }};
    table.add(sample);
    sample.name += ", integers";
    sample.inputs[0] = whole(-9, 9, kind.x);
    sample.inputs[2] = whole(-9, 9, kind.indices);
    sample.dtypes = {DType::int32, DType::int64};
    table.add(sample);
  }
  table.add({.op = "scatter",
             .name = "of equal indices only the last has a gradient",
             .inputs = {normal({3}), indices({1, -2, 0, 1}, {4}), normal({4})},
             .build = [](const Values& v) -> Values { return {scatter(v[0], v[1], v[2], 0)}; },
             .reference = [](const Arrays& x) -> Arrays {
               return {{{3}, {x[2].values[2], x[2].values[3], x[0].values[2]}}};
             },
             .gradient = [](const Arrays&) -> Arrays {
               return {{{3}, {0, 0, 1}}, {{4}, {0, 0, 1, 1}}};
             }});
}

// The place of a tuple: its indices, then the rest of `index` from `from` on.
Shape place_of_tuple(const Array& indices, const Shape& index, std::size_t batch, const Shape& whole) {
  std::size_t outer = indices.shape.size() - 1;
  Shape tuple(index.begin(), index.begin() + static_cast<std::ptrdiff_t>(outer)),
      place(index.begin(), index.begin() + static_cast<std::ptrdiff_t>(batch));
  tuple.push_back(0);
  for (std::int64_t i = 0; i < indices.shape.back(); ++i) {
    tuple.back() = i;
    auto found = static_cast<std::int64_t>(at(indices, tuple));
    place.push_back(found < 0 ? found + whole[place.size()] : found);
  }
  place.insert(place.end(), index.begin() + static_cast<std::ptrdiff_t>(outer), index.end());
  return place;
}

void add_tuples(Table& table) {
  struct Tuples {
    const char* name;
    Dims x, indices;
    std::int64_t batch_dims = 0;
  };
  // Every axis that is indexed has n elements.
  for (const Tuples& kind :
       {Tuples{"elements of a matrix", {"n", "n"}, {"l", 2}}, Tuples{"rows of a matrix", {"n", "m"}, {"l", 1}},
        Tuples{"rows by two indices", {"n", "n", "m"}, {"k", "l", 2}}, Tuples{"one element", {"n", "n"}, {2}}}) {
    table.add({.op = "gather",
               .name = concat_text("gather_nd: ", kind.name),
               .inputs = {normal(kind.x), signed_indices_below("n", kind.indices)},
               .build = [](const Values& v) -> Values { return {gather_nd(v[0], v[1])}; },
               .reference = [](const Arrays& x) -> Arrays {
                 Shape shape(x[1].shape.begin(), x[1].shape.end() - 1);
                 shape.insert(shape.end(), x[0].shape.begin() + x[1].shape.back(), x[0].shape.end());
                 return {array_of(
                     shape, [&](const Shape& index) { return at(x[0], place_of_tuple(x[1], index, 0, x[0].shape)); })};
               }});
    Dims updates(kind.indices.begin(), kind.indices.end() - 1);
    updates.insert(updates.end(), kind.x.begin() + kind.indices.back().constant(), kind.x.end());
    table.add({.op = "scatter",
               .name = concat_text("scatter_nd: ", kind.name),
               .inputs = {normal(kind.x), signed_indices_below("n", kind.indices), normal(updates)},
               .build = [](const Values& v) -> Values { return {scatter_nd(v[0], v[1], v[2])}; },
               .reference = [](const Arrays& x) -> Arrays {
                 Array y = x[0];
                 each_index(x[2].shape, [&](const Shape& index) {
                   at(y, place_of_tuple(x[1], index, 0, y.shape)) = at(x[2], index);
                 });
                 return {y};
               }});
  }
  table.add({.op = "gather",
             .name = "gather_nd: elements of each matrix",
             .inputs = {normal({"m", "n", "n"}), signed_indices_below("n", {"m", "l", 2})},
             .build = [](const Values& v) -> Values { return {gather_nd(v[0], v[1], 1)}; },
             .reference = [](const Arrays& x) -> Arrays {
               return {array_of({x[1].shape[0], x[1].shape[1]}, [&](const Shape& index) {
                 return at(x[0], place_of_tuple(x[1], index, 1, x[0].shape));
               })};
             }});
}

}  // namespace

void add_scattering_samples(Table& table) {
  add_along_axis(table);
  add_tuples(table);
  auto refuse = [&](const char* op, std::function<Values(Value, Value, Value)> build, Dims x, Dims indices,
                    Dims updates, DType dtype, std::string message) {
    table.add_error({op,
                     [=](Graph& g) -> Values {
                       return build(g.input("x", DType::float32, x), g.input("indices", dtype, indices),
                                    g.input("updates", DType::float32, updates));
                     },
                     std::move(message)});
  };
  auto write = [](Value x, Value i, Value u) -> Values { return {scatter(x, i, u, 0)}; };
  auto write_nd = [](Value x, Value i, Value u) -> Values { return {scatter_nd(x, i, u)}; };
  auto read_nd = [](Value x, Value i, Value) -> Values { return {gather_nd(x, i)}; };
  std::string call = "scatter(x: float32 [n, m], indices: int32 ";
  refuse("scatter", write, {"n", "m"}, {"l", "m"}, {"l", "m"}, DType::float32,
         "scatter(x: [n, m], indices: [l, m], updates: [l, m]): indices is float32 but int32 or int64 is needed");
  refuse("scatter", write, {}, {}, {}, DType::int32,
         "scatter(x: float32 [], indices: int32 [], updates: float32 []): x is a scalar but an axis is needed");
  refuse("scatter", write, {"n", "m"}, {"l"}, {"l"}, DType::int32,
         call + "[l], updates: float32 [l]): x has 2 axes but indices has 1");
  refuse("scatter", write, {"n", "m"}, {"l", "k"}, {"l", "k"}, DType::int32,
         call + "[l, k], updates: float32 [l, k]): axis 1 of x is m but that of indices is k");
  refuse("scatter", write, {"n", "m"}, {"l", "m"}, {"n", "m"}, DType::int32,
         call + "[l, m], updates: float32 [n, m]): updates is [n, m] but indices is [l, m]");
  refuse(
      "scatter", write_nd, {"n", "m"}, {"l", "k"}, {"l"}, DType::int32,
      "scatter_nd(x: float32 [n, m], indices: int32 [l, k], updates: float32 [l]): the last axis of indices is k but "
      "must be a number: the length of the tuples");
  refuse("scatter", write_nd, {"n", "m"}, {"l", 1}, {"l"}, DType::int32,
         "scatter_nd(x: float32 [n, m], indices: int32 [l, 1], updates: float32 [l]): updates is [l] but [l, m] is "
         "needed: the axes of indices before the tuples, then those of x behind the indexed ones");
  refuse("gather", read_nd, {"n", "m"}, {"l", 3}, {}, DType::int32,
         "gather_nd(x: float32 [n, m], indices: int32 [l, 3]): the tuples have 3 indices but x has 2 axes for them");
  refuse(
      "gather", [](Value x, Value i, Value) -> Values { return {gather_nd(x, i, 2)}; }, {"n", "m"}, {"n", 1}, {},
      DType::int32, "gather_nd(x: float32 [n, m], indices: int32 [n, 1]): batch_dims is 2 but must lie in [0, 1]");
  refuse(
      "gather", [](Value x, Value i, Value) -> Values { return {gather_along_axis(x, i, 0)}; }, {"n", "m"}, {"l", "k"},
      {}, DType::int32,
      "gather_along_axis(x: float32 [n, m], indices: int32 [l, k]): axis 1 of x is m but that of indices is k");
  // What only values tell is said when it runs.
  table.add_error({"scatter",
                   [](Graph& g) -> Values {
                     return {scatter(g.constant(Tensor::from<float>({2}, {1, 2})),
                                     g.constant(Tensor::from<std::int64_t>({1}, {2})),
                                     g.constant(Tensor::from<float>({1}, {3})), 0)};
                   },
                   "scatter: indices[0] is 2 but axis 0 of x has size 2\n  in scatter"});
}

}  // namespace gradloom::op_samples
