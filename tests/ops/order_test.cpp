// What the table of samples does not show of searching: sizes that only a run knows.
#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/ops/probe.h"

using namespace gradloom;

TEST_CASE("ops/order: an axis without elements has no extreme, found out when run") {
  Probe probe;
  Value x = probe.input(counted<float>({2, 0}), {2, "time"});
  CHECK_THROWS_WITH_AS(probe.run(argmax(x)), "argmax: axis 1 has size 0, so nothing in it is the largest\n  in argmax",
                       UserError);
  Probe other;
  x = other.input(counted<float>({2, 0}), {2, "time"});
  CHECK_THROWS_WITH_AS(other.run(argmin(x)), "argmin: axis 1 has size 0, so nothing in it is the smallest\n  in argmin",
                       UserError);
}

TEST_CASE("ops/order: top_k of more than there are, found out when run") {
  auto run = [](Dim k) {
    Probe probe;
    Value x = probe.input(counted<float>({3}), {"time"});
    return probe.run(top_k(x, k).values).to_vector<float>();
  };
  CHECK_THROWS_WITH_AS(run(4), "top_k: k is 4 but axis 0 of x has size 3\n  in top_k", UserError);
  CHECK_THROWS_WITH_AS(run(Dim("time") + 1), "top_k: k is 4 but axis 0 of x has size 3\n  in top_k", UserError);
  CHECK_THROWS_WITH_AS(run(Dim("time") - 4), "the size time - 4 is -1, below 0", UserError);
  CHECK(run(2) == std::vector<float>{2, 1});
}
