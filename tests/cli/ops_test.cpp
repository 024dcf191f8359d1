// gradloom ops: the list, a page, and docs/ops.md held against the definitions.
#include <doctest/doctest.h>

#include "ops/registry.h"
#include "serialization/file.h"
#include "tests/cli/command_call.h"

using namespace gradloom;

TEST_CASE("cli/ops: every operation is in the list") {
  if (!command_is_built()) return;
  Called called = call({"ops"});
  CHECK(called.code == 0);
  for (const OpDef* op : all_ops())
    CHECK_MESSAGE(called.out.find(concat_text("\n  ", op->name, " ")) != std::string::npos, op->name);
}

TEST_CASE("cli/ops: the page of an operation") {
  if (!command_is_built()) return;
  CHECK(call({"ops", "clip"}).out ==
        "clip(x; low, high) -> y\n\n"
        "  Each element brought into [low, high].\n\n"
        "  NaN stays NaN. For integers the bounds are rounded into the interval. Gradient: dy where low <= x\n"
        "  <= high, the bounds included, else 0.\n\n"
        "  low (real): the least result; may be -inf\n"
        "  high (real): the greatest result; may be inf\n\n"
        "  Gradient: yes. Batching rule: yes. ONNX: made of other operators.\n");
}

TEST_CASE("cli/ops: docs/ops.md is what gradloom ops --markdown prints") {
  if (!command_is_built()) return;
  bool is_renewed = call({"ops", "--markdown"}).out == read_file(GRADLOOM_SOURCE_DIR "/docs/ops.md", 10'000'000);
  CHECK(is_renewed);
}
