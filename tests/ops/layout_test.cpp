// What the table of samples does not show of layout: the inferred sizes as text, and copies larger than a tile.
#include <doctest/doctest.h>

#include "tests/ops/probe.h"

using namespace gradloom;

TEST_CASE("ops/layout: sizes stay as plain as they can") {
  Module module;
  Graph& graph = module.add_function("f");
  Value x = graph.input("x", DType::float32, {"batch", 6});
  CHECK(reshape(x, {-1}).type().text() == "float32 [6*batch]");
  CHECK(reshape(x, {-1, 3, 2}).type().text() == "float32 [batch, 3, 2]");
  CHECK(reshape(x, {"batch", 2, -1}).type().text() == "float32 [batch, 2, 3]");
  CHECK(reshape(graph.constant(Tensor(DType::float32, {0, 3})), {5, 0}).type().text() == "float32 [5, 0]");
  CHECK(expand_dims(x, {0, -1}).type().text() == "float32 [1, batch, 6, 1]");
  CHECK(squeeze(expand_dims(x, {0, -1}), {-1, 0}).type().text() == "float32 [batch, 6]");
  CHECK(pad(x, {1, 0}, {0, "batch"}).type().text() == "float32 [batch + 1, batch + 6]");
  CHECK(range(graph, Dim("batch") * "time").type().text() == "int64 [batch*time]");
}

TEST_CASE("ops/layout: transpositions larger than a tile of the copy") {
  Probe probe;
  Shape shape{3, 18, 2, 33};
  Value x = probe.input(counted<std::int64_t>(shape));
  Shape steps = row_major_strides(shape);
  for (const Axes& permutation : {Axes{0, 1, 2, 3}, Axes{3, 2, 1, 0}, Axes{1, 0, 2, 3}, Axes{0, 2, 1, 3},
                                  Axes{2, 3, 0, 1}, Axes{0, 3, 1, 2}, Axes{3, 0, 2, 1}, Axes{1, 3, 0, 2}}) {
    CAPTURE(shape_text(permutation));
    Tensor y = probe.run(transpose(x, permutation));
    // x counts its elements, so each tells where it came from.
    std::size_t wrong = 0;
    for (std::size_t at = 0; at < static_cast<std::size_t>(y.size()); ++at) {
      std::int64_t from = 0, rest = static_cast<std::int64_t>(at);
      for (std::size_t i = 4; i-- > 0;) {
        from += rest % y.shape()[i] * steps[static_cast<std::size_t>(permutation[i])];
        rest /= y.shape()[i];
      }
      wrong += y.values<std::int64_t>()[at] != from;
    }
    CHECK(wrong == 0);
  }
}
