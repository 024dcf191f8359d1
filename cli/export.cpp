// gradloom export: a function of a module as an ONNX file, which other people's runtimes run.
#include <memory>

#include "cli/command.h"
#include "serialization/model_folder.h"
#include "serialization/onnx/model_file.h"
#include "serialization/onnx/onnx_export.h"

namespace gradloom {

namespace {

struct ExportRequest {
  std::string model, function, file;
};

int export_function(const ExportRequest& request) {
  ModelFolder model = read_model_folder(request.model);
  const Graph& function = model.module->function(request.function);
  write_onnx(request.file, export_onnx(*model.module, function, variables_for(model, function)));
  return 0;
}

}  // namespace

extern const Command export_command;
constinit const Command export_command{
    "export", "writes a function of a module as an ONNX file", [](Options& options) -> Run {
      auto request = std::make_shared<ExportRequest>();
      options.argument("MODEL", request->model, "a model folder or a module.json");
      options.text("--function", "NAME", request->function, "the function to export");
      options.required();
      options.text("--onnx", "FILE", request->file, "the ONNX file to write, opset 17");
      options.required();
      return [request] { return export_function(*request); };
    }};

}  // namespace gradloom
