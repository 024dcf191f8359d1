// See conformance.h.
#include "tests/serialization/onnx_import/conformance.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "runtime/session.h"
#include "serialization/file.h"
#include "serialization/module_json.h"
#include "serialization/onnx/model_file.h"
#include "serialization/onnx/onnx_tensor.h"
#include "serialization/onnx_import/onnx_import.h"

namespace gradloom {

namespace {

namespace fs = std::filesystem;

std::string text_of(const std::string& path) { return read_file(path, std::uint64_t{1} << 30); }

Tensor tensor_in(const std::string& path) {
  std::string bytes = text_of(path);
  return tensor_from_onnx(parse_onnx_tensor(bytes_of(bytes), path));
}

// The first element that is not near enough, "" when there is none.
std::string difference(const Tensor& made, const Tensor& wanted) {
  if (made.dtype() != wanted.dtype() || made.shape() != wanted.shape())
    return concat_text("is ", name_of(made.dtype()), " ", shape_text(made.shape()), ", not ", name_of(wanted.dtype()),
                       " ", shape_text(wanted.shape()));
  bool is_exact = !is_float(made.dtype());
  std::vector<double> a = made.cast(DType::float64).to_vector<double>();
  std::vector<double> b = wanted.cast(DType::float64).to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    bool same = a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]));
    bool near = !is_exact && std::abs(a[i] - b[i]) <= 1e-7 + 1e-3 * std::abs(b[i]);
    if (!same && !near) return concat_text("element ", i, " is ", a[i], ", not ", b[i]);
  }
  return "";
}

// Files `input_0.pb`, `input_1.pb`, ... as many as there are.
std::vector<std::string> numbered(const std::string& folder, const std::string& kind) {
  std::vector<std::string> paths;
  for (int i = 0; fs::exists(concat_text(folder, "/", kind, "_", i, ".pb")); ++i)
    paths.push_back(concat_text(folder, "/", kind, "_", i, ".pb"));
  return paths;
}

// Inputs that the import asks for become static, one after another.
OnnxImport import_with_statics(const onnx::Model& model, const TensorMap& inputs, OnnxImportOptions options) {
  for (;;) {
    try {
      return import_onnx(model, options);
    } catch (const StaticInputNeeded& needed) {
      std::size_t before = options.static_inputs.size();
      for (const std::string& name : needed.inputs()) options.static_inputs[name] = inputs.at(name);
      if (options.static_inputs.size() == before) throw;
    }
  }
}

struct Case {
  onnx::Model model;
  TensorMap inputs;  // by the names in the file
  std::vector<Tensor> outputs;

  Case(const std::string& folder, const std::string& data) : model(read_onnx(folder + "/model.onnx")) {
    std::vector<std::string> names;
    for (const onnx::ValueInfo& input : model.graph.inputs)
      if (std::ranges::find(model.graph.initializers, input.name, &onnx::Tensor::name) ==
          model.graph.initializers.end())
        names.push_back(input.name);
    std::vector<std::string> paths = numbered(data, "input");
    for (std::size_t i = 0; i < paths.size(); ++i) inputs[names.at(i)] = tensor_in(paths[i]);
    for (const std::string& path : numbered(data, "output")) outputs.push_back(tensor_in(path));
  }
};

std::string check_outputs(const Case& test, const Module& module, const OnnxImport& imported, bool optimize) {
  Session session(module, {.compile = {.optimize = optimize}});
  for (const auto& [name, value] : imported.weights) session.set_variable(name, value);
  const Graph& function = module.function("main");
  TensorMap inputs;
  for (const Value& input : function.inputs()) {
    std::string name = input.node().name;
    for (const auto& [before, now] : imported.renamed)
      if (now == name && test.inputs.contains(before)) name = before;
    inputs[input.node().name] = test.inputs.at(name);
  }
  TensorMap results = session.run("main", inputs);
  if (function.outputs().size() < test.outputs.size()) return "has too few outputs";
  for (std::size_t i = 0; i < test.outputs.size(); ++i) {
    const std::string& name = function.outputs()[i].name;
    if (std::string text = difference(results.at(name), test.outputs[i]); !text.empty())
      return concat_text("output ", name, " ", text);
  }
  return "";
}

std::string run_data(const std::string& folder, const std::string& data) {
  Case test(folder, data);
  OnnxImport imported = import_with_statics(test.model, test.inputs, {.name = "model.onnx"});
  ModuleJson json = write_module_json(*imported.module);
  auto again = read_module_json(json.text, "module.json", json.constants);
  if (write_module_json(*again).text != json.text) return "module.json is another when written again";
  for (auto [module, optimize, what] :
       {std::tuple(imported.module.get(), true, "optimised"), std::tuple(imported.module.get(), false, "as declared"),
        std::tuple(again.get(), true, "read from module.json")})
    if (std::string text = check_outputs(test, *module, imported, optimize); !text.empty())
      return concat_text(what, ": ", text);
  return {};
}

}  // namespace

std::string conformance_folder() {
  if (const char* named = std::getenv("GRADLOOM_ONNX_TESTDATA")) return named;
  for (const char* usual :
       {"/usr/include/onnx/backend/test/data", "/usr/lib/python3/dist-packages/onnx/backend/test/data"})
    if (fs::exists(std::string(usual) + "/node")) return usual;
  return "";
}

std::vector<std::string> conformance_cases(const std::string& suite) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(conformance_folder() + "/" + suite))
    if (fs::exists(entry.path() / "model.onnx")) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string run_case(const std::string& suite, const std::string& name) {
  std::string folder = conformance_folder() + "/" + suite + "/" + name;
  try {
    for (int i = 0; fs::exists(concat_text(folder, "/test_data_set_", i)); ++i)
      if (std::string text = run_data(folder, concat_text(folder, "/test_data_set_", i)); !text.empty()) return text;
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

std::map<std::string, std::string> conformance_skips(const std::string& suite) {
  std::istringstream lines(text_of(GRADLOOM_SOURCE_DIR "/tests/serialization/onnx_import/conformance_skips.txt"));
  std::map<std::string, std::string> skips;
  std::string line, reason;
  while (std::getline(lines, line)) {
    if (line.starts_with("# ")) reason = line.substr(2);
    std::string::size_type slash = line.find('/');
    if (!line.starts_with("#") && line.substr(0, slash) == suite) skips[line.substr(slash + 1)] = reason;
  }
  return skips;
}

}  // namespace gradloom
