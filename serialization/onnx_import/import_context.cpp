// What all graphs of one import share, as declared in import_scope.h, and import_onnx, which begins with the model's
// own graph.
#include <algorithm>

#include "runtime/passes.h"
#include "serialization/module_json.h"
#include "serialization/onnx/onnx_tensor.h"
#include "serialization/onnx_import/import_scope.h"
#include "serialization/onnx_import/known_values.h"
#include "serialization/onnx_import/onnx_structure.h"
#include "serialization/utf8.h"

namespace gradloom {

namespace {

std::string quoted(const std::string& name) { return concat_text('"', shown_text(name), '"'); }

template <class... Parts>
[[noreturn]] void refuse(const Parts&... parts) {
  throw OnnxImportError(concat_text(parts...), true);
}

std::string given_text(const Tensor& tensor) {
  return concat_text(name_of(tensor.dtype()), " ", shape_text(tensor.shape()));
}

// What the nodes of a file may become: a short file may say the same thing often.
constexpr std::size_t most_made = 16;  // operations, constants and inputs of bodies for each node that may be imported
constexpr std::int64_t most_folded = std::int64_t{1} << 26;
constexpr std::size_t most_in_sequences = std::size_t{1} << 22;

// Names of scales and regions of Resize: floats, but numbers that its shape depends on, never parameters.
void collect_shaping(const std::vector<onnx::Node>& nodes, std::unordered_set<std::string>& names) {
  for (const onnx::Node& node : nodes) {
    if (node.op == "Resize" || node.op == "Upsample")
      for (std::size_t i = 1; i < node.inputs.size(); ++i) names.insert(node.inputs[i]);
    for (const onnx::Attribute& attribute : node.attributes)
      for (const onnx::Graph& graph : attribute.graphs) collect_shaping(graph.nodes, names);
  }
}

class ModelImport {
 public:
  ModelImport(const onnx::Model& model, const OnnxImportOptions& options)
      : model_(model),
        options_(options),
        module_(std::make_unique<Module>()),
        context_(model, options, module_->add_function("main"), weights_),
        scope_(context_, model.opsets) {}

  OnnxImport run() {
    check_statics();
    // Inputs first, so that they keep their names; variables before any node takes one of theirs.
    for (const onnx::ValueInfo& input : model_.graph.inputs)
      if (!context_.has_initializer(input.name)) import_input(input);
    scope_.import_initializers(model_.graph);
    scope_.import_nodes(model_.graph.nodes);
    Values outputs = scope_.outputs_of(model_.graph);
    LegalNames names(legal_name);
    for (std::size_t i = 0; i < outputs.size(); ++i)
      context_.function().output(names.of(model_.graph.outputs[i].name), outputs[i]);
    if (outputs.empty()) refuse(options_.name, ": the graph has no output");
    drop_unused(module_, "main");
    check_readable();
    auto renamed = context_.names().changed(), outputs_renamed = names.changed();
    renamed.insert(renamed.end(), outputs_renamed.begin(), outputs_renamed.end());
    return {std::move(module_), std::move(weights_), std::move(renamed), context_.passed_over()};
  }

 private:
  // The limits on what a file may hold are of the file as it is read again, so reading tells whether they are kept.
  void check_readable() const {
    ModuleJson json = write_module_json(*module_);
    ModuleLimits limits;
    limits.nodes = std::max(limits.nodes, options_.limits.nodes);
    try {
      read_module_json(json.text, "module.json", json.constants, limits);
    } catch (const UserError& error) {
      refuse(options_.name, ": what it becomes could not be read again: ", error.what());
    }
  }

  void check_statics() const {
    std::vector<std::string> names;
    for (const onnx::ValueInfo& input : model_.graph.inputs)
      if (!context_.has_initializer(input.name)) names.push_back(input.name);
    for (const auto& [name, tensor] : options_.static_inputs)
      if (std::ranges::find(names, name) == names.end())
        refuse(options_.name, ": the graph has no input ", quoted(name), did_you_mean(name, names));
  }

  void import_input(const onnx::ValueInfo& input) {
    std::string what = concat_text(options_.name, ": the input ", quoted(input.name));
    if (!input.type) refuse(what, " has no type");
    const onnx::Type& declared = *input.type;
    if (!declared.container.empty()) refuse(what, " is a ", shown_text(declared.container), ", not a tensor");
    std::optional<DType> dtype = held_dtype(declared.element);
    if (!dtype) refuse(what, " holds ", name_of(declared.element), ", which no tensor of ours holds");
    auto given = options_.static_inputs.find(input.name);
    if (given != options_.static_inputs.end()) {
      check_static(what, declared, *dtype, given->second);
      scope_.define(input.name, context_.function().constant(given->second));
      return;
    }
    if (!declared.shape) refuse(what, " does not say how many axes it has");
    Dims shape;
    for (std::size_t axis = 0; axis < declared.shape->size(); ++axis)
      shape.push_back(context_.declared_size((*declared.shape)[axis], input.name, axis));
    scope_.define(input.name, context_.function().input(context_.names().of(input.name), *dtype, std::move(shape)));
  }

  static void check_static(const std::string& what, const onnx::Type& declared, DType dtype, const Tensor& tensor) {
    bool fits = tensor.dtype() == dtype;
    std::string shape;
    if (declared.shape) {
      fits = fits && declared.shape->size() == tensor.shape().size();
      for (std::size_t axis = 0; axis < declared.shape->size(); ++axis) {
        const onnx::Dim& dim = (*declared.shape)[axis];
        shape += concat_text(axis > 0 ? ", " : "", dim.value           ? concat_text(*dim.value)
                                                   : dim.param.empty() ? "?"
                                                                       : shown_text(dim.param));
        fits = fits && (!dim.value || *dim.value < 0 || *dim.value == tensor.shape()[axis]);
      }
      shape = concat_text(" [", shape, "]");
    }
    if (!fits) refuse(what, " is ", name_of(dtype), shape, ", but the value given for it is ", given_text(tensor));
  }

  const onnx::Model& model_;
  const OnnxImportOptions& options_;
  std::unique_ptr<Module> module_;
  TensorMap weights_;
  ImportContext context_;
  ImportScope scope_;
};

}  // namespace

ImportContext::ImportContext(const onnx::Model& model, const OnnxImportOptions& options, Graph& function,
                             TensorMap& weights)
    : model_(model), options_(options), function_(function), weights_(weights) {
  for (const onnx::Function& one : model.functions) {
    functions_[{canonical_domain(one.domain), one.name, one.overload}] = &one;
    collect_shaping(one.nodes, shaping_);
  }
  collect_shaping(model.graph.nodes, shaping_);
  for (const onnx::Tensor& tensor : model.graph.initializers) initializers_.insert(tensor.name);
  for (const onnx::ValueInfo& input : model.graph.inputs) {
    bool is_input = !initializers_.contains(input.name) && !options.static_inputs.contains(input.name);
    if (!is_input || !input.type || !input.type->shape) continue;
    for (const onnx::Dim& dim : *input.type->shape)
      if (legal_symbol(dim.param) == dim.param) sizes_.insert(dim.param);
  }
}

Value ImportContext::initializer(const onnx::Tensor& tensor) {
  std::string what = concat_text(options_.name, ": the initializer ", quoted(tensor.name));
  if (!held_dtype(tensor.type)) refuse(what, " holds ", name_of(tensor.type), ", which no tensor of ours holds");
  Tensor value = tensor_from_onnx(tensor);
  bool is_parameter = is_float(value.dtype()) && value.rank() > 0 && !shaping_.contains(tensor.name);
  if (!is_parameter) return graph().constant(std::move(value));
  // Another body may have an initializer of this name: the same one, when a body is written out again, or its own.
  std::vector<std::string>& known = variables_[tensor.name];
  for (const std::string& name : known)
    if (weights_.at(name).identical(value)) return function_.variable(name);
  std::string name = known.empty() ? names_.of(tensor.name) : names_.another(tensor.name);
  // Its node may not take the name of one that is there, as a node's before the body that this stands in.
  while (function_.find_node(name) >= 0) name = known.empty() ? names_.again(tensor.name) : names_.another(tensor.name);
  known.push_back(name);
  function_.module().add_variable({name, value.dtype(), value.shape(), Role::parameter, constant_fill(0)});
  weights_.insert_or_assign(name, std::move(value));
  return function_.variable(name);
}

Dim ImportContext::declared_size(const onnx::Dim& dim, const std::string& input, std::size_t axis) {
  // Old writers say -1 where they mean that the size is not known.
  if (dim.value && *dim.value >= 0) return *dim.value;
  if (dim.value && *dim.value != -1)
    refuse(options_.name, ": the input ", quoted(input), ": axis ", axis, " has the size ", *dim.value);
  if (dim.value || dim.param.empty() || dim.param == "-1") return Dim(symbols_.another(concat_text(input, "_", axis)));
  try {
    // Sums and products are taken as such where the axes of inputs tell all of their symbols.
    Dim parsed = Dim::parse(dim.param);
    bool is_told = std::ranges::all_of(parsed.symbols(), [&](const std::string& symbol) {
      return sizes_.contains(symbol) && symbols_.of(symbol) == symbol;
    });
    bool is_size = !parsed.is_constant() || parsed.constant() >= 0;
    if (is_told && is_size && !parsed.symbol()) return parsed;
  } catch (const UserError&) {
    // A name of other letters.
  }
  return Dim(symbols_.of(dim.param));
}

const onnx::Function* ImportContext::find_function(const onnx::Node& node) const {
  auto found = functions_.find({canonical_domain(node.domain), node.op, node.overload});
  return found == functions_.end() ? nullptr : found->second;
}

void ImportContext::count_node(const std::string& place) {
  const OnnxImportLimits& limits = options_.limits;
  if (++nodes_ > limits.nodes)
    refuse(place, ": with bodies and functions written out the model has more than the limit of ", limits.nodes,
           " nodes");
}

void ImportContext::count_made(const Graph& graph, std::size_t nodes, std::size_t bodies, const std::string& place) {
  made_ += graph.nodes().size() - nodes;
  for (std::size_t i = nodes; i < graph.nodes().size(); ++i)
    if (graph.nodes()[i].kind == NodeKind::constant) elements_ += graph.nodes()[i].literal.size();
  const auto& all = graph.module().bodies();
  for (std::size_t i = bodies; i < all.size(); ++i) made_ += all[i]->nodes().size();
  std::size_t nodes_allowed = std::max(options_.limits.nodes, OnnxImportLimits().nodes);
  if (made_ / most_made > nodes_allowed)
    refuse(place, ": the operations that the nodes become are more than the limit of ", most_made, " for each of ",
           nodes_allowed, " nodes");
  if (elements_ > options_.limits.elements)
    refuse(place, ": the constants that the nodes become have more than the limit of ", options_.limits.elements,
           " elements");
}

void ImportContext::count_sequence(std::size_t tensors) {
  in_sequences_ += tensors;
  if (in_sequences_ > most_in_sequences)
    refuse(options_.name, ": its sequences hold more than the limit of ", most_in_sequences, " tensors together");
}

Value ImportContext::folded(const Value& value, std::size_t first) {
  if (folded_ > most_folded) return value;
  Value result = fold_value(value, first);
  if (result != value) folded_ += result.node().literal.size();
  return result;
}

ImportContext::Level::Level(ImportContext& context, const std::string& place) : context_(context) {
  if (context.depth_ >= context.options_.limits.depth)
    refuse(place, ": bodies and functions inside each other are more than the limit of ",
           context.options_.limits.depth);
  ++context.depth_;
}

OnnxImport import_onnx(const onnx::Model& model, const OnnxImportOptions& options) {
  check_structure(model, options.name);
  return ModelImport(model, options).run();
}

}  // namespace gradloom
