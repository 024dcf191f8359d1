// BoundProgram: a Program under one binding: prebuilt kernels whose views hold pointers, patched when storages move.
// Running it is a walk over the kernels: no allocation, no look-up.
#pragma once

#include <memory>
#include <vector>

#include "runtime/plan_host.h"
#include "runtime/program.h"

namespace gradloom {

class BoundLoop;

class BoundProgram {
 public:
  /// Both must outlive it.
  BoundProgram(const Program& program, const BoundSizes& sizes);
  ~BoundProgram();
  BoundProgram(const BoundProgram&) = delete;
  BoundProgram& operator=(const BoundProgram&) = delete;

  const Program& program() const { return program_; }
  /// The memory it needs while it runs, that of loops and branches included.
  std::size_t bytes() const { return bytes_; }
  /// Gives it that memory, aligned to 64 bytes.
  void relocate(std::byte* memory);
  /// Points the storage of a value at memory that the caller provides.
  void point(std::int32_t value, void* data) {
    set_pointer(static_cast<std::size_t>(program_.value(value).storage), data);
  }
  void* pointer(std::int32_t value) const { return pointers_[static_cast<std::size_t>(program_.value(value).storage)]; }
  Shape shape(std::int32_t value) const { return sizes_.shape(program_.value(value).shape); }
  std::size_t bytes_of(std::int32_t value) const;
  void run(PlanHost& host);

  /// Of a loop's body: products whose second operand is one of the inputs from `first_constant` on, the same at every
  /// step, keep it in the form in which they multiply it.
  void keep_constants(std::size_t first_constant);
  /// Before the first step: memory for that, which the caller gives back.
  void take_kept(PlanHost& host);

  /// A product of few rows whose second operand is a variable, which it can keep in the form in which it multiplies it.
  struct Keepable {
    std::size_t instruction, variable;  ///< the variable: its place in program().variables()
    std::size_t bytes;                  ///< of that form
    std::int64_t axis;                  ///< of the variable that is contracted: another form, another axis
  };
  std::vector<Keepable> keepable_variables() const;
  /// Before a run: where it is kept.
  void keep(const Keepable& product, KeepingHost::Kept kept);

 private:
  struct Instruction;

  void build_instructions();
  void collect_places();
  void place_memory();
  void set_pointer(std::size_t storage, void* data);
  void run_instruction(Instruction& instruction, PlanHost& host);

  const Program& program_;
  const BoundSizes& sizes_;
  std::vector<Instruction> instructions_;
  std::vector<void*> pointers_;           // of each storage
  std::vector<void**> places_;            // where pointers stand in views, by storage
  std::vector<std::size_t> first_place_;  // of each storage, and the end
  std::vector<std::size_t> offsets_;      // of storages in the arena
  std::size_t bytes_ = 0;
};

/// A body run by a kernel that asks for it: an operation with control that is not a scan.
void run_branch(BoundProgram& branch, const std::vector<TensorView>& inputs, const std::vector<TensorView>& outputs,
                PlanHost& host);

}  // namespace gradloom
