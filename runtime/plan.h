// Plan: a compiled function under one binding of its sizes, ready to run: its bound program, the buffers of its
// results, and where new values of variables come from.
#pragma once

#include <memory>
#include <vector>

#include "runtime/bound_program.h"
#include "runtime/compiled_function.h"

namespace gradloom {

class Plan {
 public:
  Plan(std::shared_ptr<const CompiledFunction> function, std::vector<std::int64_t> symbol_sizes);

  const std::vector<std::int64_t>& symbol_sizes() const { return symbol_sizes_; }
  /// Whether these tensors have the dtypes and shapes of the inputs.
  bool accepts(const std::vector<const Tensor*>& inputs) const;

  std::size_t arena_bytes() const { return bound_->bytes(); }
  /// Nothing happens when the memory is where it was.
  void relocate(std::byte* arena);
  void point_input(std::size_t index, const Tensor& tensor) {
    bound_->point(program().inputs()[index], const_cast<void*>(tensor.data()));
  }
  /// In the order of program().variables().
  void point_variable(std::size_t index, const Tensor& tensor) {
    bound_->point(program().variables()[index].second, const_cast<void*>(tensor.data()));
  }
  /// Whether update `index` is written to its variable's memory, which must then be given before each run.
  bool overwrites(std::size_t index) const { return program().updates()[index].is_direct; }
  void point_update(std::size_t index, void* memory) { bound_->point(program().updates()[index].value, memory); }
  /// Results of an earlier run that someone still holds stay as they are: new buffers take their place.
  void renew_outputs();
  void run(PlanHost& host);

  /// Products that can keep a variable from run to run in the form in which they multiply it; none in a function that
  /// gives variables new values.
  const std::vector<BoundProgram::Keepable>& keepable() const { return keepable_; }
  void keep(const BoundProgram::Keepable& product, KeepingHost::Kept kept) { bound_->keep(product, kept); }

  const std::vector<Tensor>& outputs() const { return outputs_; }
  const Program& program() const { return *function_->program; }
  /// The new value of update `index`, in the order of the graph's updates; valid until the next run.
  const void* update(std::size_t index) const;

 private:
  std::shared_ptr<const CompiledFunction> function_;
  std::vector<std::int64_t> symbol_sizes_;
  BoundSizes sizes_;
  std::unique_ptr<BoundProgram> bound_;
  std::vector<BoundProgram::Keepable> keepable_;
  std::vector<Shape> input_shapes_;
  std::vector<Tensor> outputs_;
  std::vector<Tensor> staged_;  // of updates that are another variable's old value
  std::byte* arena_ = nullptr;
};

}  // namespace gradloom
