// Profiles: what is counted, how calls inside of others are told apart, and the tables.
#include "runtime/profile.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "ops/ops.h"
#include "runtime/session.h"

using namespace gradloom;

namespace {

// f(x [2, 3]) multiplies by a matrix [3, 3] in a loop of 4 steps.
void declare(Module& module) {
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {2, 3}), w = f.input("w", DType::float32, {3, 3});
  Scope scope(f, "powers");
  ScanResult result = scan({x}, {},
                           [&](const Values& carry, const Values&) {
                             return Step{{tanh(matmul(carry[0], w))}, {}};
                           },
                           {.length = Dim(4), .name = "loop"});
  f.output("y", result.carries[0]);
}

TensorMap inputs() { return {{"x", Tensor(DType::float32, {2, 3})}, {"w", Tensor(DType::float32, {3, 3})}}; }

const Profile::Row& row_of(const Profile& profile, std::string_view op) {
  auto found = std::ranges::find_if(profile.rows(), [&](const Profile::Row& row) { return row.op == op; });
  REQUIRE(found != profile.rows().end());
  return *found;
}

}  // namespace

TEST_CASE("runtime/profile: calls, operations and bytes are counted while a session records") {
  Module module;
  declare(module);
  Session session(module);
  session.run("f", inputs());
  Profile profile(7);
  session.record(&profile);
  session.run("f", inputs());
  session.run("f", inputs());
  session.record(nullptr);
  session.run("f", inputs());

  CHECK(profile.runs() == 2);
  const Profile::Row& product = row_of(profile, "dot_general");
  CHECK(product.function == "f");
  CHECK(product.calls == 2 * 4);
  CHECK(product.operations == 2 * 4 * (2.0 * 2 * 3 * 3));
  CHECK(product.bytes == 2 * 4 * (6 + 9 + 6) * 4);
  CHECK(product.shapes == "[2, 3] [3, 3] -> [2, 3]");
  const Profile::Row& loop = row_of(profile, "scan");
  CHECK(loop.calls == 2);
  CHECK(loop.operations == 0);

  double seconds = 0;
  for (const Profile::Row& row : profile.rows()) seconds += row.seconds;
  CHECK(loop.seconds >= 0);
  CHECK(seconds <= profile.seconds());

  // 4 products, 4 fused tanh and a loop a run; the first seven calls were kept.
  CHECK(profile.events().size() == 7);
  CHECK(profile.events_left_out() == 2 * 9 - 7);
}

TEST_CASE("runtime/profile: the tables name operations, scopes and nodes, and the share of the peak") {
  Module module;
  declare(module);
  Session session(module);
  Profile profile;
  session.record(&profile);
  session.run("f", inputs());
  std::string text = profile.text(100);
  CHECK(text.starts_with("1 run, "));
  for (const char* part :
       {"; peak of matrix products 100.0 GFLOP/s\n", "GFLOP/s  of peak     GB/s   operation\n", "scope\n",
        "   f: powers\n", "   dot_general\n", "   dot_general ", ": [2, 3] [3, 3] -> [2, 3]\n", " %"})
    CHECK_MESSAGE(text.find(part) != std::string::npos, part, "\n", text);
  CHECK(profile.text().find("peak of") == std::string::npos);
  CHECK(profile.events().empty());
}
