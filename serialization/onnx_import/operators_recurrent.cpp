// RNN, GRU and LSTM of ONNX. Each direction is one scan, whose body is the operator's equations written down for one
// step; what takes them out of the loop, and what skips padding, is the compiler.
#include <functional>

#include "serialization/onnx_import/operators.h"
#include "serialization/onnx_import/recurrent_activations.h"

namespace gradloom {

namespace {

// What a direction has for itself. Gates stand behind each other along axis 0 of weights and biases.
struct Direction {
  Value input_weight;                ///< [gates * hidden, input]
  Value recurrent_weight;            ///< [gates * hidden, hidden]
  Value input_bias, recurrent_bias;  ///< [gates * hidden], or none
  Value peepholes;                   ///< [3 * hidden] of LSTM, or none
  Dim hidden;
  std::vector<RecurrentActivation> activations;  ///< f, g, h of the operator's text
};

// One step: a slice [batch, input] and the states [batch, hidden] to the next states, the visible one first.
using Cell = std::function<Values(Value x, const Values& states)>;

// What an operator is, beside its equations.
struct Kind {
  std::int64_t gates;
  std::size_t states;
  std::vector<std::string> activations;  ///< without the attribute
  Cell (*cell)(const ImportNode& node, const Direction& of);
};

Value total_bias(const Direction& of) { return of.input_bias ? of.input_bias + of.recurrent_bias : Value(); }

Value bias_part(Value bias, const Dim& begin, const Dim& end) { return bias ? slice(bias, 0, begin, end) : Value(); }

// h = f(x W' + h R' + b)
Cell rnn_cell(const ImportNode&, const Direction& of) {
  Value bias = total_bias(of);
  return [=](Value x, const Values& states) -> Values {
    return {of.activations[0](linear(x, of.input_weight, bias) + linear(states[0], of.recurrent_weight))};
  };
}

// Gates z, r, h. The reset gate acts on the state in front of the recurrent product, or, with linear_before_reset, on
// the product behind it with its bias.
Cell gru_cell(const ImportNode& node, const Direction& of) {
  bool linear_before_reset = node.flag("linear_before_reset", false);
  Dim two = of.hidden * 2, three = of.hidden * 3;
  Value gates_weight = slice(of.recurrent_weight, 0, 0, two), new_weight = slice(of.recurrent_weight, 0, two, three);
  Value gates_bias = bias_part(of.recurrent_bias, 0, two), new_bias = bias_part(of.recurrent_bias, two, three);
  return [=](Value x, const Values& states) -> Values {
    Value state = states[0];
    Values from_input = split(linear(x, of.input_weight, of.input_bias), -1, {two, of.hidden});
    Value gates = of.activations[0](from_input[0] + linear(state, gates_weight, gates_bias));
    Values z_r = split(gates, -1, 2);
    Value update = z_r[0], reset = z_r[1];
    Value from_state =
        linear_before_reset ? reset * linear(state, new_weight, new_bias) : linear(reset * state, new_weight, new_bias);
    Value candidate = of.activations[1](from_input[1] + from_state);
    return {(1 - update) * candidate + update * state};
  };
}

// Gates i, o, f, c; peepholes i, o, f: the input and the forget gate see the old cell, the output gate the new one. The
// cell itself is never clipped: ONNX's text leaves it open, ONNX Runtime does it so.
Cell lstm_cell(const ImportNode& node, const Direction& of) {
  bool is_coupled = node.flag("input_forget", false);
  Value bias = total_bias(of);
  Values peepholes = of.peepholes ? split(of.peepholes, 0, 3) : Values{};
  return [=](Value x, const Values& states) -> Values {
    Value old = states[1];
    Values gates = split(linear(x, of.input_weight, bias) + linear(states[0], of.recurrent_weight), -1, 4);
    auto gate = [&](std::size_t i, std::size_t peephole, Value cell) {
      return of.activations[0](peepholes.empty() ? gates[i] : gates[i] + peepholes[peephole] * cell);
    };
    Value input = gate(0, 0, old);
    Value forget = is_coupled ? 1 - input : gate(2, 2, old);
    Value cell = forget * old + input * of.activations[1](gates[3]);
    return {gate(1, 1, cell) * of.activations[2].unclipped(cell), cell};
  };
}

// Item d of the axis of directions.
Value of_direction(Value x, std::int64_t d, std::int64_t axis = 0) {
  return squeeze(x.dim(axis).is(1) ? x : slice(x, axis, d, d + 1), {axis});
}

// The results of the directions beside each other.
Value beside(const Values& directions, std::int64_t axis) {
  return directions.size() == 1 ? expand_dims(directions[0], {axis}) : stack(directions, axis);
}

class Recurrence {
 public:
  Recurrence(const ImportNode& node, const Kind& kind) : node_(node), kind_(kind) {
    name_ = node.text("direction", "forward");
    node.require(name_ == "forward" || name_ == "reverse" || name_ == "bidirectional", "direction is \"", name_,
                 "\" but forward, reverse or bidirectional is needed");
    batch_first_ = node.flag("layout", false);
    sequence_ = node.input(0);
    node.require(sequence_.rank() == 3, "X is ", sequence_.type().text(), " but [time, batch, input] is needed");
    if (batch_first_) sequence_ = transpose(sequence_, {1, 0, 2});
  }

  Values result() {
    std::int64_t directions = name_ == "bidirectional" ? 2 : 1;
    check_sizes(directions);
    auto activations = recurrent_activations(node_, kind_.activations, static_cast<std::size_t>(directions));
    Values outputs;
    std::vector<Values> last(kind_.states);
    for (std::int64_t d = 0; d < directions; ++d) {
      ScanResult run = loop(d, direction(d, activations[static_cast<std::size_t>(d)]));
      if (!run.outputs.empty()) outputs.push_back(run.outputs[0]);
      for (std::size_t i = 0; i < kind_.states; ++i) last[i].push_back(run.carries[i]);
    }
    Values results{outputs.empty() ? Value() : beside(outputs, 1)};
    if (results[0] && batch_first_) results[0] = transpose(results[0], {2, 0, 1, 3});
    for (const Values& state : last) results.push_back(beside(state, batch_first_ ? 1 : 0));
    return results;
  }

 private:
  void check_sizes(std::int64_t directions) const {
    Value weight = node_.input(1), recurrent = node_.input(2);
    for (Value given : {weight, recurrent})
      node_.require(given.rank() == 3 && given.dim(0).is(directions), given == weight ? "W" : "R", " is ",
                    given.type().text(), " but [", directions, ", ", kind_.gates, " * hidden, ...] is needed");
    Dim hidden = recurrent.dim(2);
    node_.require(!node_.has("hidden_size") || hidden.is(node_.integer("hidden_size")), "hidden_size is ",
                  node_.integer("hidden_size", 0), " but R has ", hidden, " columns");
    for (Value given : {weight, recurrent})
      node_.require(given.dim(1) == hidden * kind_.gates, given == weight ? "W" : "R", " has ", given.dim(1),
                    " rows but ", kind_.gates, " gates of ", hidden, " are needed");
  }

  Direction direction(std::int64_t d, std::vector<RecurrentActivation> activations) const {
    Direction of;
    of.input_weight = of_direction(node_.input(1), d);
    of.recurrent_weight = of_direction(node_.input(2), d);
    of.hidden = of.recurrent_weight.dim(1);
    if (Value both = node_.optional_input(3)) {
      Values halves = split(of_direction(both, d), 0, 2);
      of.input_bias = halves[0];
      of.recurrent_bias = halves[1];
    }
    if (Value peepholes = kind_.states == 2 ? node_.optional_input(7) : Value())
      of.peepholes = of_direction(peepholes, d);
    of.activations = std::move(activations);
    return of;
  }

  // State i in front of the first step, from input 5 + i, or 0.
  Value initial(std::size_t i, std::int64_t d, const Dim& hidden) const {
    Value given = node_.optional_input(5 + i);
    if (given) return of_direction(given, d, batch_first_ ? 1 : 0);
    return fill(node_.graph(), sequence_.dtype(), {sequence_.dim(1), hidden}, 0);
  }

  ScanResult loop(std::int64_t d, const Direction& of) const {
    Cell cell = kind_.cell(node_, of);
    Values states;
    for (std::size_t i = 0; i < kind_.states; ++i) states.push_back(initial(i, d, of.hidden));
    bool is_reverse = d == 1 || name_ == "reverse";
    auto body = [&](const Values& old, const Values& slices) -> Step {
      Values next = cell(slices[0], old);
      return {next, node_.wants_output(0) ? Values{next[0]} : Values{}};
    };
    return scan(
        states, {sequence_}, body,
        {.lengths = node_.optional_input(4), .reverse = is_reverse, .name = is_reverse ? "reverse" : "forward"});
  }

  const ImportNode& node_;
  const Kind& kind_;
  std::string name_;
  bool batch_first_ = false;
  Value sequence_;  ///< [time, batch, input]
};

Values rnn(const ImportNode& node) { return Recurrence(node, {1, 1, {"Tanh"}, rnn_cell}).result(); }

Values gru(const ImportNode& node) { return Recurrence(node, {3, 1, {"Sigmoid", "Tanh"}, gru_cell}).result(); }

Values lstm(const ImportNode& node) {
  return Recurrence(node, {4, 2, {"Sigmoid", "Tanh", "Tanh"}, lstm_cell}).result();
}

constexpr ImportRule rules[] = {
    {"RNN", rnn},
    {"GRU", gru},
    {"LSTM", lstm},
};

}  // namespace

ImportRules recurrent_imports() { return rules; }

}  // namespace gradloom
