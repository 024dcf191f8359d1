// Applies batching rules to nodes and whole bodies.
#include "autodiff/batching.h"

#include <algorithm>

#include "base/error.h"
#include "graph/op_def.h"
#include "graph/rewrite.h"
#include "ops/ops.h"

namespace gradloom {

namespace {

class Engine : public BatchingEngine {
 public:
  explicit Engine(std::string* refused) : refused_(refused) {}
  Values batch(const Graph& body, Graph& target, const Values& inputs, const std::vector<bool>& batched,
               const Dim& size, std::vector<bool>& batched_outputs) override {
    return batch_body(body, target, inputs, batched, size, batched_outputs, refused_);
  }

 private:
  std::string* refused_;
};

Values refuse(const Node& node, std::string* refused) {
  if (refused && refused->empty())
    *refused = concat_text(node.op->name, " has no batching rule for this use\n  in ", node.name);
  return {};
}

}  // namespace

Values batch_node(Graph& graph, const Node& node, const Values& inputs, const std::vector<bool>& batched,
                  const Dim& size, std::string* refused) {
  ensure(std::find(batched.begin(), batched.end(), true) != batched.end(), node.name,
         ": batched without a batched input");
  if (node.op->batching == nullptr) return refuse(node, refused);
  Engine engine(refused);
  Values results = node.op->batching(Batching(engine, graph, node, inputs, batched, size));
  if (results.empty() && !node.types.empty()) return refuse(node, refused);
  ensure(results.size() == node.types.size(), "the batching rule of ", node.op->name, " returned ", results.size(),
         " results, not ", node.types.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    Type wanted = node.types[i];
    wanted.shape.insert(wanted.shape.begin(), size);
    ensure(results[i].type() == wanted, "the batching rule of ", node.op->name, " gave ", results[i].type().text(),
           " where ", wanted.text(), " was due");
  }
  return results;
}

Value accumulate_node(Graph& graph, const Node& node, const Values& inputs, const std::vector<bool>& batched,
                      const Dim& size) {
  if (node.op->accumulation != nullptr) {
    Engine engine(nullptr);
    Values results = node.op->accumulation(Batching(engine, graph, node, inputs, batched, size));
    if (!results.empty()) {
      ensure(results.size() == 1 && results[0].type() == node.types[0], "the accumulation rule of ", node.op->name,
             " gave ", results[0].type().text(), " where ", node.types[0].text(), " was due");
      return results[0];
    }
  }
  Values results = batch_node(graph, node, inputs, batched, size);
  return results.empty() ? Value() : sum(results[0], {0});
}

Values batch_body(const Graph& body, Graph& graph, const Values& inputs, const std::vector<bool>& batched,
                  const Dim& size, std::vector<bool>& batched_outputs, std::string* refused) {
  struct Known {
    Values values;
    bool has_axis = false;
  };
  std::vector<Known> known(body.nodes().size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    known[static_cast<std::size_t>(body.inputs()[i].node_index())] = {{inputs[i]}, batched[i]};
  for (std::size_t i = 0; i < known.size(); ++i) {
    const Node& node = body.nodes()[i];
    if (node.kind == NodeKind::constant) known[i] = {{graph.constant(node.literal)}, false};
    if (node.kind != NodeKind::operation) continue;
    Values own;
    std::vector<bool> axes;
    bool any = false;
    for (const Value& input : node.inputs) {
      const Known& from = known[static_cast<std::size_t>(input.node_index())];
      own.push_back(from.values[static_cast<std::size_t>(input.output_index())]);
      axes.push_back(from.has_axis);
      any = any || from.has_axis;
    }
    if (!any) {
      known[i] = {graph.append_operation(*node.op, std::move(own), node.attributes, node.name), false};
      continue;
    }
    known[i] = {batch_node(graph, node, own, axes, size, refused), true};
    if (known[i].values.empty()) return {};
  }
  Values results;
  batched_outputs.clear();
  for (const NamedValue& output : body.outputs()) {
    const Known& from = known[static_cast<std::size_t>(output.value.node_index())];
    results.push_back(from.values[static_cast<std::size_t>(output.value.output_index())]);
    batched_outputs.push_back(from.has_axis);
  }
  return results;
}

}  // namespace gradloom
