// The loop itself: pointers before each step, frozen rows and what could not be written in place after it.
#include "runtime/bound_loop.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "runtime/memory_plan.h"

namespace gradloom {

namespace {

void copy_bytes(std::byte* to, const void* from, std::size_t bytes) {
  if (bytes > 0 && to != from) std::memcpy(to, from, bytes);
}

void clear_bytes(std::byte* to, std::size_t bytes) {
  if (bytes > 0) std::memset(to, 0, bytes);
}

std::byte* data_of(const TensorView& view) { return static_cast<std::byte*>(view.data); }

}  // namespace

BoundLoop::BoundLoop(const Loop& loop, const Node& node, const BoundSizes& sizes)
    : loop_(loop), node_(node), sizes_(sizes), body_(*loop.body, sizes) {
  const Program& program = body_.program();
  body_.keep_constants(loop.num_carries + loop.num_sequences);
  bytes_ = body_.bytes();
  auto reserve = [&](std::size_t bytes) {
    std::size_t offset = bytes_;
    bytes_ += aligned_bytes(bytes);
    return offset;
  };
  for (std::size_t i = 0; i < loop.num_carries; ++i) {
    Carry carry{Carry::Kind::copied, program.inputs()[i], program.outputs()[i].value, 0, 0};
    carry.kind = kind_of(i, carry.output);
    carry.bytes = body_.bytes_of(carry.value);
    bool moves = carry.kind != Carry::Kind::unchanged && carry.kind != Carry::Kind::in_place;
    if (moves) carry.spare = reserve(carry.bytes);
    carries_.push_back(carry);
  }
  for (std::size_t i = 0; i < loop.num_sequences; ++i) {
    Slice slice{program.inputs()[loop.num_carries + i], 0, 0};
    slice.bytes = body_.bytes_of(slice.value);
    if (loop.masks[i]) slice.masked = reserve(slice.bytes);
    slices_.push_back(slice);
  }
  for (std::size_t i = 0; i < loop.num_outputs; ++i) {
    const ProgramOutput& output = program.outputs()[loop.num_carries + i];
    outputs_.push_back({output.value, output.is_direct, body_.bytes_of(output.value)});
  }
  if (loop.has_lengths) lengths_.resize(static_cast<std::size_t>(sizes.of(loop.batch)));
}

BoundLoop::Carry::Kind BoundLoop::kind_of(std::size_t carry, std::size_t& output) const {
  const Program& program = body_.program();
  const ProgramOutput& next = program.outputs()[carry];
  std::int32_t storage = program.value(next.value).storage;
  if (next.is_in_place) return Carry::Kind::in_place;
  if (storage == program.value(program.inputs()[carry]).storage) return Carry::Kind::unchanged;
  if (next.is_direct) return Carry::Kind::direct;
  for (std::size_t i = 0; i < loop_.num_outputs; ++i) {
    const ProgramOutput& stacked = program.outputs()[loop_.num_carries + i];
    output = i;
    if (stacked.is_direct && program.value(stacked.value).storage == storage) break;
    output = loop_.num_outputs;
  }
  bool is_first = std::none_of(carries_.begin(), carries_.end(), [&](const Carry& other) {
    return other.kind == Carry::Kind::stacked && other.output == output;
  });
  return output < loop_.num_outputs && is_first ? Carry::Kind::stacked : Carry::Kind::copied;
}

void BoundLoop::relocate(std::byte* memory) {
  memory_ = memory;
  body_.relocate(memory);
}

void BoundLoop::read_lengths(const Kernel& kernel, std::int64_t steps) {
  least_length_ = greatest_length_ = steps;
  if (!loop_.has_lengths) return;
  const TensorView& view = kernel.input(kernel.num_inputs() - 1);
  least_length_ = steps;
  greatest_length_ = 0;
  for (std::size_t row = 0; row < lengths_.size(); ++row) {
    std::int64_t length = view.dtype == DType::int32 ? static_cast<std::int32_t*>(view.data)[row]
                                                     : static_cast<std::int64_t*>(view.data)[row];
    if (length < 0 || length > steps)
      kernel.fail("the length of row ", row, " is ", length, ", outside of [0, ", steps, "]");
    lengths_[row] = length;
    least_length_ = std::min(least_length_, length);
    greatest_length_ = std::max(greatest_length_, length);
  }
}

template <class F>
void BoundLoop::for_inactive_rows(std::size_t bytes, std::int64_t t, F&& f) const {
  if (bytes == 0) return;
  std::size_t row_bytes = bytes / lengths_.size();
  for (std::size_t row = 0; row < lengths_.size(); ++row)
    if (t >= lengths_[row]) f(row * row_bytes, row_bytes);
}

// Pointers that hold for all steps, and outputs of the steps that are not run.
void BoundLoop::start(const Kernel& kernel, std::int64_t end, std::int64_t steps) {
  const std::vector<std::int32_t>& inputs = body_.program().inputs();
  for (std::size_t i = 0; i < carries_.size(); ++i) {
    Carry& carry = carries_[i];
    carry.final = data_of(kernel.output(i));
    carry.now = data_of(kernel.input(i));
    if (carry.kind == Carry::Kind::in_place) {
      copy_bytes(carry.final, carry.now, carry.bytes);
      carry.now = carry.final;
    }
    body_.point(carry.value, carry.now);
  }
  std::size_t first = loop_.num_carries + loop_.num_sequences;
  for (std::size_t i = first; i < first + loop_.num_constants; ++i) body_.point(inputs[i], kernel.input(i).data);
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    std::size_t bytes = outputs_[i].bytes;
    clear_bytes(data_of(kernel.output(loop_.num_carries + i)) + static_cast<std::size_t>(end) * bytes,
                static_cast<std::size_t>(steps - end) * bytes);
  }
}

// Where numbers are checked, rows that nobody reads must not fail the check.
void BoundLoop::point_slices(const Kernel& kernel, std::int64_t t, bool is_partial, bool is_checked) {
  for (std::size_t i = 0; i < slices_.size(); ++i) {
    const Slice& slice = slices_[i];
    std::byte* data = data_of(kernel.input(loop_.num_carries + i)) + static_cast<std::size_t>(t) * slice.bytes;
    if (is_partial && loop_.masks[i] && (is_checked || !loop_.ignores[i])) {
      std::byte* masked = memory_ + slice.masked;
      copy_bytes(masked, data, slice.bytes);
      for_inactive_rows(slice.bytes, t,
                        [&](std::size_t offset, std::size_t bytes) { clear_bytes(masked + offset, bytes); });
      data = masked;
    }
    body_.point(slice.value, data);
  }
}

void BoundLoop::point_results(const Kernel& kernel, std::int64_t t, bool is_partial, bool to_spare) {
  for (std::size_t i = 0; i < outputs_.size(); ++i)
    if (outputs_[i].is_direct)
      body_.point(outputs_[i].value,
                  data_of(kernel.output(loop_.num_carries + i)) + static_cast<std::size_t>(t) * outputs_[i].bytes);
  for (Carry& carry : carries_) {
    switch (carry.kind) {
      case Carry::Kind::unchanged:
      case Carry::Kind::in_place:
        carry.target = carry.now;
        break;
      case Carry::Kind::direct:
      case Carry::Kind::stacked:
      case Carry::Kind::copied:
        carry.target = to_spare ? memory_ + carry.spare : carry.final;
        if (carry.kind == Carry::Kind::direct) body_.point(carry.next, carry.target);
        // Where rows freeze, what is carried differs from what is stacked.
        if (carry.kind == Carry::Kind::stacked && !is_partial)
          carry.target = static_cast<std::byte*>(body_.pointer(carry.next));
        break;
    }
  }
}

void BoundLoop::finish_step(const Kernel& kernel, std::int64_t t, bool is_partial) {
  for (std::size_t i = 0; i < carries_.size(); ++i) {
    Carry& carry = carries_[i];
    if (carry.kind == Carry::Kind::copied || carry.kind == Carry::Kind::stacked)
      copy_bytes(carry.target, body_.pointer(carry.next), carry.bytes);
    if (is_partial && loop_.freezes[i] && carry.target != carry.now)
      for_inactive_rows(carry.bytes, t, [&](std::size_t offset, std::size_t bytes) {
        copy_bytes(carry.target + offset, carry.now + offset, bytes);
      });
  }
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    const Output& output = outputs_[i];
    std::byte* slice = data_of(kernel.output(loop_.num_carries + i)) + static_cast<std::size_t>(t) * output.bytes;
    if (!output.is_direct) copy_bytes(slice, body_.pointer(output.value), output.bytes);
    if (is_partial && loop_.zeroes[i])
      for_inactive_rows(output.bytes, t,
                        [&](std::size_t offset, std::size_t bytes) { clear_bytes(slice + offset, bytes); });
  }
  for (Carry& carry : carries_) {
    carry.now = carry.target;
    body_.point(carry.value, carry.now);
  }
}

void BoundLoop::run(const Kernel& kernel, PlanHost& host) {
  std::int64_t steps = sizes_.of(loop_.length), limit = host.limits().max_steps;
  if (limit > 0 && steps > limit) kernel.fail("the loop has ", steps, " steps, more than the limit of ", limit);
  read_lengths(kernel, steps);
  std::int64_t end = loop_.may_stop ? greatest_length_ : steps;
  start(kernel, end, steps);
  PlanHost::Mark mark = host.mark();
  body_.take_kept(host);
  std::int64_t t = 0;
  try {
    for (std::int64_t step = 0; step < end; ++step) {
      t = loop_.reverse ? end - 1 - step : step;
      bool is_partial = t >= least_length_;
      point_slices(kernel, t, is_partial, host.limits().check_finite);
      // The last step writes to where the loop's results are wanted.
      point_results(kernel, t, is_partial, (end - step) % 2 == 0);
      body_.run(host);
      finish_step(kernel, t, is_partial);
    }
  } catch (const UserError& error) {
    throw UserError(concat_text(error.what(), "\n  at step ", t, " of ", node_.name), error.fault());
  }
  host.release(mark);
  for (Carry& carry : carries_) copy_bytes(carry.final, carry.now, carry.bytes);
}

}  // namespace gradloom
