// Reading and adding at indices against plain loops, with their rules and messages.
#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/ops/probe.h"

using namespace gradloom;

namespace {

using Ints = std::vector<std::int64_t>;

Tensor indices_of(Shape shape, const Ints& values) { return Tensor::from<std::int64_t>(std::move(shape), values); }

// Floats vary from slice to slice; of indices, both the first and the others.
Tensor varied(std::size_t input, const Tensor& tensor, int slice) {
  if (is_float(tensor.dtype())) return mixed(tensor.shape(), 100 * static_cast<int>(input) + slice);
  Tensor result = tensor;
  std::int64_t step = slice;
  for (std::int64_t& index : result.mutable_values<std::int64_t>()) index = (index + step++ + 9) % 3;
  return result;
}

}  // namespace

TEST_CASE("ops/indexing: gather along every axis") {
  Probe probe;
  Value x = probe.input(counted<float>({3, 2}), {"vocabulary", 2});
  Value ids = probe.input(Tensor::from<std::int32_t>({2, 2}, {2, 0, -1, 1}), {"batch", "time"});
  Value y = gather(x, ids);
  CHECK(y.type().text() == "float32 [batch, time, 2]");
  CHECK(probe.run(y).to_vector<float>() == std::vector<float>{4, 5, 0, 1, 4, 5, 2, 3});
  Value one = probe.input(indices_of({}, {1}));
  CHECK(gather(x, one, 1).type().text() == "float32 [vocabulary]");
  CHECK(probe.run(gather(x, one, 1)).to_vector<float>() == std::vector<float>{1, 3, 5});
  CHECK(probe.run(gather(x, one, -2)).to_vector<float>() == std::vector<float>{2, 3});
  Value none = probe.input(Tensor(DType::int64, {0}));
  CHECK(probe.run(gather(x, none)).shape() == Shape{0, 2});
  // x [2, 2, 3] at indices [2, 2], row by row.
  Value z = probe.input(counted<float>({2, 2, 3})), rows = probe.input(indices_of({2, 2}, {0, 2, 1, -3}));
  CHECK(probe.run(gather(z, rows, 2, 1)).to_vector<float>() == std::vector<float>{0, 2, 3, 5, 7, 6, 10, 9});
  CHECK(probe.run(gather(z, probe.input(indices_of({2}, {1, 0})), 1, 1)).to_vector<float>() ==
        std::vector<float>{3, 4, 5, 6, 7, 8});
  CHECK(probe.run(gather(z, probe.input(indices_of({2, 2}, {1, 0, 2, 2})), -1, 2)).to_vector<float>() ==
        std::vector<float>{1, 3, 8, 11});
}

TEST_CASE("ops/indexing: scatter_add is the transpose of gather") {
  Probe probe;
  Value ids = probe.input(indices_of({3}, {2, 0, -1}));
  Value updates = probe.input(counted<float>({3, 2}));
  CHECK(probe.run(scatter_add(ids, updates, 3)).to_vector<float>() == std::vector<float>{2, 3, 0, 0, 4, 6});
  CHECK(probe.run(scatter_add(probe.input(indices_of({2}, {1, 1})), updates, 2, 1)).to_vector<float>() ==
        std::vector<float>{0, 1, 0, 5, 0, 9});
  Value wide = probe.input(counted<float>({2, 3})), rows = probe.input(indices_of({2, 3}, {0, 1, 0, 1, 1, 1}));
  CHECK(probe.run(scatter_add(rows, wide, 2, 1, 1)).to_vector<float>() == std::vector<float>{2, 1, 0, 12});
  CHECK(probe.run(scatter_add(rows, wide, 2, -1, 1)).to_vector<float>() == std::vector<float>{2, 1, 0, 12});
  Value one = probe.input(indices_of({}, {1})), row = probe.input(counted<std::int32_t>({2}));
  CHECK(probe.run(scatter_add(one, row, 2)).to_vector<std::int32_t>() == std::vector<std::int32_t>{0, 0, 0, 1});
  CHECK(scatter_add(ids, updates, "vocabulary").type().text() == "float32 [vocabulary, 2]");
}

TEST_CASE("ops/indexing: rules of gather and scatter_add") {
  struct Sample {
    Shape whole, indices;
    std::int64_t axis, batch_dims;
  };
  for (const Sample& s :
       {Sample{{3, 2}, {4}, 0, 0}, Sample{{2, 3, 2}, {2, 2}, 1, 0}, Sample{{3}, {}, 0, 0}, Sample{{2, 3}, {2, 4}, 1, 1},
        Sample{{2, 2, 3, 2}, {2, 4}, 2, 1}, Sample{{2, 2, 3, 2}, {2, 2, 2}, 2, 2}, Sample{{2, 2, 3}, {2}, 2, 1}}) {
    CAPTURE(shape_text(s.whole));
    CAPTURE(shape_text(s.indices));
    Ints ids;
    for (std::int64_t i = 0; i < element_count(s.indices); ++i) ids.push_back((i * 2 + 1) % 3);
    Tensor indices = indices_of(s.indices, ids);
    Build read = [&](const Values& v) { return gather(v[0], v[1], s.axis, s.batch_dims); };
    CHECK(gradient_faults(read, {mixed(s.whole, 1), indices}) == "");
    CHECK(batching_faults(read, {mixed(s.whole, 1), indices}, varied) == "");
    Build write = [&](const Values& v) { return scatter_add(v[0], v[1], 3, s.axis, s.batch_dims); };
    Shape updates(s.whole.begin(), s.whole.begin() + s.axis);
    updates.insert(updates.end(), s.indices.begin() + s.batch_dims, s.indices.end());
    updates.insert(updates.end(), s.whole.begin() + s.axis + 1, s.whole.end());
    CHECK(gradient_faults(write, {indices, mixed(updates, 2)}) == "");
    CHECK(batching_faults(write, {indices, mixed(updates, 2)}, varied) == "");
  }
}

TEST_CASE("ops/indexing: one_hot and sequence_mask") {
  Probe probe;
  Value ids = probe.input(indices_of({2}, {1, -3}), {"batch"});
  CHECK(probe.run(one_hot(ids, 3, DType::int32)).to_vector<std::int32_t>() ==
        std::vector<std::int32_t>{0, 1, 0, 1, 0, 0});
  auto flags = [&](Value value) {
    Tensor tensor = probe.run(value);
    std::string text;
    for (bool flag : tensor.values<bool>()) text += flag ? '1' : '0';
    return text;
  };
  CHECK(flags(one_hot(ids, 3, DType::boolean)) == "010100");
  Value lengths = probe.input(Tensor::from<std::int32_t>({2, 2}, {0, 2, 7, -1}));
  CHECK(sequence_mask(lengths, 3).type().text() == "bool [2, 2, 3]");
  CHECK(flags(sequence_mask(lengths, 3)) == "000110111000");
  CHECK(one_hot(ids, "depth", DType::float64).type().text() == "float64 [batch, depth]");
  CHECK(batching_faults([](const Values& v) { return one_hot(v[0], 3, DType::float64); }, {indices_of({2}, {1, 2})},
                        varied) == "");
  CHECK(batching_faults([](const Values& v) { return sequence_mask(v[0], 3); }, {indices_of({2}, {1, 2})}, varied) ==
        "");
}

TEST_CASE("ops/indexing: messages") {
  Module module;
  Graph& graph = module.add_function("f");
  Value x = graph.input("x", DType::float32, {2, 3}), s = graph.input("s", DType::float32, {});
  Value i = graph.input("i", DType::int32, {4}), j = graph.input("j", DType::int32, {2, 5});
  Value f = graph.input("f", DType::boolean, {4});
  CHECK_THROWS_WITH_AS(
      gather(x, x), "gather(x: [2, 3], indices: [2, 3]): indices is float32 but int32 or int64 is needed", UserError);
  CHECK_THROWS_WITH_AS(gather(s, i), "gather(x: float32 [], indices: int32 [4]): x is a scalar but an axis is needed",
                       UserError);
  CHECK_THROWS_WITH_AS(gather(x, i, 2), "gather(x: float32 [2, 3], indices: int32 [4]): axis 2 is outside of [-2, 2)",
                       UserError);
  CHECK_THROWS_WITH_AS(gather(x, j, 0, 1),
                       "gather(x: float32 [2, 3], indices: int32 [2, 5]): batch_dims is 1 but must lie in [0, 0], the "
                       "axes before axis 0",
                       UserError);
  CHECK_THROWS_WITH_AS(gather(x, i, 1, 1),
                       "gather(x: float32 [2, 3], indices: int32 [4]): axis 0 of x is 2 but that of indices is 4",
                       UserError);
  CHECK_THROWS_WITH_AS(gather(x, graph.constant(DType::int64, 0), 1, 1),
                       "gather(x: float32 [2, 3], indices: int64 []): indices has 0 axes but batch_dims is 1",
                       UserError);
  CHECK_THROWS_WITH_AS(scatter_add(x, x, 3),
                       "scatter_add(indices: [2, 3], updates: [2, 3]): indices is float32 but int32 or int64 is needed",
                       UserError);
  CHECK_THROWS_WITH_AS(scatter_add(i, f, 3),
                       "scatter_add(indices: int32 [4], updates: bool [4]): updates is bool but numbers are added",
                       UserError);
  CHECK_THROWS_WITH_AS(scatter_add(i, x, 3),
                       "scatter_add(indices: int32 [4], updates: float32 [2, 3]): axis 0 of indices is 4 but axis 0 of "
                       "updates is 2",
                       UserError);
  CHECK_THROWS_WITH_AS(
      scatter_add(i, x, 3, 0, 2),
      "scatter_add(indices: int32 [4], updates: float32 [2, 3]): batch_dims is 2 but indices has 1 axes", UserError);
  CHECK_THROWS_WITH_AS(scatter_add(i, s, 3),
                       "scatter_add(indices: int32 [4], updates: float32 []): updates has 0 axes but 1 axes of indices "
                       "go into it",
                       UserError);
  CHECK_THROWS_WITH_AS(scatter_add(i, f, -1),
                       "scatter_add(indices: int32 [4], updates: bool [4]): updates is bool but numbers are added",
                       UserError);
  CHECK_THROWS_WITH_AS(scatter_add(i, i, -1), "scatter_add(indices: [4], updates: [4]): the size is -1, below 0",
                       UserError);
  CHECK_THROWS_WITH_AS(one_hot(x, 3, DType::float32),
                       "one_hot(indices: [2, 3]): indices is float32 but int32 or int64 is needed", UserError);
  CHECK_THROWS_WITH_AS(one_hot(i, -3, DType::float32), "one_hot(indices: [4]): the depth is -3, below 0", UserError);
  CHECK_THROWS_WITH_AS(sequence_mask(x, 3),
                       "sequence_mask(lengths: [2, 3]): lengths is float32 but int32 or int64 is needed", UserError);
  CHECK_THROWS_WITH_AS(sequence_mask(i, -3), "sequence_mask(lengths: [4]): the size is -3, below 0", UserError);
}

TEST_CASE("ops/indexing: indices out of range are named when met") {
  auto run = [](const std::function<Value(Graph&, Value)>& op, Tensor indices) {
    Probe probe;
    Scope scope(probe.graph(), "encoder");
    probe.run(op(probe.graph(), probe.input(std::move(indices))));
  };
  auto read = [](Graph& graph, Value v) { return gather(graph.constant(mixed({5, 2})), v); };
  CHECK_THROWS_WITH_AS(run(read, indices_of({2, 2}, {0, 4, -5, 7})),
                       "gather: indices[1, 1] is 7 but axis 0 of x has size 5\n  in encoder/gather", UserError);
  CHECK_THROWS_WITH_AS(run(read, indices_of({}, {-6})),
                       "gather: indices is -6 but axis 0 of x has size 5\n  in encoder/gather", UserError);
  CHECK_THROWS_WITH_AS(
      run([](Graph& g, Value v) { return scatter_add(v, g.constant(mixed({2})), 5); }, indices_of({2}, {0, 5})),
      "scatter_add: indices[1] is 5 but the size is 5\n  in encoder/scatter_add", UserError);
  CHECK_THROWS_WITH_AS(run([](Graph&, Value v) { return one_hot(v, 5, DType::float32); }, indices_of({2}, {0, 5})),
                       "one_hot: indices[1] is 5 but the depth is 5\n  in encoder/one_hot", UserError);
  try {
    run(read, indices_of({1}, {9}));
  } catch (const UserError& error) {
    CHECK(error.fault() == Fault::input);
  }
}
