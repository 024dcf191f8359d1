// The modes in which the table of samples is tried. Each returns what failed, one text a failure: sample, mode, seed
// and sizes; empty when all is well.
#pragma once

#include <string>
#include <vector>

#include "tests/op_samples/op_samples.h"

namespace gradloom::op_samples {

using Failures = std::vector<std::string>;
using Mode = void (*)(const OpSample& sample, std::uint64_t seed);

/// Tries a mode on every sample, or on those whose `op: name` holds the text of GRADLOOM_SAMPLE. The seed is that of
/// GRADLOOM_SEED, or 1.
Failures try_all(std::string_view mode_name, Mode mode);

/// Every sample and float dtype, sizes literal and symbolic, and each symbol 0, 1 and large: the kernels give what the
/// reference gives, in the shape that was inferred.
void compare_with_reference(const OpSample& sample, std::uint64_t seed);
/// In float64, in one random direction: the first gradient against differences of the results; sizes as the sample
/// has them, each 0, and all 1.
void check_first_gradient(const OpSample& sample, std::uint64_t seed);
/// The second gradient against differences of the first.
void check_second_gradient(const OpSample& sample, std::uint64_t seed);
/// The batching rules against a loop over slices, for every choice of inputs that have the new axis.
void check_batching(const OpSample& sample, std::uint64_t seed);
/// The accumulation rule, where the sample is one operation that has it, against the sum of the batched results.
void check_accumulation(const OpSample& sample, std::uint64_t seed);

/// The sample and its gradients written to module.json and read back: the same bytes when written again, the same bits
/// when run.
void check_file(const OpSample& sample, std::uint64_t seed);
/// The sample and its gradients in a session, optimised or not, results overwriting operands or not, against the
/// interpreter.
void check_session(const OpSample& sample, std::uint64_t seed);

/// What an error sample is told; the failure shows both texts.
Failures try_errors();
/// Operations without a sample, an error sample, a text or a rule.
Failures missing_from_table();

}  // namespace gradloom::op_samples
