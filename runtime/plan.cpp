// Binding sizes, and the results' way out of a plan.
#include "runtime/plan.h"

#include <cstring>

#include "base/error.h"
#include "runtime/profile.h"

namespace gradloom {

Plan::Plan(std::shared_ptr<const CompiledFunction> function, std::vector<std::int64_t> symbol_sizes)
    : function_(std::move(function)), symbol_sizes_(std::move(symbol_sizes)) {
  sizes_.table = &function_->sizes;
  sizes_.binding = function_->binding(symbol_sizes_);
  sizes_.values = function_->sizes.evaluate(sizes_.binding);
  bound_ = std::make_unique<BoundProgram>(program(), sizes_);
  if (program().updates().empty()) keepable_ = bound_->keepable_variables();
  for (std::int32_t input : program().inputs()) input_shapes_.push_back(bound_->shape(input));
  for (const ProgramOutput& output : program().outputs()) {
    outputs_.emplace_back(program().value(output.value).dtype, bound_->shape(output.value));
    if (output.is_direct) bound_->point(output.value, outputs_.back().mutable_data());
  }
  for (const ProgramOutput& update : program().updates()) {
    bool is_variable = false;
    for (const auto& [node, value] : program().variables())
      is_variable = is_variable || program().value(value).storage == program().value(update.value).storage;
    staged_.emplace_back(program().value(update.value).dtype, is_variable ? bound_->shape(update.value) : Shape{0});
  }
}

bool Plan::accepts(const std::vector<const Tensor*>& inputs) const {
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i]->dtype() != program().value(program().inputs()[i]).dtype || inputs[i]->shape() != input_shapes_[i])
      return false;
  return true;
}

void Plan::relocate(std::byte* arena) {
  if (arena_ == arena) return;
  arena_ = arena;
  bound_->relocate(arena);
}

void Plan::renew_outputs() {
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    if (!outputs_[i].is_shared()) continue;
    outputs_[i] = Tensor(outputs_[i].dtype(), outputs_[i].shape());
    if (program().outputs()[i].is_direct) bound_->point(program().outputs()[i].value, outputs_[i].mutable_data());
  }
}

void Plan::run(PlanHost& host) {
  host.reset();
  host.set_sizes(sizes_);
  if (Profile* profile = host.profile()) {
    profile->begin_run(program().graph());
    bound_->run(host);
    profile->end_run();
  } else {
    bound_->run(host);
  }
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    const ProgramOutput& output = program().outputs()[i];
    if (!output.is_direct && outputs_[i].bytes() > 0)
      std::memcpy(outputs_[i].mutable_data(), bound_->pointer(output.value), outputs_[i].bytes());
  }
  // Variables change one after another; a value that is itself a variable is read before any of them does.
  for (std::size_t i = 0; i < staged_.size(); ++i)
    if (staged_[i].bytes() > 0)
      std::memcpy(staged_[i].mutable_data(), bound_->pointer(program().updates()[i].value), staged_[i].bytes());
}

const void* Plan::update(std::size_t index) const {
  if (staged_[index].bytes() > 0) return staged_[index].data();
  return bound_->pointer(program().updates()[index].value);
}

}  // namespace gradloom
