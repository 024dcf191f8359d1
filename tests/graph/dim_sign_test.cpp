// Signs of sizes.
#include "graph/dim_sign.h"

#include <doctest/doctest.h>

using namespace gradloom;

TEST_CASE("graph/dim_sign: what is below 0 for certain") {
  Dim b = "batch", t = "time";
  for (const Dim& dim : {Dim(0), Dim(3), b, b * t + 2, floordiv(b, 2), min(b, t)}) {
    CAPTURE(dim.text());
    CHECK(is_never_negative(dim));
    CHECK(!is_surely_negative(dim));
  }
  for (const Dim& dim : {Dim(-1), Dim(-1) - b, Dim(0) - b * t, Dim(0) - floordiv(b, 2)}) {
    CAPTURE(dim.text());
    CHECK(!is_never_negative(dim));
    CHECK(is_surely_negative(dim));
  }
  for (const Dim& dim : {b - t, b - 1, Dim(1) - b, floordiv(b - 1, 2), Dim(0) - min(b - 1, t)}) {
    CAPTURE(dim.text());
    CHECK(!is_never_negative(dim));
    CHECK(!is_surely_negative(dim));
  }
}
