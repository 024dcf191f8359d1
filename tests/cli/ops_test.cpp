// gradloom ops: the list, a page, and docs/ops.md held against the definitions.
#include <doctest/doctest.h>

#include <regex>

#include "ops/compositions.h"
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

TEST_CASE("cli/ops: every function that ops.h declares is in the reference") {
  if (!command_is_built()) return;
  std::string header = read_file(GRADLOOM_SOURCE_DIR "/ops/ops.h", 1'000'000);
  std::regex declaration("\n(?:Value|Values|TopK|ScanResult) ([a-z_0-9]+)\\(");
  std::size_t count = 0;
  for (std::sregex_iterator at(header.begin(), header.end(), declaration), end; at != end; ++at) {
    std::string name = (*at)[1];
    if (name == "scalar_like") continue;
    ++count;
    CHECK_MESSAGE(((find_op(name) != nullptr) != (find_composition(name) != nullptr)), name);
  }
  CHECK(count > 120);
  for (const Composition& function : compositions()) {
    CHECK(call({"ops", std::string(function.name)}).out.starts_with(function.signature));
    CHECK(function.signature.starts_with(function.name));
    CHECK(!function.summary.ends_with('.'));
    CHECK((function.doc.empty() || function.doc.ends_with('.')));
  }
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
        "  Gradient: yes. Batching rule: yes. ONNX: no operator means exactly this.\n");
}

TEST_CASE("cli/ops: docs/ops.md is what gradloom ops --markdown prints") {
  if (!command_is_built()) return;
  bool is_renewed = call({"ops", "--markdown"}).out == read_file(GRADLOOM_SOURCE_DIR "/docs/ops.md", 10'000'000);
  CHECK(is_renewed);
}
