// The published JSON Schema and the document of the format against what is written, and the files of every release.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "serialization/file.h"
#include "serialization/model_folder.h"
#include "tests/serialization/sample_module.h"
#include "tests/serialization/scratch_folder.h"
#include "training/reference_workload.h"

using namespace gradloom;

namespace {

const std::string schema_path = GRADLOOM_SOURCE_DIR "/docs/module.schema.json";

int run_python(const std::string& code, const std::string& arguments) {
  return std::system(("python3 -c \"" + code + "\" " + arguments + " 2>/dev/null").c_str());
}

bool has_jsonschema() {
  bool has = run_python("import jsonschema", "") == 0;
  if (!has) MESSAGE("python3-jsonschema is not here, so no file is held against the schema");
  return has;
}

bool is_valid(const std::string& path) {
  const char* code =
      "import sys, json, jsonschema\n"
      "schema = json.load(open(sys.argv[1]))\n"
      "jsonschema.Draft7Validator.check_schema(schema)\n"
      "jsonschema.Draft7Validator(schema).validate(json.load(open(sys.argv[2])))";
  return run_python(code, schema_path + " " + path) == 0;
}

// Written anew with GRADLOOM_GOLDEN=update, which is only right before the release whose files they are.
void write_golden_models(const std::string& folder) {
  write_model_folder(folder + "/loop", *sample_module(),
                     {{"weight", Tensor::scalar(0.25f)}, {"count", Tensor::scalar<std::int64_t>(7)}});
  Module module;
  Workload workload;
  workload.size = {2, 4, 7, 2, 3, 3};
  declare_workload(module, workload, 1);
  TensorMap values = workload_parameters(module, workload);
  for (const Variable& variable : module.variables())
    values.emplace(variable.name, Tensor(variable.dtype, variable.shape));
  write_model_folder(folder + "/translator", module, values);
}

// The JSON example of the document.
std::string documented_example() {
  std::string document = read_file(GRADLOOM_SOURCE_DIR "/docs/module_format.md", 1'000'000);
  std::size_t begin = document.find("```json\n") + 8;
  return document.substr(begin, document.find("```", begin) - begin);
}

}  // namespace

TEST_CASE("serialization/module_schema: what is written satisfies the schema") {
  if (!has_jsonschema()) return;
  ScratchFolder scratch;
  auto check = [&](const Module& module) {
    write_module(scratch.path(), module);
    return is_valid(scratch.path("module.json"));
  };
  CHECK(check(Module()));
  CHECK(check(*sample_module()));
  Module large;
  Graph& graph = large.add_function("constants");
  graph.constant(Tensor(DType::float32, {100}));
  graph.constant(Tensor::from<float>({2}, {std::numeric_limits<float>::infinity(), -0.0f}));
  graph.constant(Tensor::from<bool>({2}, {true, false}));
  graph.input("n", DType::int64, {}, true);
  CHECK(check(large));
  for (CellKind cell : {CellKind::rnn, CellKind::gru, CellKind::lstm}) {
    Module module;
    Workload workload;
    workload.cell = cell;
    workload.size = {4, 6, 11, 2, 5, 4};
    declare_workload(module, workload, 1);
    CHECK(check(module));
  }
}

TEST_CASE("serialization/module_schema: what breaks the format breaks the schema") {
  if (!has_jsonschema()) return;
  ScratchFolder scratch;
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"\"version\": 1", "\"version\": 2"},
           {"\"op\": \"variable\"", "\"op\": \"variable\", \"inputs\": []"},
           {"\"dtype\": \"float32\"", "\"dtype\": \"float16\""},
           {"\"values\": [0.5]", "\"values\": [0.5], \"stored\": \"x\""},
           {"\"scan:1\"", "\"scan:x\""},
           {"\"updates\"", "\"changes\""},
           {"\"mul\", \"op\"", "\"m ul\", \"op\""}}) {
    std::string text = sample_module_text();
    write_file(scratch.path("module.json"), text.replace(text.find(from), from.size(), to));
    CHECK_MESSAGE(!is_valid(scratch.path("module.json")), to);
  }
}

TEST_CASE("serialization/module_schema: the document's example is a module, written as we write it") {
  std::string example = documented_example();
  CHECK(write_module_json(*read_module_json(example, "module_format.md")).text == example);
}

TEST_CASE("serialization/module_schema: the files of earlier releases load, and are written to the same bytes") {
  std::string folder = GRADLOOM_SOURCE_DIR "/tests/golden/module_v1";
  const char* golden = std::getenv("GRADLOOM_GOLDEN");
  if (golden && std::string_view(golden) == "update") write_golden_models(folder);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.is_directory()) continue;
    std::string path = entry.path().string();
    ModelFolder model = read_model_folder(path);
    CHECK(!model.weights.empty());
    CHECK(!model.state.empty());
    CHECK(write_module_json(*model.module).text == read_file(path + "/module.json", 1'000'000));
    ++files;
  }
  CHECK(files == 2);
}
