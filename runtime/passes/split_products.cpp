// split_products: a product in a loop's body that does work of two kinds becomes a product of each kind, so that hoist
// and sink can take one of them out. A concatenation of which some parts are known in front of the loop, times a weight
// (input feeding: the word's vector beside the last context), is a sum of products with parts of the weight. A product
// with a weight whose result is split, some parts feeding carries and some not (the same in the gradient), is a product
// a part.
#include <map>
#include <optional>

#include "ops/ops.h"
#include "ops/scan.h"
#include "runtime/passes.h"
#include "runtime/passes/rewriter.h"

namespace gradloom {

namespace {

using Integers = std::vector<std::int64_t>;

bool is_op(const Node& node, std::string_view name) {
  return node.kind == NodeKind::operation && node.op->name == name;
}

std::size_t index_of(const Value& value) { return static_cast<std::size_t>(value.node_index()); }

// What is known of a node of a body: whether its results depend on slices and constants of the loop only, on constants
// only, and whether some carry's next value needs them.
struct BodyNode {
  bool is_known = false, is_constant = false, feeds_carry = false;
};

struct BodyFacts {
  std::vector<BodyNode> nodes;
  std::size_t num_carries = 0;
};

BodyFacts examine(const ScanView& scan) {
  const Graph& body = scan.body();
  std::vector<BodyNode> facts(body.nodes().size());
  for (std::size_t i = 0; i < scan.num_sequences(); ++i) facts[index_of(scan.body_slice(i))].is_known = true;
  for (std::size_t i = 0; i < scan.num_constants(); ++i)
    facts[index_of(scan.body_constant(i))] = {.is_known = true, .is_constant = true};
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const Node& node = body.nodes()[i];
    if (node.kind == NodeKind::input) continue;
    bool can_move = node.kind != NodeKind::operation || !has_effects(node);
    facts[i].is_known = facts[i].is_constant = can_move;
    for (const Value& input : node.inputs) {
      facts[i].is_known = facts[i].is_known && facts[index_of(input)].is_known;
      facts[i].is_constant = facts[i].is_constant && facts[index_of(input)].is_constant;
    }
  }
  for (std::size_t i = 0; i < scan.num_carries(); ++i) facts[index_of(scan.next_carry(i))].feeds_carry = true;
  for (std::size_t i = facts.size(); i-- > 0;)
    if (facts[i].feeds_carry)
      for (const Value& input : body.nodes()[i].inputs) facts[index_of(input)].feeds_carry = true;
  return {std::move(facts), scan.num_carries()};
}

std::size_t axis_of(const Node& node, std::size_t rank) {
  std::int64_t axis = node.attributes.get<std::int64_t>("axis");
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
}

// How dot_general names the axes of an operand.
struct Side {
  const char *batch, *contract;
};
constexpr Side sides[] = {{"batch_a", "contract_a"}, {"batch_b", "contract_b"}};

bool holds(const Integers& axes, std::size_t axis) {
  return std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(axis)) != axes.end();
}

// The axis of an operand that is this axis of the result, when it is a free one of that operand. A result has the batch
// axes, then the free ones of a, then those of b.
std::optional<std::size_t> free_axis(const Node& product, std::size_t side, std::size_t result_axis) {
  std::size_t at = product.attributes.get<Integers>("batch_a").size();
  for (std::size_t s = 0; s <= side; ++s)
    for (std::size_t axis = 0; axis < product.inputs[s].rank(); ++axis) {
      if (holds(product.attributes.get<Integers>(sides[s].batch), axis) ||
          holds(product.attributes.get<Integers>(sides[s].contract), axis))
        continue;
      if (at++ == result_axis && s == side) return axis;
    }
  return std::nullopt;
}

// The side of a product whose operand is a concatenation along a contracted axis of known parts and others, the other
// operand being a constant of the loop.
std::optional<std::size_t> concatenated_side(const Node& product, const std::vector<BodyNode>& facts) {
  for (std::size_t side : {0, 1}) {
    const Node& operand = product.inputs[side].node();
    if (!is_op(operand, "concat") || !facts[index_of(product.inputs[1 - side])].is_constant) continue;
    std::size_t axis = axis_of(operand, product.inputs[side].rank()), known = 0;
    for (const Value& part : operand.inputs) known += facts[index_of(part)].is_known ? 1 : 0;
    bool is_mixed = known > 0 && known < operand.inputs.size();
    if (is_mixed && holds(product.attributes.get<Integers>(sides[side].contract), axis)) return side;
  }
  return std::nullopt;
}

class SplitProducts : public Rewriter {
 public:
  std::int64_t split_count() const { return split_count_; }

 protected:
  void begin(const Graph& source, Graph&) override {
    for (const Node& node : source.nodes())
      if (node.kind == NodeKind::operation && node.op == &scan_op) {
        ScanView scan(node);
        facts_[&scan.body()] = examine(scan);
      }
  }

  Values replace(const Graph& source, std::int32_t index, Node node, Graph& target) override {
    auto found = facts_.find(&source);
    if (found == facts_.end()) return append_node(node, target);
    const Node& before = source.node(index);
    if (is_op(before, "dot_general")) {
      if (auto side = concatenated_side(before, found->second.nodes)) return {sum_of_parts(node, *side, target)};
    } else if (is_op(before, "split") && is_op(before.inputs[0].node(), "dot_general")) {
      if (auto side = weight_side(source, index, found->second)) return products_of_parts(node, *side, target);
    }
    return append_node(node, target);
  }

 private:
  // The side of the product behind a split that is a weight cut by it, when the product has no other reader and parts
  // of both kinds are read.
  static std::optional<std::size_t> weight_side(const Graph& source, std::int32_t split, const BodyFacts& body) {
    const std::vector<BodyNode>& facts = body.nodes;
    const Node& node = source.node(split);
    const Value& product = node.inputs[0];
    std::vector<bool> is_read(node.types.size()), feeds_carry(node.types.size());
    for (std::size_t i = 0; i < source.nodes().size(); ++i)
      for (const Value& input : source.nodes()[i].inputs) {
        if (input.node_index() == product.node_index() && static_cast<std::int32_t>(i) != split) return std::nullopt;
        if (input.node_index() != split) continue;
        auto part = static_cast<std::size_t>(input.output_index());
        is_read[part] = true;
        feeds_carry[part] = feeds_carry[part] || facts[i].feeds_carry;
      }
    for (std::size_t i = 0; i < source.outputs().size(); ++i) {
      const Value& output = source.outputs()[i].value;
      if (output.node_index() == product.node_index()) return std::nullopt;
      if (output.node_index() != split) continue;
      auto part = static_cast<std::size_t>(output.output_index());
      is_read[part] = true;
      feeds_carry[part] = feeds_carry[part] || i < body.num_carries;
    }
    bool any_fed = false, any_free = false;
    for (std::size_t part = 0; part < is_read.size(); ++part) {
      any_fed = any_fed || feeds_carry[part];
      any_free = any_free || (is_read[part] && !feeds_carry[part]);
    }
    if (!any_fed || !any_free) return std::nullopt;
    std::size_t axis = axis_of(node, product.rank());
    for (std::size_t side : {0, 1})
      if (free_axis(product.node(), side, axis) && facts[index_of(product.node().inputs[side])].is_constant)
        return side;
    return std::nullopt;
  }

  static Value part_of_operand(const Value& operand, std::size_t axis, const Dim& begin, const Dim& size) {
    return slice(operand, static_cast<std::int64_t>(axis), begin, begin + size);
  }

  Value sum_of_parts(const Node& product, std::size_t side, Graph& target) {
    ++split_count_;
    const Node concat = product.inputs[side].node();
    std::size_t axis = axis_of(concat, product.inputs[side].rank());
    const auto& contract = product.attributes.get<Integers>(sides[side].contract);
    auto pair = std::find(contract.begin(), contract.end(), static_cast<std::int64_t>(axis)) - contract.begin();
    auto other_axis = static_cast<std::size_t>(
        product.attributes.get<Integers>(sides[1 - side].contract)[static_cast<std::size_t>(pair)]);
    Value sum;
    Dim begin = 0;
    for (const Value& part : concat.inputs) {
      Node one = product;
      Dim size = part.shape()[axis];
      one.inputs[side] = part;
      one.inputs[1 - side] = part_of_operand(product.inputs[1 - side], other_axis, begin, size);
      begin = begin + size;
      Value result = append_node(one, target)[0];
      sum = sum ? sum + result : result;
    }
    return sum;
  }

  Values products_of_parts(const Node& split, std::size_t side, Graph& target) {
    ++split_count_;
    const Node product = split.inputs[0].node();
    std::size_t axis = *free_axis(product, side, axis_of(split, split.inputs[0].rank()));
    Values results;
    Dim begin = 0;
    for (const Dim& size : split.attributes.get<Dims>("sizes")) {
      Node one = product;
      one.inputs[side] = part_of_operand(product.inputs[side], axis, begin, size);
      begin = begin + size;
      results.push_back(append_node(one, target)[0]);
    }
    return results;
  }

  std::map<const Graph*, BodyFacts> facts_;
  std::int64_t split_count_ = 0;
};

}  // namespace

PassResult split_products(std::unique_ptr<Module>& module, std::string_view function) {
  SplitProducts pass;
  auto rewritten = pass.run(*module, function);
  if (pass.split_count() == 0) return {};
  module = std::move(rewritten);
  return {pass.split_count(), "split " + count_text(pass.split_count(), "product")};
}

}  // namespace gradloom
