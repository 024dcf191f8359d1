// The four scores and the weighted sum.
#include "models/attention.h"

#include <cmath>

#include "base/error.h"

namespace gradloom {

std::string_view name_of(AttentionKind kind) {
  switch (kind) {
    case AttentionKind::none:
      return "none";
    case AttentionKind::dot:
      return "dot";
    case AttentionKind::general:
      return "general";
    case AttentionKind::additive:
      return "additive";
    case AttentionKind::scaled:
      return "scaled";
  }
  return "";
}

AttentionKind attention_named(std::string_view name) {
  std::vector<std::string> names;
  for (AttentionKind kind : {AttentionKind::none, AttentionKind::dot, AttentionKind::general, AttentionKind::additive,
                             AttentionKind::scaled}) {
    if (name_of(kind) == name) return kind;
    names.emplace_back(name_of(kind));
  }
  throw UserError(concat_text("no attention \"", name, "\"; there are ", join(names), did_you_mean(name, names)));
}

Attention::Attention(const Parameters& parameters, AttentionKind kind, std::int64_t state_size, std::int64_t heads)
    : kind_(kind), state_size_(state_size), heads_(heads) {
  require(kind != AttentionKind::none, Fault::usage, "attention: the kind \"none\" is no attention");
  require(heads >= 1 && state_size % heads == 0, Fault::usage, "attention: ", heads, " heads do not divide ",
          state_size, " states");
  if (kind == AttentionKind::general) key_weight_ = parameters.weight("key_weight", state_size, state_size);
  if (kind == AttentionKind::additive) {
    query_weight_ = parameters.weight("query_weight", state_size, state_size);
    key_weight_ = parameters.weight("key_weight", state_size, state_size);
    score_weight_ = parameters.weight("score_weight", 1, state_size);
  }
  if (kind == AttentionKind::scaled) {
    query_weight_ = parameters.weight("query_weight", state_size, state_size);
    key_weight_ = parameters.weight("key_weight", state_size, state_size);
    value_weight_ = parameters.weight("value_weight", state_size, state_size);
    output_weight_ = parameters.weight("output_weight", state_size, state_size);
  }
}

Value Attention::keys(Value encoder_states) const {
  if (kind_ == AttentionKind::dot) return encoder_states;
  Scope scope(encoder_states.graph(), "attention_keys");
  Value key_weight = encoder_states.graph().variable(key_weight_);
  if (kind_ != AttentionKind::scaled) return linear(encoder_states, key_weight);
  // Keys and values side by side: [batch, source_length, 2*state]
  return concat(
      {linear(encoder_states, key_weight), linear(encoder_states, encoder_states.graph().variable(value_weight_))}, -1);
}

Value Attention::scores(Value query, Value keys) const {
  Graph& graph = query.graph();
  if (kind_ == AttentionKind::additive) {
    Value from_query = expand_dims(linear(query, graph.variable(query_weight_)), {1});  // [batch, 1, state]
    Value hidden = tanh(from_query + keys);                                             // [batch, source, state]
    return squeeze(linear(hidden, graph.variable(score_weight_)), {2});
  }
  // [batch, state] . [batch, source, state] -> [batch, source]
  return dot_general(query, keys, {0}, {0}, {1}, {2});
}

Attended Attention::attend_heads(Value query, Value, Value keys, Value mask) const {
  Graph& graph = query.graph();
  Dim batch = keys.dim(0), source = keys.dim(1);
  std::int64_t size = state_size_ / heads_;
  Value projected = linear(query, graph.variable(query_weight_));
  Values halves = split(keys, -1, 2);
  Value q = reshape(projected, {batch, heads_, size});
  Value k = reshape(halves[0], {batch, source, heads_, size});
  Value v = reshape(halves[1], {batch, source, heads_, size});
  // [batch, heads, source]
  Value score = dot_general(q, k, {0, 1}, {0, 2}, {2}, {3}) * (1.0 / std::sqrt(static_cast<double>(size)));
  Value weights = softmax(score, -1, expand_dims(mask, {1}));
  Value mixed = dot_general(weights, v, {0, 1}, {0, 2}, {2}, {1});  // [batch, heads, size]
  Value context = linear(reshape(mixed, {batch, state_size_}), graph.variable(output_weight_));
  return {context, mean(weights, {1})};
}

Attended Attention::operator()(Value query, Value encoder_states, Value keys, Value mask) const {
  Scope scope(query.graph(), "attention");
  if (kind_ == AttentionKind::scaled) return attend_heads(query, encoder_states, keys, mask);
  Value weights = softmax(scores(query, keys), -1, mask);
  // [batch, source] . [batch, source, state] -> [batch, state]
  return {dot_general(weights, encoder_states, {0}, {0}, {1}, {1}), weights};
}

}  // namespace gradloom
