// Other people's runtime as a judge: models run by ONNX Runtime under Node, which npm installs into the build folder.
#pragma once

#include <string>
#include <vector>

#include "runtime/interpreter.h"

namespace gradloom {

/// Whether ONNX Runtime is there, installed the first time it is asked for; when not, the test says why.
bool has_onnx_runtime();

struct OnnxRun {
  std::string model;  ///< the bytes of the file
  TensorMap inputs;
};

struct OnnxOutcome {
  TensorMap outputs;
  std::string error;  ///< what the runtime said instead; empty when it ran
};

/// Runs all of them in one process, or in a further one behind a run in which the process died.
std::vector<OnnxOutcome> run_in_onnx_runtime(const std::vector<OnnxRun>& runs);

/// What differs, in words: outputs, dtypes, shapes, or the first element that is further away than
/// absolute + relative * |expected|; empty when nothing does. NaN agrees with NaN.
std::string difference_of(const TensorMap& got, const TensorMap& expected, double relative, double absolute);

}  // namespace gradloom
