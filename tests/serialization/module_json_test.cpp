// module.json: what is written, that it reads back to the same bytes and numbers, and each refusal to the letter.
#include "serialization/module_json.h"

#include <doctest/doctest.h>

#include <limits>

#include "graph/text.h"
#include "ops/ops.h"
#include "tests/serialization/sample_module.h"

using namespace gradloom;

namespace {

std::string text_of(const Module& module) { return write_module_json(module).text; }

std::string rewritten(const std::string& text, const TensorMap& constants = {}) {
  return text_of(*read_module_json(text, "module.json", constants));
}

}  // namespace

TEST_CASE("serialization/module_json: a module is written one node a line") {
  CHECK(text_of(*sample_module()) == sample_module_text());
}

TEST_CASE("serialization/module_json: an empty module") {
  std::string text = text_of(Module());
  CHECK(text ==
        "{\n  \"format\": \"gradloom-module\",\n  \"version\": 1,\n  \"variables\": {},\n  \"functions\": {},\n"
        "  \"bodies\": {}\n}\n");
  CHECK(rewritten(text) == text);
}

TEST_CASE("serialization/module_json: what is loaded and saved again has the same bytes and the same graph") {
  auto module = sample_module();
  ModuleJson json = write_module_json(*module);
  auto loaded = read_module_json(json.text, "module.json");
  CHECK(text_of(*loaded) == json.text);
  CHECK(loaded->variables().size() == module->variables().size());
  CHECK(loaded->variable("weight").initializer == module->variable("weight").initializer);
  CHECK(loaded->bodies().size() == 1);
  CHECK(loaded->bodies()[0]->parent() == nullptr);
  CHECK(loaded->function("step").find_node("scan") >= 0);
  CHECK(loaded->function("step").output_named("total").type().text() == "float32 [batch]");
}

TEST_CASE("serialization/module_json: a loaded function computes the same bits") {
  auto module = sample_module();
  auto loaded = read_module_json(text_of(*module), "module.json");
  TensorMap inputs{{"x", Tensor::from<float>({3, 2}, {0.1f, -2.5f, 3.25f, 1e-8f, 0.3f, 7})},
                   {"start", Tensor::from<float>({2}, {1, -1})}};
  TensorMap variables{{"weight", Tensor::from<float>({}, {0.3f})}, {"count", Tensor::scalar<std::int64_t>(4)}};
  InterpreterResult before = interpret(module->function("step"), inputs, variables);
  InterpreterResult after = interpret(loaded->function("step"), inputs, variables);
  REQUIRE(before.outputs.size() == after.outputs.size());
  for (const auto& [name, tensor] : before.outputs) CHECK(tensor.identical(after.outputs.at(name)));
  for (const auto& [name, tensor] : before.updates) CHECK(tensor.identical(after.updates.at(name)));
}

TEST_CASE("serialization/module_json: constants of every dtype keep their bits") {
  Module module;
  Graph& graph = module.add_function("constants");
  constexpr float infinity = std::numeric_limits<float>::infinity();
  std::vector<Tensor> tensors{
      Tensor::from<float>({2, 3}, {0.1f, -0.0f, 1e-45f, 3.4028235e38f, infinity, -infinity}),
      Tensor::from<double>({5}, {0.1, -0.0, 5e-324, 1.7976931348623157e308, std::numeric_limits<double>::quiet_NaN()}),
      Tensor::from<std::int32_t>({2}, {-2147483648, 2147483647}),
      Tensor::from<std::int64_t>({2},
                                 {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}),
      Tensor::from<bool>({2, 1}, {true, false}),
      Tensor(DType::float32, {0, 3}),
  };
  for (const Tensor& tensor : tensors) graph.constant(tensor);
  std::string text = text_of(module);
  CHECK(text.find(R"({"name": "constant", "op": "constant", "dtype": "float32", "shape": [2, 3], )"
                  R"("values": [0.1, -0.0, 1e-45, 3.4028235e+38, "inf", "-inf"]})") != std::string::npos);
  CHECK(text.find(R"("shape": [0, 3], "values": []})") != std::string::npos);
  auto loaded = read_module_json(text, "module.json");
  CHECK(text_of(*loaded) == text);
  for (std::size_t i = 0; i < tensors.size(); ++i)
    CHECK(loaded->function("constants").nodes()[i].literal.identical(tensors[i]));
}

TEST_CASE("serialization/module_json: constants of more than 64 elements stand outside") {
  Module module;
  Graph& graph = module.add_function("lookup");
  graph.constant(Tensor(DType::float32, {64}));
  Tensor table(DType::int32, {13, 5});
  table.mutable_values<std::int32_t>()[64] = 7;
  graph.constant(table);
  ModuleJson json = write_module_json(module);
  REQUIRE(json.constants.size() == 1);
  CHECK(json.constants.begin()->first == "function:lookup:constant_2");
  CHECK(json.text.find(R"({"name": "constant_2", "op": "constant", "dtype": "int32", "shape": [13, 5], )"
                       R"("stored": "function:lookup:constant_2"})") != std::string::npos);
  auto loaded = read_module_json(json.text, "module.json", json.constants);
  CHECK(loaded->function("lookup").nodes()[1].literal.identical(table));
  CHECK(text_of(*loaded) == json.text);
  auto refusal = [&](const TensorMap& constants) {
    try {
      read_module_json(json.text, "module.json", constants);
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string("(no error)");
  };
  CHECK(refusal({}) ==
        "module.json: /functions/lookup/nodes/1/stored: the weights that came with the file have no tensor "
        "\"function:lookup:constant_2\"");
  CHECK(refusal({{"function:lookup:constant_2", Tensor(DType::int32, {65})}}) ==
        "module.json: /functions/lookup/nodes/1: the constant is int32 [13, 5] but the stored tensor is int32 [65]");
}

TEST_CASE("serialization/module_json: attributes that are not the default are written, each kind in its form") {
  Module module;
  Graph& graph = module.add_function("attributes");
  Value x = graph.input("x", DType::float64, {"batch", 4});
  clip(x, -1, std::numeric_limits<double>::infinity());
  std::string text = text_of(module);
  CHECK(text.find(R"({"name": "clip", "op": "clip", "inputs": ["x"], "attributes": {"high": "inf", "low": -1}})") !=
        std::string::npos);
  CHECK(rewritten(text) == text);
}

TEST_CASE("serialization/module_json: a loop's name that no file could hold is refused where it is declared") {
  Module module;
  Graph& graph = module.add_function("f");
  Value x = graph.input("x", DType::float32, {"time"});
  auto body = [](const Values& carries, const Values& slices) { return Step{{carries[0] + slices[0]}, {}}; };
  CHECK_THROWS_WITH_AS(scan({graph.constant(DType::float32, 0)}, {x}, body, {.name = "my loop"}),
                       "body \"my loop\" in f: a name is made of letters, digits, _, -, . and /", UserError);
}
