// CompiledFunction: what an Executable holds: the optimised graph, its program and how its inputs bind sizes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/program.h"
#include "runtime/session.h"

namespace gradloom {

struct CompiledFunction {
  CompiledFunction(const Module& source, std::string_view function, const CompileOptions& options);

  /// The sizes of symbols() by the axes of inputs that are plain symbols; -1 where no input has it.
  void bind_symbols(const std::vector<const Tensor*>& inputs, std::vector<std::int64_t>& symbol_sizes) const;
  Binding binding(const std::vector<std::int64_t>& symbol_sizes) const;

  std::unique_ptr<Module> module;
  const Graph* graph = nullptr;
  std::vector<PassReport> reports;
  SizeTable sizes;
  std::unique_ptr<Program> program;
  std::vector<std::string> symbols;
  bool overwrites = true;  ///< results may have taken over the memory of operands

 private:
  struct BindingAxis {
    std::size_t input, axis, symbol;
  };
  std::vector<BindingAxis> axes_;
};

struct Executable::State {
  State(const Module& module, std::string_view function, const CompileOptions& options)
      : compiled(std::make_shared<const CompiledFunction>(module, function, options)) {}
  std::shared_ptr<const CompiledFunction> compiled;
};

}  // namespace gradloom
