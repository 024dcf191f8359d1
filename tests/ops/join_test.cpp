// Joining, cutting and slicing, with their rules and messages.
#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/ops/probe.h"

using namespace gradloom;

namespace {

using Ints = std::vector<std::int64_t>;

Tensor varied(std::size_t input, const Tensor& tensor, int slice) {
  return mixed(tensor.shape(), 100 * static_cast<int>(input) + slice);
}

}  // namespace

TEST_CASE("ops/join: concat") {
  Probe probe;
  Value a = probe.input(counted<std::int64_t>({2, 1}), {"batch", 1});
  Value b = probe.input(counted<std::int64_t>({2, 2}), {"batch", "width"});
  Value y = concat({a, b, a}, -1);
  CHECK(y.type().text() == "int64 [batch, width + 2]");
  CHECK(probe.run(y).to_vector<std::int64_t>() == Ints{0, 0, 1, 0, 1, 2, 3, 1});
  CHECK(probe.run(concat({a, a}, 0)).to_vector<std::int64_t>() == Ints{0, 1, 0, 1});
  CHECK(probe.run(concat({a}, 0)).to_vector<std::int64_t>() == Ints{0, 1});
  Value none = probe.input(Tensor(DType::int64, {2, 0}), {"batch", 0});
  CHECK(probe.run(concat({none, a, none}, 1)).to_vector<std::int64_t>() == Ints{0, 1});
  Build build = [](const Values& x) { return concat(x, 1); };
  CHECK(gradient_faults(build, {mixed({2, 3, 2}, 1), mixed({2, 1, 2}, 2)}) == "");
  CHECK(batching_faults(build, {mixed({2, 3, 2}, 1), mixed({2, 1, 2}, 2)}, varied) == "");
}

TEST_CASE("ops/join: stack") {
  Probe probe;
  Value a = probe.input(counted<std::int64_t>({2}));
  CHECK(probe.run(stack({a, a}, 0)).to_vector<std::int64_t>() == Ints{0, 1, 0, 1});
  CHECK(probe.run(stack({a, a}, -1)).to_vector<std::int64_t>() == Ints{0, 0, 1, 1});
  CHECK(stack({a, a, a}, 1).type().text() == "int64 [2, 3]");
}

TEST_CASE("ops/join: split") {
  Probe probe;
  Value x = probe.input(counted<std::int64_t>({2, 3}), {2, Dim("width") + 1});
  Values parts = split(x, 1, Dims{1, "width"});
  CHECK(parts[1].type().text() == "int64 [2, width]");
  Value width = probe.input(counted<float>({2}), {"width"});
  CHECK(width.rank() == 1);
  CHECK(probe.run(parts[0]).to_vector<std::int64_t>() == Ints{0, 3});
  CHECK(probe.run(parts[1]).to_vector<std::int64_t>() == Ints{1, 2, 4, 5});
  Value y = probe.input(counted<std::int64_t>({4}));
  CHECK(probe.run(split(y, -1, 2)[1]).to_vector<std::int64_t>() == Ints{2, 3});
  CHECK(split(probe.input(mixed({2, 6}), {"batch", 6}), 1, 3)[2].type().text() == "float64 [batch, 2]");
  CHECK(gradient_faults(
            [](const Values& v) {
              Values p = split(v[0], 1, Dims{1, 0, 2});
              return square(p[0]) * sum(p[2]);
            },
            {mixed({2, 3}, 1)}) == "");
  CHECK(gradient_faults([](const Values& v) { return square(split(v[0], 0, 2)[1]); }, {mixed({4, 3}, 1)}) == "");
  CHECK(batching_faults(
            [](const Values& v) {
              return split(v[0], 1, Dims{1, 2})[0];
            },
            {mixed({2, 3}, 1)}, varied) == "");
}

TEST_CASE("ops/join: slice") {
  Probe probe;
  Value x = probe.input(counted<std::int64_t>({6}));
  auto cut = [&](Dim begin, Dim end, std::int64_t step) {
    return probe.run(slice(x, 0, begin, end, step)).to_vector<std::int64_t>();
  };
  CHECK(cut(1, 4, 1) == Ints{1, 2, 3});
  CHECK(cut(-2, 6, 1) == Ints{4, 5});
  CHECK(cut(0, -1, 2) == Ints{0, 2, 4});
  CHECK(cut(1, 6, 2) == Ints{1, 3, 5});
  CHECK(cut(3, 3, 1).empty());
  CHECK(cut(6, 6, 1).empty());
  CHECK(cut(-1, -7, -1) == Ints{5, 4, 3, 2, 1, 0});
  CHECK(cut(4, 0, -3) == Ints{4, 1});
  Value y = probe.input(counted<std::int64_t>({2, 3, 2}), {2, "time", 2});
  Dim time = "time";
  CHECK(slice(y, 1, 0, time - 1).type().text() == "int64 [2, time - 1, 2]");
  CHECK(slice(y, 1, 1, time).type().text() == "int64 [2, time - 1, 2]");
  CHECK(slice(y, 1, -1, time).type().text() == "int64 [2, 1, 2]");
  CHECK(slice(y, 1, 0, 1).type().text() == "int64 [2, 1, 2]");
  CHECK(slice(y, 1, 0, time, 2).type().text() == "int64 [2, ceildiv(time, 2), 2]");
  CHECK(slice(y, 1, -1, Dim(-1) - time, -1).type().text() == "int64 [2, time, 2]");
  CHECK(probe.run(slice(y, 1, -1, Dim(-1) - time, -1)).to_vector<std::int64_t>() ==
        Ints{4, 5, 2, 3, 0, 1, 10, 11, 8, 9, 6, 7});
  CHECK(probe.run(slice(y, 1, Dim(0) - time, time, 2)).to_vector<std::int64_t>() == Ints{0, 1, 4, 5, 6, 7, 10, 11});
}

TEST_CASE("ops/join: rules of slice") {
  struct Sample {
    std::int64_t begin, end, step;
  };
  for (const Sample& s : {Sample{1, 3, 1}, Sample{0, 5, 2}, Sample{-1, 1, -2}, Sample{-1, -6, -1}, Sample{2, 2, 1}}) {
    CAPTURE(s.step);
    Build build = [&](const Values& x) { return slice(x[0], 1, s.begin, s.end, s.step); };
    CHECK(gradient_faults(build, {mixed({2, 5, 2}, 1)}) == "");
    CHECK(batching_faults(build, {mixed({2, 5, 2}, 1)}, varied) == "");
  }
}

TEST_CASE("ops/join: messages") {
  Module module;
  Graph& graph = module.add_function("f");
  Value x = graph.input("x", DType::float32, {2, 3}), b = graph.input("b", DType::float32, {"batch", 3});
  Value d = graph.input("d", DType::float64, {2, 3}), v = graph.input("v", DType::float32, {3});
  CHECK_THROWS_WITH_AS(
      concat({x, b}, 1),
      "concat(parts[0]: [2, 3], parts[1]: [batch, 3]): axis 0 of parts[1] is batch but that of parts[0] "
      "is 2",
      UserError);
  CHECK_THROWS_WITH_AS(concat({x, v}, 1),
                       "concat(parts[0]: [2, 3], parts[1]: [3]): parts[1] has 1 axes but parts[0] "
                       "has 2",
                       UserError);
  CHECK_THROWS_WITH_AS(concat({x, x}, 2), "concat(parts[0]: [2, 3], parts[1]: [2, 3]): axis 2 is outside of [-2, 2)",
                       UserError);
  CHECK_THROWS_WITH_AS(
      concat({x, d}, 1),
      "concat(parts[0]: float32 [2, 3], parts[1]: float64 [2, 3]): parts[0] is float32 but parts[1] is "
      "float64; cast one of them",
      UserError);
  CHECK_THROWS_WITH_AS(concat({}, 0), "concat: no parts were given", UserError);
  CHECK_THROWS_WITH_AS(stack({}, 0), "stack: no parts were given", UserError);
  CHECK_THROWS_WITH_AS(stack({x, b}, 0),
                       "stack(parts[0]: [2, 3], parts[1]: [batch, 3]): parts[1] is [batch, 3] but parts[0] is [2, 3]",
                       UserError);
  CHECK_THROWS_WITH_AS(stack({x, x}, 3), "stack(parts[0]: [2, 3], parts[1]: [2, 3]): axis 3 is outside of [-3, 3)",
                       UserError);
  CHECK_THROWS_WITH_AS(split(x, 1, Dims{2, 2}), "split(x: [2, 3]): the sizes [2, 2] sum to 4 but axis 1 is 3",
                       UserError);
  CHECK_THROWS_WITH_AS(split(x, 1, Dims{4, -1}), "split(x: [2, 3]): size -1 of [4, -1] is below 0", UserError);
  CHECK_THROWS_WITH_AS(split(x, 1, Dims{}), "split(x: [2, 3]): no sizes were given", UserError);
  CHECK_THROWS_WITH_AS(split(x, 1, 2), "split(x: [2, 3]): axis 1 of size 3 does not divide into 2 equal parts",
                       UserError);
  CHECK_THROWS_WITH_AS(split(x, 1, 0), "split(x: [2, 3]): 0 parts are asked for", UserError);
  CHECK_THROWS_WITH_AS(slice(x, 1, 0, 4), "slice(x: [2, 3]): begin 0 or end 4 lies outside of axis 1, whose size is 3",
                       UserError);
  CHECK_THROWS_WITH_AS(slice(x, 1, -4, 3),
                       "slice(x: [2, 3]): begin -4 or end 3 lies outside of axis 1, whose size is 3", UserError);
  CHECK_THROWS_WITH_AS(slice(b, 0, 0, Dim("batch") + 1),
                       "slice(x: [batch, 3]): begin 0 or end batch + 1 lies outside of axis 0, whose size is batch",
                       UserError);
  CHECK_THROWS_WITH_AS(slice(x, 1, 2, 1),
                       "slice(x: [2, 3]): with step 1 end 1 cannot be reached from begin 2; axis 1 has size 3",
                       UserError);
  CHECK_THROWS_WITH_AS(slice(x, 1, 0, 3, 0), "slice(x: [2, 3]): the step is 0", UserError);
  CHECK_THROWS_WITH_AS(slice(x, 2, 0, 1), "slice(x: [2, 3]): axis 2 is outside of [-2, 2)", UserError);
  Probe probe;
  Value y = slice(probe.input(counted<float>({2}), {"batch"}), 0, 0, 3);
  CHECK_THROWS_WITH_AS(probe.run(y), "slice: indices 0 to 2 lie outside of axis 0, whose size is 2\n  in slice",
                       UserError);
}
