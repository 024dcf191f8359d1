// Symbolic sizes: one canonical form, exact division, text that reads back, evaluation with its errors.
#include "graph/dim.h"

#include <doctest/doctest.h>

#include <limits>

#include "base/error.h"
#include "graph/dim_terms.h"

using namespace gradloom;

TEST_CASE("graph/dim: equal polynomials are equal however they were made") {
  Dim b = "batch", t = "time";
  CHECK(b * t + 2 * b == b * (t + 2));
  CHECK((b + 1) - b == Dim(1));
  CHECK(b != t);
  CHECK((b * t * 2 + 1 - t).text() == "2*batch*time - time + 1");
  CHECK(max(b, b + 1) == b + 1);
  CHECK(max(b, t) == max(t, b));
  CHECK((b * t * 4).divided_by(b * 2) == 2 * t);
  CHECK((b * t + t).divided_by(b + 1) == t);
  CHECK(!(b * t + 1).divided_by(b));
  CHECK(floordiv(6 * b, 3) == 2 * b);
  CHECK(floordiv(b, 2) + floordiv(b, 2) == 2 * floordiv(b, 2));
}

TEST_CASE("graph/dim: text reads back") {
  for (const char* text : {"0", "12", "batch", "2*batch*time - time + 1", "-batch + 3", "floordiv(batch + 1, 2)",
                           "max(2*a, ceildiv(b, 3)) + 1", "a*a", "$3 + 1"})
    CHECK(Dim::parse(text).text() == text);
  CHECK_THROWS_WITH_AS(Dim::parse("batch +"), "size \"batch +\": a number or a name was expected at character 8",
                       UserError);
  CHECK_THROWS_WITH_AS(Dim::parse("a b"), "size \"a b\": an operator or the end was expected at character 3",
                       UserError);
  CHECK_THROWS_WITH_AS(Dim::parse("99999999999999999999"),
                       "size \"99999999999999999999\": a number below 2^63 was expected at character 1", UserError);
  CHECK_THROWS_WITH_AS(Dim("2x"), "\"2x\" is not a size's name: letters, digits and _ are, beginning with no digit",
                       UserError);
}

TEST_CASE("graph/dim: evaluation") {
  Dim b = "batch", t = "time";
  Binding binding{{"batch", 3}, {"time", 5}};
  CHECK((b * t + ceildiv(t, 2)).evaluate(binding) == 18);
  CHECK_THROWS_WITH_AS((b - t).evaluate(binding), "the size batch - time is -2, below 0", UserError);
  CHECK_THROWS_WITH_AS((b + Dim("heads")).evaluate(binding), "the size \"heads\" is not bound", UserError);
  binding["batch"] = std::int64_t{1} << 62;
  CHECK_THROWS_WITH_AS((b * t).evaluate(binding), "size 4611686018427387904 * 5 is beyond 64 bits", UserError);
  CHECK((b * t).substitute({{"batch", Dim(2) * t}}) == 2 * t * t);
}

TEST_CASE("graph/dim: the terms of a size, evaluated one by one, are the size") {
  Dim n = "n", m = "m";
  Binding binding{{"n", 7}, {"m", 3}};
  auto sum_of_terms = [&](const Dim& dim) {
    std::int64_t sum = 0;
    for (const DimTerm& term : terms_of(dim)) {
      std::int64_t product = term.coefficient;
      for (const DimFactor& factor : term.factors) {
        CHECK(factor.symbol.empty() != factor.function.empty());
        if (!factor.symbol.empty()) {
          product *= binding.at(factor.symbol);
          continue;
        }
        CHECK(factor.function == "floordiv");
        product *= factor.a.evaluate(binding) / factor.b.evaluate(binding);
      }
      sum += product;
    }
    return sum;
  };
  for (const Dim& dim : {Dim(0), Dim(5), n, 2 * n * m - m + 4, n * n * floordiv(n + 1, m) + 1})
    CHECK(sum_of_terms(dim) == dim.evaluate(binding));
}

TEST_CASE("graph/dim: sizes that a stranger makes stay small") {
  Dim x = "x", lowest = Dim(std::numeric_limits<std::int64_t>::min()) * x;
  CHECK(!lowest.divided_by(Dim(-1) * x));
  auto message = [](const auto& make) {
    try {
      make();
    } catch (const UserError& error) {
      CHECK(error.fault() == Fault::input);
      return std::string(error.what());
    }
    return std::string("(no error)");
  };
  CHECK(message([&] {
          Dim power = x;
          for (int i = 0; i < 20; ++i) power = power * power;
        }) == "a size of more than 1000 characters as text, beginning x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*");
  CHECK(message([&] {
          Dim sum = 0;
          for (int i = 0; i < 2000; ++i) sum = sum + Dim("s" + std::to_string(i));
        }) == "a size of more than 1000 characters as text, beginning s0 + s1 + s10 + s100 + s101 + s102 + s10");
  CHECK(message([&] {
          Dim size = x;
          for (int i = 0; i < 40; ++i) size = floordiv(size + 1, 2);
        }) == "a size of more than 30 functions inside each other, beginning floordiv(floordiv(floordiv(floordiv(floo");
  Dim size = x;
  for (int i = 0; i < 30; ++i) size = floordiv(size + 1, 2);
  CHECK(Dim::parse(size.text()) == size);
}
