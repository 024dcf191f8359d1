// Every operation proved by the table: one case a mode.
#include <doctest/doctest.h>

#include "base/text.h"
#include "tests/op_samples/modes.h"

using namespace gradloom;
using namespace gradloom::op_samples;

namespace {

void expect_none(const Failures& failures) {
  for (const std::string& failure : failures) FAIL_CHECK(failure);
}

}  // namespace

TEST_CASE("op_samples/op_samples: every operation has a sample, an error, a text and its rules") {
  expect_none(missing_from_table());
}

TEST_CASE("op_samples/op_samples: kernels give what plain loops give") {
  expect_none(try_all("forward", compare_with_reference));
}

TEST_CASE("op_samples/op_samples: gradients are what differences give") {
  expect_none(try_all("first gradient", check_first_gradient));
}

TEST_CASE("op_samples/op_samples: second gradients are what differences of the first give") {
  expect_none(try_all("second gradient", check_second_gradient));
}

TEST_CASE("op_samples/op_samples: batching rules do what a loop over slices does") {
  expect_none(try_all("batching", check_batching));
}

TEST_CASE("op_samples/op_samples: accumulation rules give the sum over slices") {
  expect_none(try_all("accumulation", check_accumulation));
}

TEST_CASE("op_samples/op_samples: files hold operations to the bit") { expect_none(try_all("file", check_file)); }

TEST_CASE("op_samples/op_samples: sessions compute what the interpreter does") {
  expect_none(try_all("session", check_session));
}

TEST_CASE("op_samples/op_samples: errors say what the table holds, to the letter") { expect_none(try_errors()); }
