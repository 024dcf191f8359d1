// Computes when compiling what depends on constants only, unless the result would be large.
#include "base/error.h"
#include "runtime/interpreter.h"
#include "runtime/passes.h"
#include "runtime/passes/rewriter.h"

namespace gradloom {

namespace {

// Results up to this size are stored even where they are larger than what they are made of.
constexpr std::int64_t small_elements = 64;
constexpr std::int64_t most_bytes = 1 << 20;

class Folder : public Rewriter {
 public:
  std::int64_t folded = 0;

 protected:
  Values replace(const Graph&, std::int32_t, Node node, Graph& target) override {
    std::vector<Tensor> results;
    if (!is_foldable(node) || !compute(node, results)) return append_node(node, target);
    ++folded;
    Values values;
    for (Tensor& result : results) values.push_back(target.rename(target.constant(std::move(result)), node.name));
    return values;
  }

 private:
  static bool is_foldable(const Node& node) {
    if (node.op->traits.has(Trait::effect) || node.op->traits.has(Trait::control)) return false;
    std::int64_t given = 0;
    for (const Value& input : node.inputs) {
      if (input.node().kind != NodeKind::constant) return false;
      given += input.node().literal.size();
    }
    for (const Type& type : node.types) {
      for (const Dim& dim : type.shape)
        if (!dim.is_constant()) return false;
      Dim elements = element_count(type.shape);
      bool is_small = elements.constant() <= small_elements || elements.constant() <= given;
      if (!is_small || elements.constant() > most_bytes / 8) return false;
    }
    for (const auto& [name, attribute] : node.attributes)
      if (const Dim* dim = std::get_if<Dim>(&attribute); dim && !dim->is_constant()) return false;
    return true;
  }

  // A node that refuses its operands stays, to do so when it runs.
  static bool compute(const Node& node, std::vector<Tensor>& results) {
    Module module;
    Graph& graph = module.add_function("fold");
    Node copy = node;
    for (Value& input : copy.inputs) input = graph.constant(input.node().literal);
    Values values = append_node(copy, graph);
    for (std::size_t i = 0; i < values.size(); ++i) graph.output(concat_text("y", i), values[i]);
    try {
      InterpreterResult made = interpret(graph, {});
      for (std::size_t i = 0; i < values.size(); ++i) results.push_back(made.outputs.at(concat_text("y", i)));
    } catch (const UserError&) {
      return false;
    }
    return true;
  }
};

}  // namespace

PassResult fold_constants(std::unique_ptr<Module>& module, std::string_view function) {
  Folder folder;
  auto result = folder.run(*module, function);
  if (folder.folded == 0) return {};
  module = std::move(result);
  return {folder.folded, "computed " + count_text(folder.folded, "node")};
}

}  // namespace gradloom
