// Branches in their plainest form: the branch of a constant condition stands where it was chosen; what is handed in or
// out twice goes once, what both branches hand on not at all; small constants stand in the bodies.
#include <algorithm>

#include "ops/branch.h"
#include "runtime/passes.h"
#include "runtime/passes/rewriter.h"

namespace gradloom {

namespace {

constexpr std::int64_t small_elements = 64;

bool is_small_constant(const Value& value) {
  return value.node().kind == NodeKind::constant && value.node().literal.size() <= small_elements;
}

// The position of an input of the body, or none.
std::optional<std::size_t> input_place(const Graph& body, const Value& value) {
  auto found = std::find(body.inputs().begin(), body.inputs().end(), value);
  if (found == body.inputs().end()) return {};
  return static_cast<std::size_t>(found - body.inputs().begin());
}

// A cond taken apart and put together again.
class BranchTidier {
 public:
  explicit BranchTidier(const Node& node) : node_(node), branch_(node) {
    for (std::size_t i = 0; i < branch_.num_operands(); ++i) {
      Value operand = branch_.operand(i);
      bool is_new = std::find(operands_.begin(), operands_.end(), operand) == operands_.end();
      if (is_small_constant(operand) || !is_new)
        ++spared_;
      else
        operands_.push_back(operand);
    }
    for (std::size_t i = 0; i < branch_.num_results(); ++i) {
      std::size_t first = first_equal_result(i);
      if (first != i || handed_on(i))
        ++spared_;
      else
        results_.push_back(i);
    }
  }

  std::int64_t spared() const { return spared_; }

  Values build(Module& module, Graph& target) const {
    Node made;
    made.op = &cond_op;
    made.name = node_.name;
    made.inputs = {branch_.condition()};
    made.inputs.insert(made.inputs.end(), operands_.begin(), operands_.end());
    for (bool taken : {true, false})
      made.attributes.set(taken ? "then" : "else", static_cast<Body>(&build_body(module, branch_.body(taken))));
    Values kept = append_node(made, target), all;
    for (std::size_t i = 0, next = 0; i < branch_.num_results(); ++i) {
      if (Value operand = handed_on(i))
        all.push_back(operand);
      else if (std::size_t first = first_equal_result(i); first != i)
        all.push_back(Value(all[first]));
      else
        all.push_back(kept[next++]);
    }
    return all;
  }

 private:
  const Value& result(bool taken, std::size_t i) const { return branch_.body(taken).outputs()[i].value; }
  std::size_t first_equal_result(std::size_t i) const {
    std::size_t first = 0;
    while (result(true, first) != result(true, i) || result(false, first) != result(false, i)) ++first;
    return first;
  }
  // The operand that both branches return as result i, or none.
  Value handed_on(std::size_t i) const {
    auto one = input_place(branch_.body(true), result(true, i)),
         other = input_place(branch_.body(false), result(false, i));
    return one && other && branch_.operand(*one) == branch_.operand(*other) ? branch_.operand(*one) : Value();
  }
  Graph& build_body(Module& module, const Graph& source) const {
    Graph& body = module.add_body(source.name(), nullptr);
    ValueMap map;
    Values own;
    for (const Value& operand : operands_) {
      std::size_t place = 0;
      while (branch_.operand(place) != operand) ++place;
      own.push_back(append_input(body, source.inputs()[place].node().name, operand.type()));
    }
    for (std::size_t i = 0; i < branch_.num_operands(); ++i) {
      Value operand = branch_.operand(i);
      if (is_small_constant(operand)) {
        map[source.inputs()[i]] = body.rename(body.constant(operand.node().literal), operand.node().name);
      } else {
        auto place = std::find(operands_.begin(), operands_.end(), operand) - operands_.begin();
        map[source.inputs()[i]] = own[static_cast<std::size_t>(place)];
      }
    }
    copy_nodes(source, body, map);
    for (std::size_t i : results_) body.output(source.outputs()[i].name, map.at(source.outputs()[i].value));
    return body;
  }

  const Node& node_;
  BranchView branch_;
  Values operands_;                   // that stay
  std::vector<std::size_t> results_;  // that stay
  std::int64_t spared_ = 0;
};

// The nodes of a body in the graph around it, in the scope of the node that ran it.
Values inlined(const Graph& body, const Values& operands, std::string_view scope, Graph& target) {
  ValueMap map;
  for (std::size_t i = 0; i < operands.size(); ++i) map[body.inputs()[i]] = operands[i];
  for (std::size_t i = 0; i < body.nodes().size(); ++i) {
    Node node = body.nodes()[i];
    if (node.kind == NodeKind::input) continue;
    node.name = concat_text(scope, "/", node.name);
    Value first(const_cast<Graph&>(body), static_cast<std::int32_t>(i));
    if (node.kind == NodeKind::constant) {
      map[first] = target.rename(target.constant(node.literal), node.name);
      continue;
    }
    for (Value& input : node.inputs) input = map.at(input);
    Values results = append_node(node, target);
    for (std::size_t j = 0; j < results.size(); ++j)
      map[Value(first.graph(), first.node_index(), static_cast<std::int32_t>(j))] = results[j];
  }
  Values results;
  for (const NamedValue& output : body.outputs()) results.push_back(map.at(output.value));
  return results;
}

class Tidier : public Rewriter {
 public:
  std::int64_t spared = 0, chosen = 0;

 protected:
  Values replace(const Graph&, std::int32_t, Node node, Graph& target) override {
    if (node.op != &cond_op) return append_node(node, target);
    BranchView branch(node);
    if (branch.condition().node().kind == NodeKind::constant) {
      ++chosen;
      bool taken = branch.condition().node().literal.values<bool>()[0];
      Values operands(node.inputs.begin() + 1, node.inputs.end());
      return inlined(branch.body(taken), operands, node.name, target);
    }
    BranchTidier tidier(node);
    spared += tidier.spared();
    return tidier.spared() > 0 ? tidier.build(target_module(), target) : append_node(node, target);
  }
};

}  // namespace

PassResult tidy_branches(std::unique_ptr<Module>& module, std::string_view function) {
  Tidier tidier;
  auto result = tidier.run(*module, function);
  if (tidier.spared == 0 && tidier.chosen == 0) return {};
  module = std::move(result);
  std::string text;
  if (tidier.chosen > 0) text = "chose " + count_text(tidier.chosen, "branch") + " when compiling";
  if (tidier.spared > 0)
    text += concat_text(text.empty() ? "" : ", ", "spared branches ", tidier.spared,
                        tidier.spared == 1 ? " operand or result" : " operands or results");
  return {tidier.chosen + tidier.spared, text};
}

}  // namespace gradloom
