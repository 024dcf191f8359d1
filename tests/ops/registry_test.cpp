// The list of operations: found by name, each once, with a suggestion for a misspelled one.
#include "ops/registry.h"

#include <doctest/doctest.h>

#include <set>

#include "base/error.h"
#include "graph/module.h"
#include "ops/ops.h"

using namespace gradloom;

TEST_CASE("ops/registry: operations are found by name") {
  CHECK(op_named("softmax").name == "softmax");
  CHECK(find_op("softmax") == &op_named("softmax"));
  CHECK(find_op("softmx") == nullptr);
  CHECK_THROWS_WITH_AS(op_named("softmx"), "no op \"softmx\"; did you mean \"softmax\"?", UserError);
  CHECK_THROWS_WITH_AS(op_named("LayerNormalization"), "no op \"LayerNormalization\"; did you mean \"layer_norm\"?",
                       UserError);
  CHECK_THROWS_WITH_AS(op_named("qqqqqqqq"), "no op \"qqqqqqqq\"", UserError);
}

TEST_CASE("ops/registry: every operation is in one family, under one name") {
  std::set<std::string_view> names;
  std::size_t count = 0;
  for (const OpFamily& family : op_families()) {
    CHECK(!family.ops.empty());
    for (const OpDef* op : family.ops) {
      ++count;
      CHECK(names.insert(op->name).second);
      CHECK(find_op(op->name) == op);
    }
  }
  CHECK(count == all_ops().size());
}

TEST_CASE("ops/registry: texts follow the house: a lower-case summary without a full stop, sentences with one") {
  for (const OpDef* op : all_ops()) {
    INFO(op->name);
    CHECK(!op->summary.empty());
    CHECK(!op->summary.ends_with('.'));
    CHECK((op->doc.empty() || op->doc.ends_with('.')));
    for (const AttributeDef& attribute : op->attributes) CHECK(!attribute.doc.ends_with('.'));
  }
}

TEST_CASE("ops/registry: a number takes the dtype of the operand beside it, if that holds it") {
  Module module;
  Graph& graph = module.add_function("f");
  Value count = graph.input("count", DType::int64, {});
  CHECK((count + 2.0).dtype() == DType::int64);
  CHECK_THROWS_WITH_AS(count * 0.5, "the number 0.5 beside \"count\" is no int64; cast \"count\" to a float first",
                       UserError);
  CHECK_THROWS_WITH_AS(scalar_like(count, 1e300),
                       "the number 1e+300 beside \"count\" is no int64; cast \"count\" to a float first", UserError);
}
