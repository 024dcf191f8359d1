// gradloom check: says of each file whether it is what its name says, and if not, where it is wrong.
#include <filesystem>
#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/output.h"
#include "serialization/model_folder.h"
#include "serialization/npy.h"
#include "serialization/onnx/model_file.h"
#include "serialization/onnx_import/onnx_import.h"
#include "serialization/safetensors.h"
#include "serialization/utf8.h"
#include "training/languages.h"
#include "training/model_files.h"

namespace gradloom {

namespace {

struct CheckRequest {
  std::vector<std::string> files;
  std::int64_t max_nodes = static_cast<std::int64_t>(ModuleLimits().nodes);
};

std::string model_summary(const std::string& path, const ModuleLimits& limits) {
  ModelFolder model = read_model_folder(path, limits);
  std::size_t nodes = 0;
  for (const auto& function : model.module->functions()) nodes += function->nodes().size();
  for (const auto& body : model.module->bodies()) nodes += body->nodes().size();
  std::string out = concat_text(counted(model.module->functions().size(), "function"), ", ", counted(nodes, "node"),
                                ", ", counted(model.module->variables().size(), "variable"));
  if (!model.weights.empty()) out += concat_text(", ", counted(model.weights.size(), "weight"));
  if (!model.state.empty()) out += ", a state to train on from";
  // A translator's folder: its config and vocabularies must fit the module.
  ModelFiles files(model.path);
  if (std::filesystem::is_directory(path) && std::filesystem::exists(files.config())) {
    Languages languages = read_languages(read_config(files.config()).config, files.folder(), *model.module);
    out += concat_text(", vocabularies of ", languages.source_vocabulary.size(), " and ",
                       languages.target_vocabulary.size(), " tokens");
  }
  return out;
}

std::string tensors_summary(const std::string& path) {
  std::uint64_t elements = 0;
  Safetensors content = read_safetensors(path);
  for (const auto& [name, tensor] : content.tensors) elements += static_cast<std::uint64_t>(tensor.size());
  return concat_text(counted(content.tensors.size(), "tensor"), ", ", counted(elements, "element"));
}

std::size_t count_nodes(const std::vector<onnx::Node>& nodes) {
  std::size_t count = nodes.size();
  for (const onnx::Node& node : nodes)
    for (const onnx::Attribute& attribute : node.attributes)
      for (const onnx::Graph& body : attribute.graphs) count += count_nodes(body.nodes);
  return count;
}

// What importing would say; a model that does not hang together is an error.
std::string importability(const onnx::Model& model, const std::string& path) {
  try {
    import_onnx(model, {.name = path});
    return "can be imported";
  } catch (const StaticInputNeeded& needed) {
    std::string names;
    for (const std::string& name : needed.inputs()) names += concat_text(" ", shown_text(name), "=FILE.npy");
    return "can be imported with --static" + names;
  } catch (const OnnxImportError& error) {
    if (!error.is_sound()) throw;
    std::string reason = error.what();
    if (reason.starts_with(path + ": ")) reason.erase(0, path.size() + 2);
    return "cannot be imported: " + reason;
  }
}

std::string onnx_summary(const std::string& path, const ModuleLimits& limits) {
  OnnxLimits of_file;
  of_file.nodes = std::min(of_file.nodes, limits.nodes);
  onnx::Model model = read_onnx(path, of_file);
  std::size_t nodes = count_nodes(model.graph.nodes);
  for (const onnx::Function& function : model.functions) nodes += count_nodes(function.nodes);
  std::string out = "ONNX";
  for (const onnx::Opset& opset : model.opsets)
    if (opset.domain.empty() || opset.domain == "ai.onnx") out += concat_text(" of opset ", opset.version);
  return concat_text(out, ", ", counted(model.graph.inputs.size(), "input"), ", ",
                     counted(model.graph.outputs.size(), "output"), ", ", counted(nodes, "node"), ", ",
                     counted(model.graph.initializers.size(), "initializer"), ", ", importability(model, path));
}

std::string summary(const std::string& path, const ModuleLimits& limits) {
  std::string ending = std::filesystem::path(path).extension().string();
  if (ending == ".onnx") return onnx_summary(path, limits);
  if (ending == ".safetensors") return tensors_summary(path);
  if (ending == ".npy") {
    Tensor tensor = read_npy(path);
    return concat_text(name_of(tensor.dtype()), " ", shape_text(tensor.shape()));
  }
  return model_summary(path, limits);
}

int check(const CheckRequest& request) {
  ModuleLimits limits;
  limits.nodes = static_cast<std::size_t>(request.max_nodes);
  int worst = 0;
  for (const std::string& file : request.files) {
    try {
      print(concat_text(file, ": ", summary(file, limits), "\n"));
    } catch (const UserError& error) {
      say(concat_text("gradloom check: ", error.what()));
      worst = std::max(worst, static_cast<int>(error.fault()));
    }
  }
  return worst;
}

}  // namespace

extern const Command check_command;
constinit const Command check_command{
    "check", "reads files and says where one is wrong", [](Options& options) -> Run {
      auto request = std::make_shared<CheckRequest>();
      options.arguments("FILE", request->files, "model folders, module.json, .safetensors, .npy and .onnx files");
      options.integer("--max-nodes", "N", request->max_nodes, {1, std::numeric_limits<std::int64_t>::max()},
                      "refuse modules of more nodes");
      return [request] { return check(*request); };
    }};

}  // namespace gradloom
