// Node by node with each op's own kernel: the reference execution.
#include "runtime/interpreter.h"

#include <cstring>
#include <list>

#include "base/error.h"
#include "graph/op_def.h"
#include "tensor/threads.h"

namespace gradloom {

namespace {

std::vector<std::string> input_names(const Graph& function) {
  std::vector<std::string> names;
  for (const Value& input : function.inputs()) names.push_back(input.node().name);
  return names;
}

class Interpreter : public KernelHost {
 public:
  explicit Interpreter(Binding binding) : binding_(std::move(binding)) {}

  // `values[node]` holds the node's results; leaves are filled in by the caller.
  void run(const Graph& graph, std::vector<std::vector<Tensor>>& values) {
    for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
      const Node& node = graph.nodes()[i];
      if (node.kind == NodeKind::constant) values[i] = {node.literal};
      if (node.kind != NodeKind::operation) continue;
      std::vector<TensorView> inputs, outputs;
      for (const Value& input : node.inputs) inputs.push_back(std::as_const(tensor_of(values, input)).view());
      for (const Type& type : node.types) values[i].emplace_back(type.dtype, evaluate_shape(type.shape));
      for (Tensor& tensor : values[i]) outputs.push_back(tensor.view());
      std::size_t before = scratch_.size();
      Kernel kernel(node, std::move(inputs), std::move(outputs));
      kernel.set_host(*this);
      ensure(node.op->kernel != nullptr, node.op->name, " has no kernel");
      node.op->kernel(kernel);
      scratch_.resize(before);
    }
  }

  static Tensor& tensor_of(std::vector<std::vector<Tensor>>& values, const Value& value) {
    return values[static_cast<std::size_t>(value.node_index())][static_cast<std::size_t>(value.output_index())];
  }

  void* scratch(std::size_t bytes) override {
    scratch_.push_back(allocate_bytes(bytes));
    return scratch_.back().get();
  }
  std::int64_t evaluate(const Dim& dim) override { return dim.evaluate(binding_); }
  ThreadPool& threads() override { return threads_; }

  void run_body(const Graph& body, const std::vector<TensorView>& inputs,
                const std::vector<TensorView>& outputs) override {
    std::vector<std::vector<Tensor>> values(body.nodes().size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      Tensor tensor(inputs[i].dtype, inputs[i].shape);
      std::memcpy(tensor.mutable_data(), inputs[i].data, tensor.bytes());
      values[static_cast<std::size_t>(body.inputs()[i].node_index())] = {std::move(tensor)};
    }
    run(body, values);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const Tensor& result = tensor_of(values, body.outputs()[i].value);
      std::memcpy(outputs[i].data, result.data(), result.bytes());
    }
  }

 private:
  Shape evaluate_shape(const Dims& dims) const { return gradloom::evaluate(dims, binding_); }
  Binding binding_;
  std::list<std::shared_ptr<std::byte>> scratch_;
  ThreadPool threads_{1};
};

}  // namespace

Binding bind_inputs(const Graph& function, const TensorMap& inputs) {
  Binding binding;
  for (const auto& [name, tensor] : inputs) {
    std::vector<std::string> names = input_names(function);
    bool known = std::find(names.begin(), names.end(), name) != names.end();
    require(known, Fault::input, function.name(), " has no input \"", name, "\"", did_you_mean(name, names));
  }
  // Plain symbols first, so that compound sizes can be compared wherever they stand.
  for (bool plain : {true, false}) {
    for (const Value& input : function.inputs()) {
      const std::string& name = input.node().name;
      auto found = inputs.find(name);
      require(found != inputs.end(), Fault::input, function.name(), " needs the input \"", name,
              "\": ", input.type().text());
      const Tensor& tensor = found->second;
      std::string given = concat_text("input \"", name, "\" of ", function.name(), " is ", name_of(tensor.dtype()), " ",
                                      shape_text(tensor.shape()), " but ", input.type().text(), " is needed");
      require(tensor.dtype() == input.dtype() && tensor.shape().size() == input.rank(), Fault::input, given);
      for (std::size_t axis = 0; axis < input.rank(); ++axis) {
        const Dim& dim = input.shape()[axis];
        std::int64_t size = tensor.shape()[axis];
        auto symbol = dim.symbol();
        if (symbol.has_value() != plain) continue;
        if (symbol) {
          auto [bound, is_new] = binding.emplace(*symbol, size);
          require(is_new || bound->second == size, Fault::input, given, ": ", *symbol, " is ", bound->second,
                  " by another input");
        } else {
          std::int64_t wanted = dim.evaluate(binding);
          require(wanted == size, Fault::input, given, ": axis ", axis, " is ", size, ", not ", wanted);
        }
      }
    }
  }
  return binding;
}

InterpreterResult interpret(const Graph& function, const TensorMap& inputs, const TensorMap& variables) {
  Interpreter interpreter(bind_inputs(function, inputs));
  std::vector<std::vector<Tensor>> values(function.nodes().size());
  for (std::size_t i = 0; i < function.nodes().size(); ++i) {
    const Node& node = function.nodes()[i];
    if (node.kind == NodeKind::input) values[i] = {inputs.find(node.name)->second};
    if (node.kind != NodeKind::variable) continue;
    auto found = variables.find(node.name);
    require(found != variables.end(), Fault::usage, function.name(), " reads the variable \"", node.name,
            "\", which has no value");
    values[i] = {found->second};
  }
  interpreter.run(function, values);
  InterpreterResult result;
  for (const NamedValue& output : function.outputs())
    result.outputs[output.name] = Interpreter::tensor_of(values, output.value);
  for (const NamedValue& update : function.updates())
    result.updates[update.name] = Interpreter::tensor_of(values, update.value);
  return result;
}

}  // namespace gradloom
