// BoundLoop: a scan under one binding. Its body is compiled once; from step to step only pointers move: slices and
// stacked outputs by their stride, carries between two buffers, into the stacked output or not at all.
#pragma once

#include <memory>
#include <vector>

#include "runtime/bound_program.h"

namespace gradloom {

class BoundLoop {
 public:
  /// `loop`, `node` and `sizes` must outlive it.
  BoundLoop(const Loop& loop, const Node& node, const BoundSizes& sizes);

  /// The body's memory, second buffers of carries and copies of slices with masked rows.
  std::size_t bytes() const { return bytes_; }
  void relocate(std::byte* memory);
  /// Runs the loop on the operands and into the results that the kernel's views point at.
  void run(const Kernel& kernel, PlanHost& host);

 private:
  struct Carry {
    enum class Kind {
      unchanged,  // the body returns it as it came
      in_place,   // overwritten in its own bytes
      direct,     // written where the loop wants it
      stacked,    // shares its storage with a stacked output
      copied,     // lives somewhere else when the step ends
    };
    Kind kind;
    std::int32_t value, next;  // of the body
    std::size_t bytes;
    std::size_t spare;       // offset of the second buffer
    std::size_t output = 0;  // of kind stacked
    std::byte *now = nullptr, *target = nullptr, *final = nullptr;
  };
  struct Slice {
    std::int32_t value;
    std::size_t bytes;
    std::size_t masked;  // offset of the copy with rows of zeros
  };
  struct Output {
    std::int32_t value;
    bool is_direct;
    std::size_t bytes;
  };

  Carry::Kind kind_of(std::size_t carry, std::size_t& output) const;
  void read_lengths(const Kernel& kernel, std::int64_t steps);
  void start(const Kernel& kernel, std::int64_t end, std::int64_t steps);
  void point_slices(const Kernel& kernel, std::int64_t t, bool is_partial, bool is_checked);
  void point_results(const Kernel& kernel, std::int64_t t, bool is_partial, bool to_spare);
  void finish_step(const Kernel& kernel, std::int64_t t, bool is_partial);
  // Calls f(offset, bytes of a row) for each row that is past its length at step t.
  template <class F>
  void for_inactive_rows(std::size_t bytes, std::int64_t t, F&& f) const;

  const Loop& loop_;
  const Node& node_;
  const BoundSizes& sizes_;
  BoundProgram body_;
  std::vector<Carry> carries_;
  std::vector<Slice> slices_;
  std::vector<Output> outputs_;
  std::vector<std::int64_t> lengths_;
  std::int64_t least_length_ = 0, greatest_length_ = 0;
  std::size_t bytes_ = 0;
  std::byte* memory_ = nullptr;
};

}  // namespace gradloom
