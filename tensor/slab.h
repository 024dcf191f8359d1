// Buffers side by side in memory with huge pages, for tensors that live long and are read or written whole again and
// again: over pages of 4 KiB a step of an optimizer waits longer for addresses than for numbers.
#pragma once

namespace gradloom {

/// While one lives, buffers of 16 KiB to 4 MiB that this thread allocates for tensors stand one behind the other in
/// slabs of 4 MiB. A slab lives as long as any buffer in it, so this is for buffers that live equally long.
class SlabScope {
 public:
  SlabScope();
  ~SlabScope();
  SlabScope(const SlabScope&) = delete;
  SlabScope& operator=(const SlabScope&) = delete;

  /// Whether one lives on this thread.
  static bool is_open();
};

}  // namespace gradloom
