// Recurrent cells, one time step each, declared as graph code: rnn (tanh), gru, lstm.
#pragma once

#include <string>
#include <string_view>

#include "models/parameters.h"
#include "ops/ops.h"

namespace gradloom {

enum class CellKind { rnn, gru, lstm };

/// "rnn", "gru", "lstm".
std::string_view name_of(CellKind kind);
/// A UserError with a suggestion for other names.
CellKind cell_named(std::string_view name);

/// One step of a recurrent network. Weights and gates lie as in PyTorch: input_weight [gates*state, in], state_weight
/// [gates*state, state], two biases [gates*state]; gates r, z, n (gru) and i, f, g, o (lstm).
///
///   rnn    h' = tanh(Wi x + bi + Wh h + bh)
///   gru    r, z = sigmoid(..); n = tanh(Wi x + bi + r * (Wh h + bh)); h' = (1 - z) * n + z * h
///   lstm   i, f, o = sigmoid(..), g = tanh(..); c' = f * c + i * g; h' = o * tanh(c')
///
/// (Cho et al. 2014 with the reset after the recurrent product; Hochreiter and Schmidhuber 1997 with a forget gate.)
class Cell {
 public:
  Cell(const Parameters& parameters, CellKind kind, std::int64_t input_size, std::int64_t state_size);

  /// x [batch, input], state {h [batch, state]} or, for lstm, {h, c}. Returns the next state.
  Values operator()(Value x, const Values& state) const;

  CellKind kind() const { return kind_; }
  std::int64_t state_size() const { return state_size_; }
  /// 2 for lstm, else 1.
  std::size_t num_states() const { return kind_ == CellKind::lstm ? 2 : 1; }
  /// A state of zeros for `batch` rows.
  Values zero_state(Graph& graph, const Dim& batch) const;

 private:
  CellKind kind_;
  std::int64_t state_size_;
  DType dtype_;
  std::string input_weight_, state_weight_, input_bias_, state_bias_;
};

}  // namespace gradloom
