// gradloom show: the functions of a module as text or as a drawing, as declared or as compiled.
#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/output.h"
#include "graph/text.h"
#include "runtime/session.h"
#include "serialization/dot.h"
#include "serialization/graph_page.h"
#include "serialization/graph_svg.h"
#include "serialization/model_folder.h"

namespace gradloom {

namespace {

struct ShowRequest {
  std::string model, function, format = "text";
  bool optimized = false, passes = false;
};

std::string variables_text(const Module& module) {
  std::string out;
  for (const Variable& variable : module.variables())
    out += concat_text("variable ", variable.name, ": ", variable.type().text(), " ", name_of(variable.role), "\n");
  return out;
}

std::string drawn(const Graph& graph, const std::string& format) {
  if (format == "dot") return dot_text(graph);
  if (format == "svg") return graph_svg(outline(graph));
  if (format == "html") return graph_page(outline(graph));
  return graph_text(graph);
}

std::string compiled(const Module& module, const std::string& function, const ShowRequest& request) {
  auto executable = Executable::compile(module, function);
  std::string out;
  if (request.passes)
    for (const PassReport& report : executable->reports())
      out += concat_text(function, ": ", report.pass, ": ", report.text, "\n");
  if (request.optimized) out += drawn(executable->graph(), request.format);
  return out;
}

int show(const ShowRequest& request) {
  ModelFolder model = read_model_folder(request.model);
  const Module& module = *model.module;
  std::vector<std::string> functions;
  if (!request.function.empty())
    functions = {module.function(request.function).name()};
  else
    for (const auto& function : module.functions()) functions.push_back(function->name());
  bool is_text = request.format == "text", is_one_file = request.format == "svg" || request.format == "html";
  require(!is_one_file || functions.size() == 1, Fault::usage, "--format ", request.format,
          " draws one function: name it with --function (", join(functions), ")");
  std::string out;
  if (request.function.empty() && is_text && !request.passes && !request.optimized) out = variables_text(module);
  for (const std::string& function : functions) {
    if (!out.empty() && is_text && !request.passes) out += "\n";
    out += request.optimized || request.passes ? compiled(module, function, request)
                                               : drawn(module.function(function), request.format);
  }
  print(out);
  return 0;
}

}  // namespace

extern const Command show_command;
constinit const Command show_command{
    "show", "prints the functions of a module, as declared or as compiled", [](Options& options) -> Run {
      auto request = std::make_shared<ShowRequest>();
      options.argument("MODEL", request->model, "a model folder or a module.json");
      options.text("--function", "NAME", request->function, "only this function");
      options.flag("--optimized", request->optimized, "what the compiler makes of it");
      options.flag("--passes", request->passes, "what each pass of the compiler did");
      options.choice("--format", {"text", "dot", "svg", "html"}, request->format,
                     "dot is for Graphviz; svg is a picture and html a page, of one function");
      return [request] { return show(*request); };
    }};

}  // namespace gradloom
