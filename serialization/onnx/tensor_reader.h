// Reading of one TensorProto: whichever of its fields holds the elements, they come out packed, and are as many as the
// shape says.
#pragma once

#include "serialization/onnx/model_file.h"
#include "serialization/onnx/wire.h"

namespace gradloom::onnx {

/// Reads tensors of one file, whose elements together must keep the limit.
class TensorReader {
 public:
  explicit TensorReader(const OnnxLimits& limits) : limits_(limits) {}

  /// What follows in the message.
  Tensor read(WireReader in);

 private:
  const OnnxLimits& limits_;
  std::int64_t elements_ = 0;
};

}  // namespace gradloom::onnx
