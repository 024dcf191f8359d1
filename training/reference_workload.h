// The reference workload that Gradloom is held against other engines by: the attention encoder-decoder with numbers
// that any engine can make again (docstring of bench/bench_torch.py).
#pragma once

#include "models/sequence_to_sequence.h"
#include "runtime/interpreter.h"

namespace gradloom {

struct WorkloadSize {
  std::int64_t embedding = 64, hidden = 128, vocabulary = 2000, batch = 32, source_length = 12, target_length = 12;
};

struct Workload {
  CellKind cell = CellKind::gru;
  AttentionKind attention = AttentionKind::dot;  ///< dot, additive or none
  WorkloadSize size;
  DType dtype = DType::float32;
  bool full_length = false;    ///< no padding: every sentence has the full length
  bool input_feeding = false;  ///< the last attentional vector joins the decoder's next input
};

/// "S", "M" or "L"; a UserError otherwise.
WorkloadSize workload_size(std::string_view name);

/// The parameters and the functions loss, encode and decode_step.
SequenceToSequence declare_model(Module& module, const Workload& workload);
/// The module with the functions loss, train_step (Adam, clipping at `clip`), encode and decode_step.
void declare_workload(Module& module, const Workload& workload, double clip);

/// Every parameter by its counter-based numbers, rounded to float32 whatever the dtype.
TensorMap workload_parameters(const Module& module, const Workload& workload);

/// Batch number `index`: the inputs of `loss` (train_step wants a learning_rate as well).
TensorMap workload_batch(const Workload& workload, std::int64_t index);

}  // namespace gradloom
