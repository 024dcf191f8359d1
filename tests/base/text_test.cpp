// Number text reads back exactly, and a misspelled name finds its neighbour.
#include "base/text.h"

#include <doctest/doctest.h>

#include "base/error.h"

using namespace gradloom;

TEST_CASE("base/text: numbers have the shortest text that reads back") {
  CHECK(number_text(0.1) == "0.1");
  CHECK(number_text(0.1f) == "0.1");
  CHECK(number_text(1.0 / 3) == "0.3333333333333333");
  CHECK(counted(1, "line") == "1 line");
  CHECK(counted(0, "line") == "0 lines");
  CHECK(concat_text("a ", 3, ' ', true, " ", 2.5) == "a 3 true 2.5");
}

TEST_CASE("base/text: a near name is suggested and a far one is not") {
  std::vector<std::string> names{"softmax", "sigmoid", "tanh"};
  CHECK(did_you_mean("softmx", names) == "; did you mean \"softmax\"?");
  CHECK(did_you_mean("tnah", names) == "; did you mean \"tanh\"?");
  CHECK(did_you_mean("convolution", names) == "");
}

TEST_CASE("base/error: an internal error asks for a report") {
  CHECK_THROWS_WITH_AS(ensure(false, "node ", 3), "node 3 (this is a fault of Gradloom; please report it)",
                       InternalError);
  CHECK_THROWS_WITH_AS(require(false, Fault::input, "line ", 7), "line 7", UserError);
}
