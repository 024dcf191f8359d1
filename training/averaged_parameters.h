// Which parameters translate: the moving averages where the module keeps them, otherwise those that are trained.
#pragma once

#include "runtime/session.h"

namespace gradloom {

/// The session's variables with every parameter that has an average replaced by it.
TensorMap translating_variables(const Session& session);

/// Sets every average to its parameter: before the first update.
void begin_averages(Session& session);

/// While it lives, the session's parameters are their averages.
class AveragedParameters {
 public:
  explicit AveragedParameters(Session& session);
  ~AveragedParameters();
  AveragedParameters(const AveragedParameters&) = delete;
  AveragedParameters& operator=(const AveragedParameters&) = delete;

 private:
  Session& session_;
  TensorMap trained_;
};

}  // namespace gradloom
