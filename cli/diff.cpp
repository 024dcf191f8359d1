// gradloom diff: says in words what differs between two modules, and between the values in their folders.
#include <memory>

#include "cli/command.h"
#include "cli/output.h"
#include "serialization/model_folder.h"
#include "serialization/module_diff.h"

namespace gradloom {

namespace {

struct DiffRequest {
  std::string left, right;
};

int diff(const DiffRequest& request) {
  ModelFolder a = read_model_folder(request.left), b = read_model_folder(request.right);
  std::string out = module_difference(*a.module, *b.module, request.left, request.right) +
                    tensor_difference(a.weights, b.weights, "weight", request.left, request.right) +
                    tensor_difference(a.state, b.state, "state", request.left, request.right);
  print(out.empty() ? concat_text(request.left, " and ", request.right, " are the same\n") : out);
  return 0;
}

}  // namespace

extern const Command diff_command;
constinit const Command diff_command{"diff", "says in words what differs between two modules",
                                     [](Options& options) -> Run {
                                       auto request = std::make_shared<DiffRequest>();
                                       options.argument("LEFT", request->left, "a model folder or a module.json");
                                       options.argument("RIGHT", request->right, "the other one");
                                       return [request] { return diff(*request); };
                                     }};

}  // namespace gradloom
