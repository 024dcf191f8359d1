// Compiling: a copy of the function, the passes over it, its program.
#include "base/error.h"
#include "graph/rewrite.h"
#include "runtime/compiled_function.h"
#include "runtime/passes.h"

namespace gradloom {

CompiledFunction::CompiledFunction(const Module& source, std::string_view function, const CompileOptions& options)
    : module(extract_function(source, function)), overwrites(options.overwrite) {
  if (options.optimize) reports = run_passes(module, function, options.without);
  graph = &module->function(function);
  program = std::make_unique<Program>(*graph, sizes, ProgramOptions{.overwrite = options.overwrite});
  symbols = sizes.symbols();
  for (std::size_t i = 0; i < graph->inputs().size(); ++i) {
    const Dims& shape = graph->inputs()[i].shape();
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      auto symbol = shape[axis].symbol();
      for (std::size_t s = 0; symbol && s < symbols.size(); ++s)
        if (symbols[s] == *symbol) axes_.push_back({i, axis, s});
    }
  }
}

void CompiledFunction::bind_symbols(const std::vector<const Tensor*>& inputs,
                                    std::vector<std::int64_t>& symbol_sizes) const {
  symbol_sizes.assign(symbols.size(), -1);
  for (const BindingAxis& axis : axes_)
    if (axis.axis < inputs[axis.input]->shape().size())
      symbol_sizes[axis.symbol] = inputs[axis.input]->shape()[axis.axis];
}

Binding CompiledFunction::binding(const std::vector<std::int64_t>& symbol_sizes) const {
  Binding binding;
  for (std::size_t i = 0; i < symbols.size(); ++i)
    if (symbol_sizes[i] >= 0) binding[symbols[i]] = symbol_sizes[i];
  return binding;
}

Executable::Executable() = default;
Executable::~Executable() = default;

std::shared_ptr<const Executable> Executable::compile(const Module& module, std::string_view function,
                                                      const CompileOptions& options) {
  std::shared_ptr<Executable> executable(new Executable);
  executable->state_ = std::make_unique<State>(module, function, options);
  return executable;
}

const std::string& Executable::function() const { return state_->compiled->graph->name(); }
const Graph& Executable::graph() const { return *state_->compiled->graph; }
const std::vector<PassReport>& Executable::reports() const { return state_->compiled->reports; }

}  // namespace gradloom
