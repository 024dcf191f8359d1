// Scratch memory in chunks that are kept, sizes by address, bodies by identity.
#include "runtime/plan_host.h"

#include <algorithm>

#include "base/error.h"
#include "runtime/bound_program.h"
#include "runtime/memory_plan.h"

namespace gradloom {

namespace {
constexpr std::size_t least_chunk = 4096;
}

Shape BoundSizes::shape(const std::vector<std::int32_t>& indices) const {
  Shape shape;
  shape.reserve(indices.size());
  for (std::int32_t index : indices) shape.push_back(of(index));
  return shape;
}

void* PlanHost::scratch(std::size_t bytes) {
  bytes = aligned_bytes(bytes);
  while (now_.chunk < chunks_.size() && chunks_[now_.chunk].bytes - now_.used < bytes) now_ = {now_.chunk + 1, 0};
  if (now_.chunk == chunks_.size()) {
    std::size_t wanted = std::max(bytes, least_chunk), total = wanted;
    for (const Chunk& chunk : chunks_) total += chunk.bytes;
    require(limits_.max_scratch_bytes == 0 || total <= limits_.max_scratch_bytes, Fault::input, total,
            " bytes of scratch memory are needed, more than the limit of ", limits_.max_scratch_bytes);
    chunks_.push_back({allocate_bytes(wanted), wanted});
  }
  std::byte* memory = chunks_[now_.chunk].memory.get() + now_.used;
  now_.used += bytes;
  return memory;
}

std::int64_t PlanHost::evaluate(const Dim& dim) {
  if (dim.is_constant()) return dim.constant();
  std::int32_t index = sizes_->table->find(&dim);
  // Sizes that a kernel derives from its attributes are not in the table; those below 0 are said to be.
  return index >= 0 && sizes_->of(index) >= 0 ? sizes_->of(index) : dim.evaluate(sizes_->binding);
}

void PlanHost::run_body(const Graph& body, const std::vector<TensorView>& inputs,
                        const std::vector<TensorView>& outputs) {
  auto* branches = branches_;
  ensure(branches != nullptr, "a kernel runs the body ", body.name(), ", but its operation has no control");
  for (const auto& branch : *branches) {
    if (&branch->program().graph() != &body) continue;
    run_branch(*branch, inputs, outputs, *this);
    branches_ = branches;
    return;
  }
  throw InternalError(concat_text("a kernel runs the body ", body.name(), ", which its node does not have"));
}

void PlanHost::reset() {
  now_ = {};
  branches_ = nullptr;
}

}  // namespace gradloom
