// Differences between modules in words: each kind of change is named with both sides, and only that change.
#include "serialization/module_diff.h"

#include <doctest/doctest.h>

#include <functional>
#include <limits>

#include "serialization/module_json.h"
#include "tests/serialization/sample_module.h"

using namespace gradloom;

namespace {

// What differs when `from` in the sample's file is replaced by `to`.
std::string difference(const std::string& from, const std::string& to) {
  std::string text = sample_module_text();
  std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  auto changed = read_module_json(text, "changed");
  return module_difference(*sample_module(), *changed, "A", "B");
}

std::string difference(const std::function<void(TensorMap&)>& change) {
  TensorMap a{{"w", Tensor::from<float>({3}, {1, 2, 3})}}, b = a;
  change(b);
  return tensor_difference(a, b, "weight", "A", "B");
}

}  // namespace

TEST_CASE("serialization/module_diff: equal modules do not differ") {
  CHECK(module_difference(*sample_module(), *read_module_json(sample_module_text(), "file"), "A", "B") == "");
}

TEST_CASE("serialization/module_diff: variables") {
  CHECK(difference("[-0.1, 0.1]", "[-0.1, 0.2]") ==
        "variable weight: its initializer is uniform from -0.1 to 0.1 in A but uniform from -0.1 to 0.2 in B\n");
  CHECK(difference("\"role\": \"counter\"", "\"role\": \"slot\"") ==
        "variable count: its role is counter in A but slot in B\n");
  CHECK(difference("\"variables\": {",
                   "\"variables\": {\n    \"more\": {\"dtype\": \"bool\", \"shape\": [2], \"role\": "
                   "\"slot\", \"initializer\": {\"constant\": 0}},") == "variable more: only in B\n");
}

TEST_CASE("serialization/module_diff: operations, edges, attributes and constants, in bodies too") {
  CHECK(difference("\"op\": \"mul\", \"inputs\": [\"weight\"", "\"op\": \"sub\", \"inputs\": [\"weight\"") ==
        "function step, node mul: it is mul in A but sub in B\n");
  CHECK(difference("[\"weight\", \"constant\"]", "[\"constant\", \"weight\"]") ==
        "function step, node mul: its inputs are (weight, constant) in A but (constant, weight) in B\n");
  CHECK(difference("\"values\": [0.5]", "\"values\": [0.25]") ==
        "function step, node constant: it is float32 [] {0.5} in A but float32 [] {0.25} in B\n");
  CHECK(difference("\"num_sequences\": 1}", "\"num_sequences\": 1, \"reverse\": true}") ==
        "function step, node scan: reverse is false in A but true in B\n");
  CHECK(difference("[\"mul\", \"slice_0\"]", "[\"mul\", \"carry_0\"]") ==
        "function step, node scan, body, node add: its inputs are (mul, slice_0) in A but (mul, carry_0) in B\n");
}

TEST_CASE("serialization/module_diff: shapes and results") {
  std::string shapes =
      difference("\"name\": \"x\", \"dtype\": \"float32\", \"shape\": [\"time\", \"batch\"]",
                 "\"name\": \"x\", \"dtype\": \"float32\", \"shape\": [\"time\", \"batch\"], \"static\": false");
  CHECK(shapes == "");
  CHECK(difference("{\"name\": \"total\", \"value\": \"scan\"}", "{\"name\": \"total\", \"value\": \"mul\"}") ==
        "function step, output total: its value is scan in A but mul in B\n");
  CHECK(difference("{\"variable\": \"weight\", \"value\": \"mul\"},\n", "") ==
        "function step, new value of weight: only in A\n");
  CHECK(difference("\"name\": \"total\"", "\"name\": \"sum\"") ==
        "function step, output total: only in A\nfunction step, output sum: only in B\n");
}

TEST_CASE("serialization/module_diff: values of tensors") {
  CHECK(difference([](TensorMap&) {}) == "");
  CHECK(difference([](TensorMap& b) { b.at("w").mutable_values<float>()[1] = 2.5f; }) ==
        "weight w: the largest difference of its elements is 0.5\n");
  CHECK(difference([](TensorMap& b) {
          b.at("w").mutable_values<float>()[1] = std::numeric_limits<float>::quiet_NaN();
        }) == "weight w: the largest difference of its elements is nan\n");
  CHECK(difference([](TensorMap& b) {
          b.at("w") = Tensor::from<float>({2}, {1, 2});
        }) == "weight w: it is float32 [3] in A but float32 [2] in B\n");
  CHECK(difference([](TensorMap& b) {
          b.clear();
          b.emplace("v", Tensor::scalar(1.0f));
        }) == "weight w: only in A\nweight v: only in B\n");
}
