// Model folders: what is written reads back, and each tensor that does not fit the module is named.
#include "serialization/model_folder.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "serialization/file.h"
#include "serialization/safetensors.h"
#include "tests/serialization/sample_module.h"
#include "tests/serialization/scratch_folder.h"

using namespace gradloom;

namespace {

TensorMap sample_values() { return {{"weight", Tensor::scalar(0.25f)}, {"count", Tensor::scalar<std::int64_t>(7)}}; }

// The refusal with the folder's own path taken out of it.
std::string refused(const std::string& path, const std::string& hidden) {
  try {
    read_model_folder(path);
  } catch (const UserError& error) {
    CHECK(error.fault() == Fault::input);
    std::string message = error.what();
    for (std::size_t at; (at = message.find(hidden)) != std::string::npos;) message.replace(at, hidden.size(), "DIR");
    return message;
  }
  return "(no error)";
}

}  // namespace

TEST_CASE("serialization/model_folder: what is written reads back") {
  ScratchFolder scratch;
  std::string folder = scratch.path("new/model");
  auto module = sample_module();
  write_model_folder(folder, *module, sample_values());
  CHECK(read_file(folder + "/module.json", 1'000'000) == sample_module_text());
  CHECK(read_safetensors(folder + "/weights.safetensors").tensors.size() == 1);
  CHECK(read_safetensors(folder + "/training/state.safetensors").tensors.size() == 2);

  ModelFolder model = read_model_folder(folder);
  CHECK(model.path == folder);
  REQUIRE(model.weights.size() == 1);
  CHECK(model.weights.at("weight").item() == 0.25);
  REQUIRE(model.state.size() == 2);
  CHECK(model.state.at("count").item() == 7);
  CHECK(read_model_folder(folder + "/module.json").state.size() == 2);
}

TEST_CASE("serialization/model_folder: a function that trains takes the state, another the weights") {
  ModelFolder model;
  model.module = sample_module();
  model.weights = {{"weight", Tensor::scalar(1.0f)}};
  model.state = {{"weight", Tensor::scalar(2.0f)}, {"count", Tensor::scalar<std::int64_t>(7)}};
  Graph& reads = model.module->add_function("reads");
  CHECK(variables_for(model, model.module->function("step")).at("weight").item() == 2);
  TensorMap values = variables_for(model, reads);
  CHECK(values.at("weight").item() == 1);
  CHECK(values.at("count").item() == 7);
}

TEST_CASE("serialization/model_folder: a module.json alone is a model without values") {
  ScratchFolder scratch;
  write_module(scratch.path(), *sample_module());
  ModelFolder model = read_model_folder(scratch.path());
  CHECK(model.weights.empty());
  CHECK(model.state.empty());
}

TEST_CASE("serialization/model_folder: large constants stand with the weights") {
  ScratchFolder scratch;
  Module module;
  module.add_function("table").constant(Tensor(DType::float64, {100}));
  write_model_folder(scratch.path(), module, {});
  CHECK(read_safetensors(scratch.path("weights.safetensors")).tensors.at(0).first == "function:table:constant");
  CHECK(read_model_folder(scratch.path()).module->function("table").nodes()[0].literal.size() == 100);
  std::filesystem::remove(scratch.path("weights.safetensors"));
  CHECK(refused(scratch.path(), scratch.path()) ==
        "DIR/module.json: /functions/table/nodes/0/stored: the weights that came with the file have no tensor "
        "\"function:table:constant\"");
}

TEST_CASE("serialization/model_folder: what is no model") {
  ScratchFolder scratch;
  CHECK(refused(scratch.path("none"), scratch.path()) == "no model at DIR/none: there is no such file or folder");
  CHECK(refused(scratch.path(), scratch.path()) == "no model in DIR: it has no module.json");
  write_file(scratch.path("module.json"), "{}");
  CHECK(refused(scratch.path(), scratch.path()) ==
        "DIR/module.json: the key \"format\" is missing; the object is empty");
}

TEST_CASE("serialization/model_folder: tensors that do not fit the module") {
  ScratchFolder scratch;
  write_model_folder(scratch.path(), *sample_module(), sample_values());
  auto weights = [&](const NamedTensors& tensors) {
    write_safetensors(scratch.path("weights.safetensors"), {tensors, {}});
    return refused(scratch.path(), scratch.path());
  };
  CHECK(weights({{"wieght", Tensor::scalar(1.0f)}}) ==
        "DIR/weights.safetensors: the tensor \"wieght\" is no parameter of the module; did you mean \"weight\"?");
  CHECK(weights({{"count", Tensor::scalar<std::int64_t>(1)}}) ==
        "DIR/weights.safetensors: the tensor \"count\" is no parameter of the module");
  CHECK(weights({{"weight", Tensor::scalar(1.0)}}) ==
        "DIR/weights.safetensors: the tensor \"weight\" is float64 [] but the parameter is float32 []");
  CHECK(weights({{"weight", Tensor(DType::float32, {1})}}) ==
        "DIR/weights.safetensors: the tensor \"weight\" is float32 [1] but the parameter is float32 []");
  CHECK(weights({}) == "DIR/weights.safetensors: no tensor for the parameter \"weight\"");
  CHECK(weights({{"weight", Tensor::scalar(1.0f)}}) == "(no error)");
  write_safetensors(scratch.path("training/state.safetensors"), {{{"weight", Tensor::scalar(1.0f)}}, {}});
  CHECK(refused(scratch.path(), scratch.path()) ==
        "DIR/training/state.safetensors: no tensor for the variable \"count\"");
  write_file(scratch.path("training/state.safetensors"), "short");
  CHECK(refused(scratch.path(), scratch.path()) ==
        "DIR/training/state.safetensors: 5 bytes, but the length of the header alone takes 8");
}

TEST_CASE("serialization/model_folder: a folder that cannot be made") {
  ScratchFolder scratch;
  write_file(scratch.path("file"), "");
  try {
    write_model_folder(scratch.path("file/model"), *sample_module(), sample_values());
    FAIL("no error");
  } catch (const UserError& error) {
    CHECK(error.fault() == Fault::system);
    CHECK(error.what() == "cannot make the folder " + scratch.path("file/model") + ": Not a directory");
  }
}
