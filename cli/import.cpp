// gradloom import: an ONNX file as a module, whose function `main` is the graph.
#include <filesystem>
#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/output.h"
#include "serialization/model_folder.h"
#include "serialization/npy.h"
#include "serialization/onnx/model_file.h"
#include "serialization/onnx_import/onnx_import.h"
#include "serialization/utf8.h"

namespace gradloom {

namespace {

namespace fs = std::filesystem;

struct ImportRequest {
  std::string file, model;
  NamedFiles statics;
  bool overwrite = false;
  std::int64_t max_nodes = static_cast<std::int64_t>(OnnxImportLimits().nodes);
};

// What is replaced is a module and its weights, nothing else.
void check_folder(const ImportRequest& request) {
  std::error_code error;
  if (!fs::exists(request.model, error)) return;
  require(fs::is_directory(request.model, error), Fault::usage, "--module ", request.model, ": it is not a folder");
  for (const fs::directory_entry& entry : fs::directory_iterator(request.model, error)) {
    std::string name = entry.path().filename().string();
    require(name == module_file || name == weights_file, Fault::usage, "--module ", request.model, ": it holds \"",
            shown_text(name), "\", which an import does not write; choose another folder");
    require(request.overwrite, Fault::usage, "--module ", request.model,
            ": it holds a module; --overwrite replaces it");
  }
  require(!error, Fault::system, "cannot read the folder ", request.model, ": ", error.message());
}

std::string signature(const Graph& function) {
  std::string inputs, outputs;
  for (const Value& input : function.inputs())
    inputs += concat_text(inputs.empty() ? "" : ", ", input.node().name, ": ", input.type().text());
  for (const NamedValue& output : function.outputs())
    outputs += concat_text(outputs.empty() ? "" : ", ", output.name, ": ", output.value.type().text());
  return concat_text(function.name(), "(", inputs, ") -> ", outputs);
}

int import_model(const ImportRequest& request) {
  check_folder(request);
  OnnxImportOptions options;
  options.name = request.file;
  options.limits.nodes = static_cast<std::size_t>(request.max_nodes);
  for (const auto& [name, file] : request.statics) options.static_inputs.insert_or_assign(name, read_npy(file));
  OnnxLimits of_file;
  of_file.nodes = std::max(of_file.nodes, options.limits.nodes);
  OnnxImport made = import_onnx(read_onnx(request.file, of_file), options);
  for (const auto& [before, now] : made.renamed)
    say(concat_text("gradloom import: \"", shown_text(before), "\" is called \"", now, "\" in the module"));
  for (const auto& [op, attribute] : made.passed_over)
    say(concat_text("gradloom import: the attribute ", shown_text(attribute), " of ", shown_text(op),
                    " has no part in the module"));
  std::error_code error;
  fs::create_directories(request.model, error);
  require(!error, Fault::system, "cannot make the folder ", request.model, ": ", error.message());
  write_weights(request.model, *made.module, made.weights);
  write_module(request.model, *made.module);
  const Graph& function = made.module->function("main");
  print(concat_text(signature(function), "\n", counted(function.nodes().size(), "node"), ", ",
                    counted(made.weights.size(), "variable"), "\n"));
  return 0;
}

}  // namespace

extern const Command import_command;
constinit const Command import_command{
    "import", "makes a module of an ONNX file", [](Options& options) -> Run {
      auto request = std::make_shared<ImportRequest>();
      options.argument("FILE", request->file, "the ONNX file");
      options.text("--module", "DIR", request->model, "the folder that gets module.json and the weights");
      options.required();
      options.named_files("--static", request->statics,
                          "npy files with the values of inputs that decide shapes; they become constants");
      options.flag("--overwrite", request->overwrite, "replace the module in DIR");
      options.integer("--max-nodes", "N", request->max_nodes, {1, std::numeric_limits<std::int64_t>::max()},
                      "refuse graphs of more nodes, bodies and functions written out");
      return [request] { return import_model(*request); };
    }};

}  // namespace gradloom
