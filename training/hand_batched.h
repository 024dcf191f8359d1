// The reference workload as someone writes it who batches by hand: what the compiler makes of the plain declaration is
// held against it.
#pragma once

#include "training/reference_workload.h"

namespace gradloom {

/// As declare_workload, but train_step has only the recurrences in loops: input products, attention, projection and
/// loss of all steps are written at once. Attention dot or none; a UserError otherwise.
void declare_hand_batched(Module& module, const Workload& workload, double clip);

}  // namespace gradloom
