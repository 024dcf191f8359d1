// Reshaping, transposing, repeating, padding and sizes, with their rules and messages.
#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/ops/probe.h"

using namespace gradloom;

namespace {

using Ints = std::vector<std::int64_t>;

Tensor varied(std::size_t input, const Tensor& tensor, int slice) {
  return mixed(tensor.shape(), 100 * static_cast<int>(input) + slice);
}

// All rules of an op with one float input.
void check_rules(const std::function<Value(Value)>& op, const Shape& shape) {
  CAPTURE(shape_text(shape));
  Build build = [&](const Values& x) { return op(x[0]); };
  CHECK(gradient_faults(build, {mixed(shape, 1)}) == "");
  CHECK(batching_faults(build, {mixed(shape, 1)}, varied) == "");
}

}  // namespace

TEST_CASE("ops/layout: reshape keeps the order of elements") {
  Probe probe;
  Value x = probe.input(counted<std::int64_t>({2, 6}), {"batch", 6});
  for (Value y : {reshape(x, {"batch", 2, 3}), reshape(x, {-1}), reshape(x, {-1, 3, 2}), reshape(x, {"batch", -1, 3})})
    CHECK(probe.run(y).to_vector<std::int64_t>() == Ints{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  CHECK(reshape(x, {-1}).type().text() == "int64 [6*batch]");
  CHECK(reshape(x, {-1, 3, 2}).type().text() == "int64 [batch, 3, 2]");
  Value none = probe.input(Tensor(DType::float32, {0, 3}));
  CHECK(probe.run(reshape(none, {-1, 7})).shape() == Shape{0, 7});
  CHECK(probe.run(reshape(none, {5, 0})).shape() == Shape{5, 0});
  check_rules([](Value v) { return reshape(v, {3, -1}); }, {2, 6});
}

TEST_CASE("ops/layout: transpose") {
  Probe probe;
  Value x = probe.input(counted<std::int64_t>({2, 3}));
  CHECK(probe.run(transpose(x)).to_vector<std::int64_t>() == Ints{0, 3, 1, 4, 2, 5});
  CHECK(probe.run(transpose(x, {-1, 0})).shape() == Shape{3, 2});
  for (Axes permutation : {Axes{0, 1, 2, 3}, Axes{3, 2, 1, 0}, Axes{1, 0, 2, 3}, Axes{0, 2, 1, 3}, Axes{2, 3, 0, 1},
                           Axes{0, 3, 1, 2}, Axes{3, 0, 2, 1}}) {
    // Sizes above and below a tile of the copy, against the definition.
    Shape shape{3, 18, 2, 33};
    Tensor tensor = counted<std::int64_t>(shape);
    Tensor y = probe.run(transpose(probe.input(tensor), permutation));
    Shape steps = row_major_strides(shape), index(4);
    bool all_equal = true;
    for (std::size_t at = 0; at < static_cast<std::size_t>(y.size()); ++at) {
      std::int64_t from = 0, rest = static_cast<std::int64_t>(at);
      for (std::size_t i = 4; i-- > 0;) {
        from += rest % y.shape()[i] * steps[static_cast<std::size_t>(permutation[i])];
        rest /= y.shape()[i];
      }
      all_equal = all_equal && y.values<std::int64_t>()[at] == from;
    }
    CHECK(all_equal);
  }
  Value flags = probe.input(Tensor::from<bool>({2, 2}, {true, true, false, false}));
  Tensor turned = probe.run(transpose(flags));
  CHECK(std::vector<bool>(turned.values<bool>().begin(), turned.values<bool>().end()) ==
        std::vector<bool>{true, false, true, false});
  check_rules([](Value v) { return transpose(v, {2, 0, 1}); }, {2, 3, 4});
  check_rules([](Value v) { return transpose(v); }, {});
}

TEST_CASE("ops/layout: broadcast_to") {
  Probe probe;
  Value x = probe.input(counted<std::int64_t>({2, 1, 2}));
  CHECK(probe.run(broadcast_to(x, {2, 3, 2})).to_vector<std::int64_t>() == Ints{0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3});
  Value row = probe.input(counted<std::int64_t>({2}));
  CHECK(probe.run(broadcast_to(row, {2, 2})).to_vector<std::int64_t>() == Ints{0, 1, 0, 1});
  CHECK(probe.run(broadcast_to(probe.graph().constant(DType::float32, 2), {0, 2})).size() == 0);
  check_rules([](Value v) { return broadcast_to(v, {5, 2, 3, 4}); }, {2, 1, 4});
  check_rules([](Value v) { return broadcast_to(v, {2, 3}); }, {2, 3});
  check_rules([](Value v) { return broadcast_to(v, {3}); }, {});
}

TEST_CASE("ops/layout: expand_dims and squeeze") {
  Probe probe;
  Value x = probe.input(counted<std::int64_t>({2, 3}), {"batch", 3});
  CHECK(expand_dims(x, {0, -1}).type().text() == "int64 [1, batch, 3, 1]");
  CHECK(expand_dims(x, {2, 1}).type().text() == "int64 [batch, 1, 1, 3]");
  CHECK(squeeze(expand_dims(x, {0, -1}), {-1, 0}).type().text() == "int64 [batch, 3]");
  CHECK(probe.run(expand_dims(x, {1})).to_vector<std::int64_t>() == Ints{0, 1, 2, 3, 4, 5});
}

TEST_CASE("ops/layout: pad") {
  Probe probe;
  Value x = probe.input(counted<std::int64_t>({2, 2}), {"batch", 2});
  Value y = pad(x, {1, 0}, {0, "batch"}, 9);
  CHECK(y.type().text() == "int64 [batch + 1, batch + 2]");
  CHECK(probe.run(y).to_vector<std::int64_t>() == Ints{9, 9, 9, 9, 0, 1, 9, 9, 2, 3, 9, 9});
  Value none = probe.input(Tensor(DType::float32, {0}));
  CHECK(probe.run(pad(none, {1}, {1}, 0.5)).to_vector<float>() == std::vector<float>{0.5, 0.5});
  Value flag = probe.input(Tensor::scalar(true));
  CHECK(probe.run(pad(flag, {}, {})).item() == 1);
  check_rules([](Value v) { return pad(v, {1, 0, 2}, {0, 0, 3}, 4.5); }, {2, 3, 2});
  Probe clean;
  Value z = clean.input(mixed({2, 3}), {"batch", "time"});
  Value padded = pad(z, {0, 1}, {0, 2});
  CHECK(slice(padded, 1, 1, Dim("time") + 1).type().text() == "float64 [batch, time]");
}

TEST_CASE("ops/layout: range and dim") {
  Probe probe;
  Value x = probe.input(counted<float>({3, 2}), {"batch", "time"});
  CHECK(range(probe.graph(), Dim("batch") * "time").type().text() == "int64 [batch*time]");
  CHECK(probe.run(range(probe.graph(), x.dim(0))).to_vector<std::int64_t>() == Ints{0, 1, 2});
  CHECK(probe.run(dim(probe.graph(), Dim("batch") * "time" + 1)).to_vector<std::int64_t>() == Ints{7});
  CHECK(probe.run(range(probe.graph(), 0)).size() == 0);
}

TEST_CASE("ops/layout: messages") {
  Module module;
  Graph& graph = module.add_function("f");
  Value x = graph.input("x", DType::float32, {2, 3}), b = graph.input("b", DType::float32, {"batch", 3});
  CHECK_THROWS_WITH_AS(reshape(x, {4, 2}), "reshape(x: [2, 3]): x has 6 elements but [4, 2] has 8", UserError);
  CHECK_THROWS_WITH_AS(reshape(b, {"time", 3}),
                       "reshape(x: [batch, 3]): x has 3*batch elements but [time, 3] has 3*time", UserError);
  CHECK_THROWS_WITH_AS(reshape(b, {-1, 2}),
                       "reshape(x: [batch, 3]): x has 3*batch elements, which 2, the other sizes of [-1, 2], does not "
                       "divide",
                       UserError);
  CHECK_THROWS_WITH_AS(reshape(x, {-1, 0}),
                       "reshape(x: [2, 3]): x has 6 elements, which 0, the other sizes of [-1, 0], does not divide",
                       UserError);
  CHECK_THROWS_WITH_AS(reshape(x, {-1, -1}), "reshape(x: [2, 3]): more than one size of [-1, -1] is -1", UserError);
  CHECK_THROWS_WITH_AS(reshape(x, {-2, -3}), "reshape(x: [2, 3]): size -2 of [-2, -3] is below 0", UserError);
  CHECK_THROWS_WITH_AS(transpose(x, {0, 0}),
                       "transpose(x: [2, 3]): the permutation [0, 0] does not name each of the 2 axes once", UserError);
  CHECK_THROWS_WITH_AS(transpose(x, {0}),
                       "transpose(x: [2, 3]): the permutation [0] does not name each of the 2 axes once", UserError);
  CHECK_THROWS_WITH_AS(broadcast_to(x, {3}), "broadcast_to(x: [2, 3]): x has more axes than [3]", UserError);
  CHECK_THROWS_WITH_AS(broadcast_to(x, {4, 3}), "broadcast_to(x: [2, 3]): axis -2 of x is 2 but that of [4, 3] is 4",
                       UserError);
  CHECK_THROWS_WITH_AS(broadcast_to(b, {"time", 3}),
                       "broadcast_to(x: [batch, 3]): axis -2 of x is batch but that of [time, 3] is time", UserError);
  CHECK_THROWS_WITH_AS(expand_dims(x, {4}), "expand_dims(x: [2, 3]): axis 4 is outside of [-3, 3)", UserError);
  CHECK_THROWS_WITH_AS(expand_dims(x, {0, -4}), "expand_dims(x: [2, 3]): axes [0, -4] name an axis twice", UserError);
  CHECK_THROWS_WITH_AS(squeeze(x, {0}), "squeeze(x: [2, 3]): axis 0 is 2, and only a 1 can be left out", UserError);
  CHECK_THROWS_WITH_AS(pad(x, {1}, {1, 1}),
                       "pad(x: [2, 3]): before [1] and after [1, 1] need one size for each of the 2 axes", UserError);
  CHECK_THROWS_WITH_AS(pad(x, {1, 0}, {0, -1}), "pad(x: [2, 3]): size -1 of [0, -1] is below 0", UserError);
  CHECK_THROWS_WITH_AS(range(graph, -1), "range(): size -1 of [-1] is below 0", UserError);
  CHECK_THROWS_WITH_AS(dim(graph, -1), "dim(): size -1 of [-1] is below 0", UserError);
}
