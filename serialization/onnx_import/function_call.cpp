// Attributes of a caller put into a function's nodes, bodies included, as declared in function_call.h.
#include "serialization/onnx_import/function_call.h"

#include <algorithm>

namespace gradloom {

namespace {

class Call {
 public:
  Call(const onnx::Function& function, const onnx::Node& call) : function_(function), call_(call) {}

  void fill_in(std::vector<onnx::Node>& nodes) const {
    for (onnx::Node& node : nodes) {
      std::vector<onnx::Attribute> attributes;
      for (onnx::Attribute& attribute : node.attributes) {
        if (attribute.referenced.empty()) {
          for (onnx::Graph& graph : attribute.graphs) fill_in(graph.nodes);
          attributes.push_back(std::move(attribute));
        } else if (const onnx::Attribute* given = find(attribute.referenced)) {
          attributes.push_back(*given);
          attributes.back().name = attribute.name;
        }
      }
      node.attributes = std::move(attributes);
    }
  }

 private:
  const onnx::Attribute* find(const std::string& name) const {
    for (const auto* attributes : {&call_.attributes, &function_.defaults}) {
      auto found = std::ranges::find(*attributes, name, &onnx::Attribute::name);
      if (found != attributes->end()) return &*found;
    }
    return nullptr;
  }

  const onnx::Function& function_;
  const onnx::Node& call_;
};

}  // namespace

std::vector<onnx::Node> nodes_of_call(const onnx::Function& function, const onnx::Node& call) {
  std::vector<onnx::Node> nodes = function.nodes;
  Call(function, call).fill_in(nodes);
  return nodes;
}

}  // namespace gradloom
