// PlanHost: what kernels ask of a running plan (scratch memory, sizes, bodies, threads), and the limits and checks that
// hold while it runs.
#pragma once

#include <memory>
#include <vector>

#include "graph/op_def.h"
#include "ops/product.h"
#include "runtime/sizes.h"

namespace gradloom {

class BoundProgram;
class Profile;

/// The sizes of one binding.
struct BoundSizes {
  const SizeTable* table = nullptr;
  Binding binding;
  std::vector<std::int64_t> values;  ///< by number in the table

  std::int64_t of(std::int32_t index) const { return values[static_cast<std::size_t>(index)]; }
  Shape shape(const std::vector<std::int32_t>& indices) const;
};

struct RunLimits {
  std::int64_t max_steps = 0;         ///< of one loop; 0: no limit
  std::size_t max_scratch_bytes = 0;  ///< of kernels' scratch memory; 0: no limit
  bool check_finite = false;
};

class PlanHost : public KernelHost, public KeepingHost {
 public:
  PlanHost(ThreadPool& threads, RunLimits limits) : threads_(threads), limits_(limits) {}

  void* scratch(std::size_t bytes) override;
  std::int64_t evaluate(const Dim& dim) override;
  void run_body(const Graph& body, const std::vector<TensorView>& inputs,
                const std::vector<TensorView>& outputs) override;
  ThreadPool& threads() override { return threads_; }
  Kept kept() override { return kept_; }

  const RunLimits& limits() const { return limits_; }
  void set_sizes(const BoundSizes& sizes) { sizes_ = &sizes; }
  /// Where calls are recorded; null: nowhere.
  Profile* profile() const { return profile_; }
  void set_profile(Profile* profile) { profile_ = profile; }
  /// The bodies that the kernel about to run may ask for.
  void set_branches(std::vector<std::unique_ptr<BoundProgram>>* branches) { branches_ = branches; }

  /// What kept() gives the kernel about to run.
  void set_kept(Kept kept) { kept_ = kept; }

  /// Scratch memory taken after mark() is free again after release().
  struct Mark {
    std::size_t chunk = 0, used = 0;
  };
  Mark mark() const { return now_; }
  void release(Mark mark) { now_ = mark; }

  /// Drops what an exception left behind.
  void reset();

 private:
  struct Chunk {
    std::shared_ptr<std::byte> memory;
    std::size_t bytes;
  };
  ThreadPool& threads_;
  RunLimits limits_;
  const BoundSizes* sizes_ = nullptr;
  Profile* profile_ = nullptr;
  std::vector<std::unique_ptr<BoundProgram>>* branches_ = nullptr;
  std::vector<Chunk> chunks_;
  Mark now_;
  Kept kept_;
};

}  // namespace gradloom
