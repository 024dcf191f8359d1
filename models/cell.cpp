// The equations of the three cells.
#include "models/cell.h"

#include <cmath>

#include "base/error.h"

namespace gradloom {

std::string_view name_of(CellKind kind) {
  switch (kind) {
    case CellKind::rnn:
      return "rnn";
    case CellKind::gru:
      return "gru";
    case CellKind::lstm:
      return "lstm";
  }
  return "";
}

CellKind cell_named(std::string_view name) {
  std::vector<std::string> names;
  for (CellKind kind : {CellKind::rnn, CellKind::gru, CellKind::lstm}) {
    if (name_of(kind) == name) return kind;
    names.emplace_back(name_of(kind));
  }
  throw UserError(concat_text("no cell \"", name, "\"; there are ", join(names), did_you_mean(name, names)));
}

Cell::Cell(const Parameters& parameters, CellKind kind, std::int64_t input_size, std::int64_t state_size)
    : kind_(kind), state_size_(state_size), dtype_(parameters.dtype()) {
  std::int64_t gates = (kind == CellKind::rnn ? 1 : kind == CellKind::gru ? 3 : 4) * state_size;
  // Each gate is a product of its own, so the bound is that of one gate: [state, in] and [state, state].
  input_weight_ = parameters.declare("input_weight", {gates, input_size}, glorot_uniform(state_size, input_size));
  state_weight_ = parameters.declare("state_weight", {gates, state_size}, glorot_uniform(state_size, state_size));
  input_bias_ = parameters.bias("input_bias", gates);
  state_bias_ = parameters.bias("state_bias", gates);
}

Values Cell::zero_state(Graph& graph, const Dim& batch) const {
  return Values(num_states(), fill(graph, dtype_, {batch, state_size_}, 0));
}

Values Cell::operator()(Value x, const Values& state) const {
  Graph& graph = x.graph();
  auto variable = [&](const std::string& name) { return graph.variable(name); };
  Scope scope(graph, name_of(kind_));
  Value h = state[0];
  Value from_input = linear(x, variable(input_weight_), variable(input_bias_));
  Value from_state = linear(h, variable(state_weight_), variable(state_bias_));
  if (kind_ == CellKind::rnn) return {tanh(from_input + from_state)};
  if (kind_ == CellKind::gru) {
    Values in = split(from_input, -1, 3), rec = split(from_state, -1, 3);
    Value reset = sigmoid(in[0] + rec[0]);
    Value update = sigmoid(in[1] + rec[1]);
    Value candidate = tanh(in[2] + reset * rec[2]);
    return {candidate + update * (h - candidate)};
  }
  Values gates = split(from_input + from_state, -1, 4);
  Value input = sigmoid(gates[0]), forget = sigmoid(gates[1]), fresh = tanh(gates[2]), out = sigmoid(gates[3]);
  Value c = forget * state[1] + input * fresh;
  return {out * tanh(c), c};
}

}  // namespace gradloom
