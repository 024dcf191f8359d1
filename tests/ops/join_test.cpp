// What the table of samples does not show of cutting: the inferred sizes as text, and bounds that only a run can check.
#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/ops/probe.h"

using namespace gradloom;

TEST_CASE("ops/join: sizes stay as plain as they can") {
  Module module;
  Graph& graph = module.add_function("f");
  Dim time = "time";
  Value x = graph.input("x", DType::float32, {time, 6});
  auto size = [&](Dim begin, Dim end, std::int64_t step = 1) { return slice(x, 0, begin, end, step).dim(0).text(); };
  CHECK(size(0, time - 1) == "time - 1");
  CHECK(size(0, -1) == "time - 1");
  CHECK(size(1, time) == "time - 1");
  CHECK(size(-1, time) == "1");
  CHECK(size(0, 1) == "1");
  CHECK(size(Dim(0) - time, time) == "time");
  CHECK(size(0, time, 2) == "ceildiv(time, 2)");
  CHECK(size(-1, Dim(-1) - time, -1) == "time");
  CHECK(size(floordiv(time, 2), time) == "-floordiv(time, 2) + time");
  CHECK(concat({x, x, slice(x, 0, 0, 1)}, 0).type().text() == "float32 [2*time + 1, 6]");
  CHECK(split(x, 1, 3)[2].type().text() == "float32 [time, 2]");
  CHECK(split(concat({x, slice(x, 0, 0, 2)}, 0), 0, Dims{2, time})[1].type().text() == "float32 [time, 6]");
}

TEST_CASE("ops/join: what symbols decide is checked when run") {
  auto run = [](Dim begin, Dim end, std::int64_t step) {
    Probe probe;
    Value x = probe.input(counted<float>({2}), {"time"});
    return probe.run(slice(x, 0, begin, end, step)).to_vector<float>();
  };
  CHECK_THROWS_WITH_AS(run(0, 3, 1), "slice: indices 0 to 2 lie outside of axis 0, whose size is 2\n  in slice",
                       UserError);
  CHECK_THROWS_WITH_AS(run(4, 0, -1), "slice: indices 4 to 1 lie outside of axis 0, whose size is 2\n  in slice",
                       UserError);
  CHECK_THROWS_WITH_AS(run(3, "time", 1), "the size time - 3 is -1, below 0", UserError);
  CHECK(run("time", "time", 1).empty());
}
