// Inputs and results by number.
#include "tests/ops/probe.h"

#include "base/text.h"

namespace gradloom {

Value Probe::input(Tensor tensor, Dims shape) {
  std::string name = concat_text("x", inputs_.size());
  if (shape.empty()) shape.assign(tensor.shape().begin(), tensor.shape().end());
  Value value = graph_.input(name, tensor.dtype(), std::move(shape));
  inputs_.emplace(name, std::move(tensor));
  return value;
}

Tensor Probe::run(Value value) {
  std::string name = concat_text("y", outputs_++);
  graph_.output(name, value);
  return interpret(graph_, inputs_).outputs.at(name);
}

}  // namespace gradloom
