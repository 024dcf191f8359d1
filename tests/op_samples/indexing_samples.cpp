// Samples of reading and adding at indices: every axis, batch axes, indices that repeat and that count from the end.
#include "ops/ops.h"
#include "tests/op_samples/indexed.h"

namespace gradloom::op_samples {

namespace {

// Where the element of a gather's result (of a scatter's updates) stands in the whole, `size` along the axis.
Shape place_in_whole(const Shape& index, const Array& indices, std::size_t axis, std::size_t batch_dims,
                     std::int64_t size) {
  auto begin = index.begin();
  std::size_t indexed = indices.shape.size() - batch_dims;
  Shape own(begin, begin + static_cast<std::ptrdiff_t>(batch_dims));
  own.insert(own.end(), begin + static_cast<std::ptrdiff_t>(axis), begin + static_cast<std::ptrdiff_t>(axis + indexed));
  auto place = static_cast<std::int64_t>(at(indices, own));
  Shape whole(begin, begin + static_cast<std::ptrdiff_t>(axis));
  whole.push_back(place < 0 ? place + size : place);
  whole.insert(whole.end(), begin + static_cast<std::ptrdiff_t>(axis + indexed), index.end());
  return whole;
}

struct Indexed {
  const char* name;
  Dims whole;    // of gather's x, of scatter_add's result
  Dims indices;  // below the size of the axis
  std::int64_t axis;
  std::size_t place, batch_dims;  // axis counted from the front
};

void add_both(Table& table) {
  for (const Indexed& s : {
           Indexed{"rows", {"n", "m"}, {"l"}, 0, 0, 0},
           Indexed{"rows at a matrix of indices", {"n", "m"}, {"k", "l"}, 0, 0, 0},
           Indexed{"one row", {"n", "m"}, {}, 0, 0, 0},
           Indexed{"elements of a vector", {"n"}, {"l"}, -1, 0, 0},
           Indexed{"columns", {"m", "n"}, {"l"}, 1, 1, 0},
           Indexed{"the middle axis", {"m", "n", "k"}, {"l"}, -2, 1, 0},
           Indexed{"row by row", {"m", "n"}, {"m", "l"}, 1, 1, 1},
           Indexed{"one of each row", {"m", "n"}, {"m"}, -1, 1, 1},
           Indexed{"rows of each matrix", {"m", "n", "k"}, {"m", "l"}, 1, 1, 1},
           Indexed{"two batch axes", {"m", "k", "n"}, {"m", "k", "l"}, 2, 2, 2},
           Indexed{"an axis between batch and index", {"m", "k", "n", 2}, {"m", "l"}, 2, 2, 1},
       }) {
    std::int64_t batch_dims = static_cast<std::int64_t>(s.batch_dims);
    auto updates_of = [=](const auto& whole, const auto& indices) {
      auto shape = whole;
      auto at_axis = shape.begin() + static_cast<std::ptrdiff_t>(s.place);
      at_axis = shape.erase(at_axis);
      shape.insert(at_axis, indices.begin() + batch_dims, indices.end());
      return shape;
    };
    OpSample sample{.op = "gather",
                    .name = s.name,
                    .inputs = {normal(s.whole), signed_indices_below("n", s.indices)},
                    .build = [=](const Values& v) -> Values { return {gather(v[0], v[1], s.axis, batch_dims)}; },
                    .reference = [=](const Arrays& x) -> Arrays {
                      return {array_of(updates_of(x[0].shape, x[1].shape), [&](const Shape& index) {
                        return at(x[0], place_in_whole(index, x[1], s.place, s.batch_dims, x[0].shape[s.place]));
                      })};
                    },
                    .dtypes = {DType::float32, DType::float64}};
    table.add(sample);
    sample.name += ", integers";
    sample.inputs[0] = whole(-9, 9, s.whole);
    sample.dtypes = {DType::int32, DType::int64};
    table.add(sample);

    // The size of the result's axis is known by a vector of it.
    sample = {
        .op = "scatter_add",
        .name = s.name,
        .inputs = {signed_indices_below("n", s.indices), normal(updates_of(s.whole, s.indices)), normal({"n"})},
        .build = [=](const Values& v) -> Values { return {scatter_add(v[0], v[1], v[2].dim(0), s.axis, batch_dims)}; },
        .reference = [=](const Arrays& x) -> Arrays {
          Shape shape = x[1].shape;
          auto first = shape.begin() + static_cast<std::ptrdiff_t>(s.place);
          first = shape.erase(first, first + static_cast<std::ptrdiff_t>(x[0].shape.size() - s.batch_dims));
          shape.insert(first, x[2].shape[0]);
          Array y = array_of(shape, [](const Shape&) { return 0.0; });
          each_index(x[1].shape, [&](const Shape& index) {
            at(y, place_in_whole(index, x[0], s.place, s.batch_dims, shape[s.place])) += at(x[1], index);
          });
          return {y};
        },
        .tolerance = {4e-6, 1e-13, "sums of up to 21 updates at one index"}};
    table.add(sample);
    sample.name += ", integers";
    sample.inputs[1] = whole(-9, 9, sample.inputs[1].shape);
    sample.tolerance = {};
    sample.dtypes = {DType::int32, DType::int64};
    table.add(sample);
  }
  table.add({.op = "scatter_add",
             .name = "of a size that is written down",
             .inputs = {signed_indices_below(4, {"l"}), normal({"l", "m"})},
             .build = [](const Values& v) -> Values { return {scatter_add(v[0], v[1], 4)}; },
             .reference = [](const Arrays& x) -> Arrays {
               Array y = array_of({4, x[1].shape[1]}, [](const Shape&) { return 0.0; });
               each_index(x[1].shape,
                          [&](const Shape& index) { at(y, place_in_whole(index, x[0], 0, 0, 4)) += at(x[1], index); });
               return {y};
             },
             .tolerance = {4e-6, 1e-13, "sums of up to 21 updates at one index"}});
}

void add_masks(Table& table) {
  for (DType dtype : {DType::float32, DType::float64, DType::int32, DType::int64, DType::boolean})
    table.add({.op = "one_hot",
               .name = concat_text("as ", name_of(dtype)),
               .inputs = {signed_indices_below("n", {"k", "m"}), normal({"n"})},
               .build = [=](const Values& v) -> Values { return {one_hot(v[0], v[1].dim(0), dtype)}; },
               .reference = [](const Arrays& x) -> Arrays {
                 std::int64_t depth = x[1].shape[0];
                 return {array_of({x[0].shape[0], x[0].shape[1], depth}, [&](const Shape& i) {
                   auto index = static_cast<std::int64_t>(at(x[0], {i[0], i[1]}));
                   return (index < 0 ? index + depth : index) == i[2] ? 1.0 : 0.0;
                 })};
               }});
  auto below_length = [](const Array& lengths, std::int64_t size) {
    Shape shape = lengths.shape;
    shape.push_back(size);
    return array_of(shape, [&](Shape index) {
      auto position = static_cast<double>(index.back());
      index.pop_back();
      return position < at(lengths, index) ? 1.0 : 0.0;
    });
  };
  table.add({.op = "sequence_mask",
             .name = "a row a length",
             .inputs = {indices_below(Dim("n") + 1, {"m"}), normal({"n"})},
             .build = [](const Values& v) -> Values { return {sequence_mask(v[0], v[1].dim(0))}; },
             .reference = [=](const Arrays& x) -> Arrays { return {below_length(x[0], x[1].shape[0])}; }});
  table.add({.op = "sequence_mask",
             .name = "lengths below 0 and beyond the size",
             .inputs = {indices({-1, 0, 3, 4, 9}, {"l"})},
             .build = [](const Values& v) -> Values { return {sequence_mask(v[0], 4)}; },
             .reference = [=](const Arrays& x) -> Arrays { return {below_length(x[0], 4)}; }});
}

Value of(Graph& g, const char* name, DType dtype, Dims shape) { return g.input(name, dtype, std::move(shape)); }

void add_declaration_errors(Table& table) {
  using Make = std::function<Value(Graph&)>;
  auto add = [&](const char* op, Make make, std::string message) {
    table.add_error({op, [=](Graph& g) -> Values { return {make(g)}; }, std::move(message)});
  };
  auto matrix = [](Graph& g) { return of(g, "x", DType::float32, {2, 3}); };
  auto four = [](Graph& g) { return of(g, "i", DType::int32, {4}); };
  add(
      "gather", [=](Graph& g) { return gather(matrix(g), of(g, "i", DType::float32, {4})); },
      "gather(x: [2, 3], indices: [4]): indices is float32 but int32 or int64 is needed");
  add(
      "gather", [=](Graph& g) { return gather(of(g, "x", DType::float32, {}), four(g)); },
      "gather(x: float32 [], indices: int32 [4]): x is a scalar but an axis is needed");
  add(
      "gather", [=](Graph& g) { return gather(matrix(g), four(g), 2); },
      "gather(x: float32 [2, 3], indices: int32 [4]): axis 2 is outside of [-2, 2)");
  add(
      "gather",
      [=](Graph& g) {
        return gather(matrix(g), of(g, "i", DType::int32, {2, 5}), 0, 1);
      },
      "gather(x: float32 [2, 3], indices: int32 [2, 5]): batch_dims is 1 but must lie in [0, 0], the axes before axis "
      "0");
  add(
      "gather", [=](Graph& g) { return gather(matrix(g), four(g), 1, 1); },
      "gather(x: float32 [2, 3], indices: int32 [4]): axis 0 of x is 2 but that of indices is 4");
  add(
      "gather", [=](Graph& g) { return gather(matrix(g), of(g, "i", DType::int32, {}), 1, 1); },
      "gather(x: float32 [2, 3], indices: int32 []): indices has 0 axes but batch_dims is 1");
  add(
      "scatter_add", [=](Graph& g) { return scatter_add(of(g, "i", DType::float32, {2}), matrix(g), 3); },
      "scatter_add(indices: [2], updates: [2, 3]): indices is float32 but int32 or int64 is needed");
  add(
      "scatter_add", [=](Graph& g) { return scatter_add(four(g), of(g, "u", DType::boolean, {4}), 3); },
      "scatter_add(indices: int32 [4], updates: bool [4]): updates is bool but numbers are added");
  add(
      "scatter_add", [=](Graph& g) { return scatter_add(four(g), matrix(g), 3); },
      "scatter_add(indices: int32 [4], updates: float32 [2, 3]): axis 0 of indices is 4 but axis 0 of updates is 2");
  add(
      "scatter_add", [=](Graph& g) { return scatter_add(four(g), matrix(g), 3, 0, 2); },
      "scatter_add(indices: int32 [4], updates: float32 [2, 3]): batch_dims is 2 but indices has 1 axes");
  add(
      "scatter_add", [=](Graph& g) { return scatter_add(four(g), matrix(g), 3, 0, 1); },
      "scatter_add(indices: int32 [4], updates: float32 [2, 3]): batch_dims is 1 but must lie in [0, 0], the axes "
      "before "
      "axis 0");
  add(
      "scatter_add", [=](Graph& g) { return scatter_add(four(g), of(g, "u", DType::float32, {}), 3); },
      "scatter_add(indices: int32 [4], updates: float32 []): updates has 0 axes but 1 axes of indices go into it");
  add(
      "scatter_add", [=](Graph& g) { return scatter_add(four(g), of(g, "u", DType::float32, {4}), 3, 2); },
      "scatter_add(indices: int32 [4], updates: float32 [4]): axis 2 is outside of [-1, 1)");
  add(
      "scatter_add", [=](Graph& g) { return scatter_add(four(g), of(g, "u", DType::float32, {4}), -1); },
      "scatter_add(indices: int32 [4], updates: float32 [4]): the size is -1, below 0");
  add(
      "one_hot", [=](Graph& g) { return one_hot(matrix(g), 3, DType::float32); },
      "one_hot(indices: [2, 3]): indices is float32 but int32 or int64 is needed");
  add(
      "one_hot", [=](Graph& g) { return one_hot(four(g), -3, DType::float32); },
      "one_hot(indices: [4]): the depth is -3, below 0");
  add(
      "sequence_mask", [=](Graph& g) { return sequence_mask(matrix(g), 3); },
      "sequence_mask(lengths: [2, 3]): lengths is float32 but int32 or int64 is needed");
  add(
      "sequence_mask", [=](Graph& g) { return sequence_mask(four(g), -3); },
      "sequence_mask(lengths: [4]): the size is -3, below 0");
}

void add_range_errors(Table& table) {
  auto numbers = [](Graph& g, Shape shape, std::vector<std::int64_t> values) {
    return g.constant(Tensor::from<std::int64_t>(std::move(shape), values));
  };
  auto zeros = [](Graph& g, Shape shape) { return g.constant(Tensor(DType::float32, std::move(shape))); };
  table.add_error({"gather",
                   [=](Graph& g) -> Values {
                     Scope scope(g, "encoder");
                     return {gather(zeros(g, {5, 2}), numbers(g, {2, 2}, {0, 4, -5, 7}))};
                   },
                   "gather: indices[1, 1] is 7 but axis 0 of x has size 5\n  in encoder/gather"});
  table.add_error({"gather",
                   [=](Graph& g) -> Values {
                     return {gather(zeros(g, {2, 5}), numbers(g, {}, {-6}), 1)};
                   },
                   "gather: indices is -6 but axis 1 of x has size 5\n  in gather"});
  table.add_error({"scatter_add",
                   [=](Graph& g) -> Values {
                     return {scatter_add(numbers(g, {2}, {0, 5}), zeros(g, {2}), 5)};
                   },
                   "scatter_add: indices[1] is 5 but the size is 5\n  in scatter_add"});
  table.add_error({"one_hot",
                   [=](Graph& g) -> Values {
                     return {one_hot(numbers(g, {2}, {0, 5}), 5, DType::float32)};
                   },
                   "one_hot: indices[1] is 5 but the depth is 5\n  in one_hot"});
}

}  // namespace

void add_indexing_samples(Table& table) {
  add_both(table);
  add_masks(table);
  add_declaration_errors(table);
  add_range_errors(table);
}

}  // namespace gradloom::op_samples
