// fold_bias: what is added to each row of a product is added as the product is stored, instead of in a pass of its own
// over the result.
#include <algorithm>

#include "runtime/passes.h"
#include "runtime/passes/rewriter.h"
#include "runtime/product_ops.h"

namespace gradloom {

namespace {

using Integers = std::vector<std::int64_t>;

// A product whose last axes are the free ones of its second operand, and none of both.
bool takes_bias(const Node& node) {
  if (!is_product(node) || node.op == &biased_product_op || node.op == &product_with_sums_op ||
      !is_float(node.types[0].dtype))
    return false;
  if (!node.attributes.get<Integers>("batch_a").empty()) return false;
  return node.op != &active_product_op || (node.inputs.size() == 3 && !node.attributes.get<bool>("summed"));
}

// Whether `bias` has the size of the product's columns and nothing else: [n], or [1, 1, n].
bool is_bias_of(const Value& bias, const Node& product) {
  std::size_t columns = product.inputs[1].rank() - product.attributes.get<Integers>("contract_b").size();
  const Dims &shape = product.types[0].shape, &own = bias.shape();
  auto first = std::find_if(own.begin(), own.end(), [](const Dim& size) { return !size.is(1); });
  return columns > 0 && own.size() <= shape.size() && static_cast<std::size_t>(own.end() - first) <= columns &&
         own.size() >= columns &&
         std::equal(shape.end() - static_cast<std::ptrdiff_t>(columns), shape.end(),
                    own.end() - static_cast<std::ptrdiff_t>(columns));
}

class FoldBias : public Rewriter {
 public:
  std::int64_t products() const { return products_; }

 protected:
  void begin(const Graph& source, Graph&) override {
    uses_[&source].resize(source.nodes().size());
    std::vector<bool> needed = needed_nodes(source);
    for (std::size_t i = 0; i < needed.size(); ++i)
      if (needed[i])
        for (const Value& input : source.nodes()[i].inputs) ++uses_of(source, input);
    for (const auto* results : {&source.outputs(), &source.updates()})
      for (const NamedValue& result : *results) uses_of(source, result.value) += 2;
  }

  Values replace(const Graph& source, std::int32_t index, Node node, Graph& target) override {
    if (node.op->name != "add") return append_node(node, target);
    const Node& sum = source.node(index);
    for (std::size_t i = 0; i < 2; ++i) {
      const Value &product = sum.inputs[i], &bias = sum.inputs[1 - i];
      const Node& made = product.node();
      if (!takes_bias(made) || uses_of(source, product) != 1 || !is_bias_of(bias, made)) continue;
      Values inputs = made.inputs;
      inputs.push_back(bias);
      for (Value& input : inputs) input = copied(input);
      Attributes attributes = made.attributes;
      attributes.set("shape", made.types[0].shape);
      ++products_;
      const OpDef& op = made.op == &active_product_op ? active_product_op : biased_product_op;
      return target.append_operation(op, std::move(inputs), std::move(attributes), made.name);
    }
    return append_node(node, target);
  }

 private:
  int& uses_of(const Graph& source, const Value& value) {
    return uses_[&source][static_cast<std::size_t>(value.node_index())];
  }

  std::unordered_map<const Graph*, std::vector<int>> uses_;
  std::int64_t products_ = 0;
};

}  // namespace

PassResult fold_bias(std::unique_ptr<Module>& module, std::string_view function) {
  FoldBias pass;
  auto rewritten = pass.run(*module, function);
  if (pass.products() == 0) return {};
  module = std::move(rewritten);
  drop_unused(module, function);
  return {pass.products(), concat_text("took a bias into ", count_text(pass.products(), "product"))};
}

}  // namespace gradloom
