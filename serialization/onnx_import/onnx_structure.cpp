// Names and versions of a model, as declared in onnx_structure.h.
#include "serialization/onnx_import/onnx_structure.h"

#include <algorithm>
#include <array>
#include <deque>
#include <set>
#include <unordered_set>

#include "serialization/onnx_import/onnx_import.h"
#include "serialization/utf8.h"

namespace gradloom {

namespace {

using Names = std::unordered_set<std::string>;

template <class... Parts>
void require_sound(bool condition, const Parts&... parts) {
  if (!condition) throw OnnxImportError(concat_text(parts...), false);
}

class Structure {
 public:
  Structure(const onnx::Model& model, const std::string& file) : model_(model), file_(file) {}

  void check() {
    check_opsets(model_.opsets);
    check_graph(model_.graph, model_.opsets);
    std::set<std::array<std::string, 3>> defined;
    for (const onnx::Function& function : model_.functions) {
      bool is_new =
          defined.insert(std::array{canonical_domain(function.domain), function.name, function.overload}).second;
      require_sound(is_new, file_, ": the function ", quoted(function.name), " of ", quoted(function.domain),
                    " is defined twice");
      check_function(function);
    }
  }

 private:
  void check_opsets(const std::vector<onnx::Opset>& opsets) {
    Names domains;
    for (const onnx::Opset& opset : opsets) {
      std::string domain = canonical_domain(opset.domain);
      require_sound(opset.version > 0, file_, ": version ", opset.version, " of the operators ", quoted(domain),
                    " is below 1");
      require_sound(domains.insert(domain).second, file_, ": the operators ", quoted(domain), " have two versions");
    }
  }

  void check_function(const onnx::Function& function) {
    std::string place = concat_text(file_, ": function ", quoted(function.name));
    require_sound(!function.name.empty(), file_, ": a function has no name");
    check_opsets(function.opsets);
    Names& names = levels_.emplace_back();
    for (const std::string& input : function.inputs)
      require_sound(names.insert(input).second, place, ": two inputs are called ", quoted(input));
    // A function without versions of its own has those of the model.
    check_nodes(function.nodes, function.opsets.empty() ? model_.opsets : function.opsets);
    for (const std::string& output : function.outputs)
      require_sound(is_defined(output), place, ": no node gives the output ", quoted(output));
    levels_.pop_back();
  }

  void check_graph(const onnx::Graph& graph, const std::vector<onnx::Opset>& opsets) {
    std::string place = concat_text(file_, ": graph ", quoted(graph.name));
    Names& names = levels_.emplace_back();
    for (const onnx::ValueInfo& input : graph.inputs) {
      require_sound(!input.name.empty(), place, ": an input has no name");
      require_sound(names.insert(input.name).second, place, ": two inputs are called ", quoted(input.name));
    }
    Names initializers;
    for (const onnx::Tensor& tensor : graph.initializers) {
      require_sound(!tensor.name.empty(), place, ": an initializer has no name");
      require_sound(initializers.insert(tensor.name).second, place, ": two initializers are called ",
                    quoted(tensor.name));
      names.insert(tensor.name);  // an input may have one: its default
    }
    check_nodes(graph.nodes, opsets);
    Names outputs;
    for (const onnx::ValueInfo& output : graph.outputs) {
      require_sound(is_defined(output.name), place, ": nothing gives the output ", quoted(output.name));
      // A body may give one value twice.
      require_sound(outputs.insert(output.name).second || levels_.size() > 1, place, ": two outputs are called ",
                    quoted(output.name));
    }
    levels_.pop_back();
  }

  void check_nodes(const std::vector<onnx::Node>& nodes, const std::vector<onnx::Opset>& opsets) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const onnx::Node& node = nodes[i];
      std::string place = node_place(file_, node, i);
      require_sound(!node.op.empty(), place, ": a node without operator");
      std::string domain = canonical_domain(node.domain);
      bool has_version = std::ranges::any_of(
          opsets, [&](const onnx::Opset& opset) { return canonical_domain(opset.domain) == domain; });
      // Before opsets there was version 1.
      require_sound(has_version || (domain.empty() && model_.ir_version < 3), place,
                    ": the model does not say which version of the operators ", quoted(domain), " it uses");
      for (const std::string& input : node.inputs)
        require_sound(input.empty() || is_defined(input), place, ": its input ", quoted(input),
                      " is neither an input of the graph, an initializer nor given by a node before it");
      Names attributes;
      for (const onnx::Attribute& attribute : node.attributes) {
        require_sound(attributes.insert(attribute.name).second, place, ": the attribute ", quoted(attribute.name),
                      " is given twice");
        for (const onnx::Graph& graph : attribute.graphs) check_graph(graph, opsets);
      }
      for (const std::string& output : node.outputs)
        require_sound(output.empty() || levels_.back().insert(output).second, place, ": its output ", quoted(output),
                      " is given already");
    }
  }

  bool is_defined(const std::string& name) const {
    return std::any_of(levels_.rbegin(), levels_.rend(), [&](const Names& names) { return names.contains(name); });
  }

  static std::string quoted(const std::string& name) { return concat_text('"', shown_text(name), '"'); }

  const onnx::Model& model_;
  const std::string& file_;
  std::deque<Names> levels_;  // from the outermost graph to the one that is looked at
};

}  // namespace

void check_structure(const onnx::Model& model, const std::string& file) { Structure(model, file).check(); }

std::string node_place(const std::string& file, const onnx::Node& node, std::size_t position) {
  std::string name = concat_text(position);
  if (!node.name.empty())
    name = concat_text('"', shown_text(node.name), '"');
  else if (!node.outputs.empty() && !node.outputs[0].empty())
    name = concat_text("of \"", shown_text(node.outputs[0]), '"');
  return concat_text(file, ": node ", name, " (", shown_text(node.op), ")");
}

std::string canonical_domain(const std::string& domain) { return domain == "ai.onnx" ? "" : domain; }

}  // namespace gradloom
