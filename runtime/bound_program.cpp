// Building kernels from steps, laying out the memory and walking over the kernels.
#include "runtime/bound_program.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "runtime/bound_fused.h"
#include "runtime/bound_loop.h"
#include "runtime/finite_check.h"
#include "runtime/fused_op.h"
#include "runtime/memory_plan.h"
#include "runtime/product_ops.h"
#include "runtime/profile.h"

namespace gradloom {

namespace {
// What is packed is read once for every so many rows: with more of them packing counts for nothing.
constexpr std::int64_t most_rows_that_keep = 256;
}  // namespace

struct BoundProgram::Instruction {
  explicit Instruction(Kernel k) : kernel(std::move(k)) {}
  Kernel kernel;
  std::unique_ptr<BoundLoop> loop;
  std::unique_ptr<BoundFused> fused;
  std::vector<std::unique_ptr<BoundProgram>> branches;
  std::size_t workspace = 0;  // where in the program's memory loop and branches have theirs
  std::size_t workspace_bytes = 0;
  std::size_t kept_bytes = 0;
  KeepingHost::Kept kept;
};

BoundProgram::BoundProgram(const Program& program, const BoundSizes& sizes) : program_(program), sizes_(sizes) {
  build_instructions();
  collect_places();
  place_memory();
  for (const auto& [node, value] : program_.literals()) point(value, const_cast<void*>(node->literal.data()));
}

BoundProgram::~BoundProgram() = default;

std::size_t BoundProgram::bytes_of(std::int32_t value) const {
  std::int64_t count = 1;
  for (std::int32_t size : program_.value(value).shape) count *= sizes_.of(size);
  return static_cast<std::size_t>(count) * size_of(program_.value(value).dtype);
}

void BoundProgram::build_instructions() {
  auto views = [&](const std::vector<std::int32_t>& values) {
    std::vector<TensorView> result;
    result.reserve(values.size());
    for (std::int32_t value : values) {
      result.push_back({program_.value(value).dtype, shape(value), nullptr});
      element_count(result.back().shape);
    }
    return result;
  };
  instructions_.reserve(program_.steps().size());
  for (const ProgramStep& step : program_.steps()) {
    Instruction& made = instructions_.emplace_back(Kernel(*step.node, views(step.inputs), views(step.outputs)));
    if (step.loop) {
      made.loop = std::make_unique<BoundLoop>(*step.loop, *step.node, sizes_);
      made.workspace_bytes = made.loop->bytes();
      continue;
    }
    if (step.node->op == &fused_op) {
      made.fused = std::make_unique<BoundFused>(made.kernel);
      continue;
    }
    ensure(step.node->op->kernel != nullptr, step.node->op->name, " has no kernel");
    for (const auto& branch : step.branches) {
      made.branches.push_back(std::make_unique<BoundProgram>(*branch, sizes_));
      made.workspace_bytes += made.branches.back()->bytes();
    }
  }
}

void BoundProgram::collect_places() {
  std::size_t count = program_.storages().size();
  pointers_.assign(count, nullptr);
  auto for_each_view = [&](auto&& f) {
    for (std::size_t i = 0; i < instructions_.size(); ++i) {
      const ProgramStep& step = program_.steps()[i];
      for (std::size_t j = 0; j < step.inputs.size(); ++j) f(step.inputs[j], instructions_[i].kernel.inputs()[j]);
      for (std::size_t j = 0; j < step.outputs.size(); ++j) f(step.outputs[j], instructions_[i].kernel.outputs()[j]);
    }
  };
  auto storage_of = [&](std::int32_t value) { return static_cast<std::size_t>(program_.value(value).storage); };
  first_place_.assign(count + 1, 0);
  for_each_view([&](std::int32_t value, TensorView&) { ++first_place_[storage_of(value) + 1]; });
  for (std::size_t i = 0; i < count; ++i) first_place_[i + 1] += first_place_[i];
  places_.resize(first_place_[count]);
  std::vector<std::size_t> next(first_place_.begin(), first_place_.end() - 1);
  for_each_view([&](std::int32_t value, TensorView& view) { places_[next[storage_of(value)]++] = &view.data; });
}

void BoundProgram::place_memory() {
  std::vector<BufferLife> lives;
  std::vector<std::size_t> storage_of_life;
  for (std::size_t i = 0; i < program_.storages().size(); ++i) {
    const Storage& storage = program_.storages()[i];
    if (!storage.in_arena) continue;
    lives.push_back({bytes_of(storage.value), storage.first, storage.last});
    storage_of_life.push_back(i);
  }
  std::size_t num_storages = lives.size();
  for (std::size_t i = 0; i < instructions_.size(); ++i)
    if (instructions_[i].workspace_bytes > 0)
      lives.push_back({instructions_[i].workspace_bytes, static_cast<std::int32_t>(i), static_cast<std::int32_t>(i)});
  MemoryPlan plan = plan_memory(lives);
  bytes_ = plan.bytes;
  offsets_.assign(program_.storages().size(), 0);
  for (std::size_t i = 0; i < num_storages; ++i) offsets_[storage_of_life[i]] = plan.offsets[i];
  for (Instruction& instruction : instructions_)
    if (instruction.workspace_bytes > 0) instruction.workspace = plan.offsets[num_storages++];
}

void BoundProgram::relocate(std::byte* memory) {
  for (std::size_t i = 0; i < program_.storages().size(); ++i)
    if (program_.storages()[i].in_arena) set_pointer(i, memory + offsets_[i]);
  for (Instruction& instruction : instructions_) {
    std::byte* workspace = memory + instruction.workspace;
    if (instruction.loop) instruction.loop->relocate(workspace);
    for (auto& branch : instruction.branches) {
      branch->relocate(workspace);
      workspace += branch->bytes();
    }
  }
}

void BoundProgram::keep_constants(std::size_t first_constant) {
  const std::vector<std::int32_t>& inputs = program_.inputs();
  for (std::size_t i = 0; i < instructions_.size(); ++i) {
    const ProgramStep& step = program_.steps()[i];
    if (!is_product(*step.node)) continue;
    auto constants = inputs.begin() + static_cast<std::ptrdiff_t>(first_constant);
    if (std::find(constants, inputs.end(), step.inputs[1]) != inputs.end())
      instructions_[i].kept_bytes = kept_bytes_of_product(instructions_[i].kernel);
  }
}

void BoundProgram::take_kept(PlanHost& host) {
  for (Instruction& instruction : instructions_)
    instruction.kept = {instruction.kept_bytes > 0 ? host.scratch(instruction.kept_bytes) : nullptr, false};
}

std::vector<BoundProgram::Keepable> BoundProgram::keepable_variables() const {
  std::vector<Keepable> found;
  for (std::size_t i = 0; i < instructions_.size(); ++i) {
    const ProgramStep& step = program_.steps()[i];
    if (!is_product(*step.node)) continue;
    auto variable =
        std::ranges::find(program_.variables(), step.inputs[1], [](const auto& known) { return known.second; });
    const Kernel& kernel = instructions_[i].kernel;
    if (variable == program_.variables().end() || kernel.output().shape.size() != 2 ||
        kernel.output().shape[0] > most_rows_that_keep)
      continue;
    std::size_t bytes = kept_bytes_of_product(kernel);
    if (bytes == 0) continue;
    Keepable product{i, static_cast<std::size_t>(variable - program_.variables().begin()), bytes,
                     kernel.attribute<std::vector<std::int64_t>>("contract_b").front()};
    // One form of a variable is kept at a time.
    bool clashes = std::ranges::any_of(found, [&](const Keepable& other) {
      return other.variable == product.variable && (other.bytes != product.bytes || other.axis != product.axis);
    });
    if (!clashes) found.push_back(product);
  }
  return found;
}

void BoundProgram::keep(const Keepable& product, KeepingHost::Kept kept) {
  instructions_[product.instruction].kept = kept;
}

void BoundProgram::set_pointer(std::size_t storage, void* data) {
  if (pointers_[storage] == data) return;
  pointers_[storage] = data;
  for (std::size_t i = first_place_[storage]; i < first_place_[storage + 1]; ++i) *places_[i] = data;
}

void BoundProgram::run_instruction(Instruction& instruction, PlanHost& host) {
  Kernel& kernel = instruction.kernel;
  if (instruction.loop) {
    instruction.loop->run(kernel, host);
    return;
  }
  if (instruction.fused) {
    instruction.fused->run(kernel, host);
    return;
  }
  PlanHost::Mark mark = host.mark();
  host.set_branches(instruction.branches.empty() ? nullptr : &instruction.branches);
  host.set_kept(instruction.kept);
  kernel.set_host(host);
  kernel.node().op->kernel(kernel);
  instruction.kept.is_filled = true;
  host.release(mark);
}

void BoundProgram::run(PlanHost& host) {
  for (Instruction& instruction : instructions_) {
    if (Profile* profile = host.profile()) {
      Profile::Call call(*profile, instruction.kernel, program_.graph());
      run_instruction(instruction, host);
    } else {
      run_instruction(instruction, host);
    }
    if (host.limits().check_finite) check_finite(instruction.kernel);
  }
}

void run_branch(BoundProgram& branch, const std::vector<TensorView>& inputs, const std::vector<TensorView>& outputs,
                PlanHost& host) {
  const Program& program = branch.program();
  for (std::size_t i = 0; i < inputs.size(); ++i) branch.point(program.inputs()[i], inputs[i].data);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (program.outputs()[i].is_direct) branch.point(program.outputs()[i].value, outputs[i].data);
  branch.run(host);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (!program.outputs()[i].is_direct && outputs[i].bytes() > 0)
      std::memcpy(outputs[i].data, branch.pointer(program.outputs()[i].value), outputs[i].bytes());
}

}  // namespace gradloom
