// BoundFused: a fused group under one binding: axes collapsed, tile functions chosen, tile buffers assigned.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/adam_chain.h"

namespace gradloom {

class BoundFused {
 public:
  /// Operands and results of a group, each part of a concatenation counted.
  static constexpr std::size_t most_extents = 128;

  /// `kernel`'s views have their shapes; pointers are read when it runs.
  explicit BoundFused(const Kernel& kernel);

  /// Parts of the tiles run on the host's threads; the split depends on the shape only.
  void run(const Kernel& kernel, KernelHost& host) const;

 private:
  enum class Action : std::uint8_t { unary, binary, compare, where, fill, copy };
  /// Where an operand or result of an instruction is.
  struct Place {
    enum class Kind : std::uint8_t { operand, tile, result } kind = Kind::operand;
    std::int32_t index = 0;
    bool is_single = false;  // one number for the whole run of the innermost axis
  };
  struct Instruction {
    Action action;
    std::size_t function = 0;  // of the action's table
    std::size_t form = 0;      // which operands are vectors
    DType dtype;               // of the operands that are numbers
    DType result_dtype;
    Place inputs[3];
    Place output;
  };

  void collapse(const Kernel& kernel);
  void write_directly();
  void build(const Graph& body);
  template <class T>
  void run_range(const Kernel& kernel, std::int64_t begin, std::int64_t end) const;
  template <class T>
  void run_tile(const std::vector<Instruction>& instructions, std::byte* const* at, std::int64_t n,
                std::byte* tiles) const;

  std::optional<AdamChain> adam_;  // runs instead of the instructions
  std::vector<Instruction> instructions_;
  std::vector<Instruction> direct_;  // the same for results whose memory is no operand's: without the copies
  DType dtype_ = DType::float32;
  std::vector<std::int64_t> sizes_;  // collapsed axes, the innermost last
  // Operands and then the body's results: where each lies.
  struct Extent {
    std::int64_t begin = 0;             // the first element that the group takes or gives
    std::vector<std::int64_t> strides;  // of the collapsed axes, 0 where it is broadcast
    std::size_t bytes = 0;              // of an element
    std::size_t view = 0;               // the kernel's input or output
  };
  std::vector<Extent> extents_;
  std::size_t num_operands_ = 0;
  std::int64_t tile_ = 0;          // elements of a tile
  std::int64_t tiles_in_run_ = 0;  // of the innermost axis
  std::int64_t num_runs_ = 0;
  std::int32_t num_tiles_ = 0;  // buffers
};

}  // namespace gradloom
