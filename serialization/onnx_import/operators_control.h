// The rule of Loop, which has a file of its own.
#pragma once

#include "serialization/onnx_import/operators.h"

namespace gradloom {

Values looped(const ImportNode& node);

}  // namespace gradloom
