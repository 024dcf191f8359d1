// Everything in front of the loops or behind them that can stand there, by hand.
#include "training/hand_batched.h"

#include "base/error.h"
#include "training/optimizer.h"

namespace gradloom {

namespace {

// The cell's equations from the input's share of the gates on (models/cell.h has them whole).
Values recurrent_step(CellKind kind, Value from_input, Value from_state, const Values& state) {
  if (kind == CellKind::rnn) return {tanh(from_input + from_state)};
  if (kind == CellKind::gru) {
    Values in = split(from_input, -1, 3), rec = split(from_state, -1, 3);
    Value reset = sigmoid(in[0] + rec[0]), update = sigmoid(in[1] + rec[1]);
    Value candidate = tanh(in[2] + reset * rec[2]);
    return {candidate + update * (state[0] - candidate)};
  }
  Values gates = split(from_input + from_state, -1, 4);
  Value c = sigmoid(gates[1]) * state[1] + sigmoid(gates[0]) * tanh(gates[2]);
  return {sigmoid(gates[3]) * tanh(c), c};
}

// embedded [time, batch, embedding] -> the states of all steps and the last ones. `at` names the layer's parameters.
ScanResult run_recurrence(CellKind kind, const std::string& at, Value embedded, Value lengths, const Values& start) {
  Graph& graph = embedded.graph();
  auto variable = [&](const char* name) { return graph.variable(at + name); };
  Value from_input = linear(embedded, variable("/input_weight"), variable("/input_bias"));
  Value weight = variable("/state_weight"), bias = variable("/state_bias");
  return scan(start, {from_input},
              [&](const Values& state, const Values& slice) {
                Values next = recurrent_step(kind, slice[0], linear(state[0], weight, bias), state);
                return Step{next, {next[0]}};
              },
              {.lengths = lengths});
}

}  // namespace

void declare_hand_batched(Module& module, const Workload& workload, double clip) {
  require(workload.attention == AttentionKind::dot || workload.attention == AttentionKind::none, Fault::usage,
          "the hand-batched workload has attention dot or none, not ", name_of(workload.attention));
  require(!workload.input_feeding, Fault::usage, "the hand-batched workload has no input feeding");
  declare_model(module, workload);
  Graph& graph = module.add_function("train_step");
  Value source = graph.input("source", DType::int32, {"batch", "source_length"});
  Value source_lengths = graph.input("source_lengths", DType::int32, {"batch"});
  Value target_in = graph.input("target_in", DType::int32, {"batch", "target_length"});
  Value target_out = graph.input("target_out", DType::int32, {"batch", "target_length"});
  Value target_lengths = graph.input("target_lengths", DType::int32, {"batch"});
  auto embedded = [&](const char* table, Value ids) { return gather(graph.variable(table), transpose(ids)); };

  std::size_t kinds = workload.cell == CellKind::lstm ? 2 : 1;
  Values zeros(kinds, fill(graph, workload.dtype, {source.dim(0), workload.size.hidden}, 0));
  ScanResult encoder = run_recurrence(workload.cell, "encoder/layer_0/forward",
                                      embedded("source_embedding/table", source), source_lengths, zeros);
  ScanResult decoder = run_recurrence(workload.cell, "decoder/layer_0", embedded("target_embedding/table", target_in),
                                      target_lengths, encoder.carries);
  Value x = decoder.outputs[0], attention;  // [target, batch, hidden]
  if (workload.attention == AttentionKind::dot) {
    Value mask = expand_dims(sequence_mask(source_lengths, source.dim(1)), {1});  // [batch, 1, source]
    Value scores = dot_general(x, encoder.outputs[0], {1}, {1}, {2}, {2});        // [batch, target, source]
    Value weights = softmax(scores, -1, mask);
    Value context = dot_general(weights, encoder.outputs[0], {0}, {1}, {2}, {0});  // [batch, target, hidden]
    Value joined = concat({x, transpose(context, {1, 0, 2})}, -1);
    x = tanh(linear(joined, graph.variable("combine/weight"), graph.variable("combine/bias")));
    attention = weights;
  }
  Value logits = linear(x, graph.variable("output/weight"), graph.variable("output/bias"));
  Value real = transpose(sequence_mask(target_lengths, target_in.dim(1)));  // [target, batch]
  Value each = cross_entropy(logits, transpose(target_out));
  SequenceToSequence::Losses losses;
  losses.loss_sum = sum(where(real, each, scalar_like(each, 0)));
  losses.tokens = sum(cast(target_lengths, DType::int64));
  losses.loss = losses.loss_sum / cast(maximum(losses.tokens, scalar_like(losses.tokens, 1)), workload.dtype);
  losses.attention = attention;
  Value norm = minimize(graph, losses.loss, graph.input("learning_rate", workload.dtype, {}), Adam{}, clip);
  SequenceToSequence::declare_outputs(graph, losses);
  graph.output("gradient_norm", norm);
}

}  // namespace gradloom
