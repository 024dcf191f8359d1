// The encoder-decoder as graph code. Start reading at decode: one word of the lesson.
#include "models/sequence_to_sequence.h"

#include "base/error.h"

namespace gradloom {

namespace {

void require_positive(std::string_view what, std::int64_t size) {
  require(size >= 1, Fault::usage, "model: ", what, " is ", size, " but at least 1 is needed");
}

SequenceToSequenceConfig checked(const SequenceToSequenceConfig& config) {
  require_positive("embedding", config.embedding);
  require_positive("hidden", config.hidden);
  require_positive("layers", config.layers);
  require_positive("heads", config.heads);
  require_positive("source_vocabulary", config.source_vocabulary);
  require_positive("target_vocabulary", config.target_vocabulary);
  require(is_float(config.dtype), Fault::usage, "model: dtype is ", name_of(config.dtype),
          " but float32 or float64 is needed");
  require(!config.input_feeding || config.attention != AttentionKind::none, Fault::usage,
          "model: input_feeding feeds the attentional vector but attention is none");
  require(config.tying == Tying::none || config.embedding == config.hidden, Fault::usage, "model: embedding is ",
          config.embedding, " and hidden ", config.hidden, " but tied embeddings need equal sizes");
  require(config.tying != Tying::all || config.source_vocabulary == config.target_vocabulary, Fault::usage,
          "model: one table cannot hold vocabularies of ", config.source_vocabulary, " and ", config.target_vocabulary,
          " words");
  return config;
}

std::string name_of_table(Tying tying, const char* side) {
  return tying == Tying::all ? "embedding" : concat_text(side, "_embedding");
}

// Layers' states {h, c} of every layer as one tensor a kind: [batch, layers, hidden].
Values join_layers(const Values& carries, std::size_t layers, std::size_t kinds) {
  Values joined;
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    Values parts;
    for (std::size_t layer = 0; layer < layers; ++layer) parts.push_back(carries[layer * kinds + kind]);
    joined.push_back(stack(parts, 1));
  }
  return joined;
}

}  // namespace

std::string_view name_of(Tying tying) {
  constexpr std::string_view names[] = {"none", "target", "all"};
  return names[static_cast<std::size_t>(tying)];
}

Tying tying_named(std::string_view name) {
  std::vector<std::string> names;
  for (Tying tying : {Tying::none, Tying::target, Tying::all}) {
    if (name_of(tying) == name) return tying;
    names.emplace_back(name_of(tying));
  }
  throw UserError(concat_text("no tied embeddings \"", name, "\"; there are ", join(names), did_you_mean(name, names)));
}

SequenceToSequence::SequenceToSequence(Module& module, const SequenceToSequenceConfig& config)
    : module_(module),
      config_(checked(config)),
      source_embedding_(Parameters(module, config.dtype) / name_of_table(config.tying, "source"),
                        config.source_vocabulary, config.embedding),
      target_embedding_(config.tying == Tying::all
                            ? source_embedding_
                            : Embedding(Parameters(module, config.dtype) / name_of_table(config.tying, "target"),
                                        config.target_vocabulary, config.embedding)),
      encoder_(Parameters(module, config.dtype) / "encoder", config.cell, config.embedding, config.hidden,
               config.layers, config.bidirectional),
      output_(config.tying == Tying::none
                  ? FeedForward(Parameters(module, config.dtype) / "output", config.hidden, config.target_vocabulary,
                                Activation::none)
                  : FeedForward(Parameters(module, config.dtype) / "output", target_embedding_.table(),
                                config.target_vocabulary, Activation::none)) {
  Parameters parameters(module, config.dtype);
  for (std::int64_t i = 0; i < config.layers; ++i) {
    std::int64_t in = i > 0 ? config.hidden : config.embedding + (config.input_feeding ? config.hidden : 0);
    decoder_.emplace_back(parameters / "decoder" / concat_text("layer_", i), config.cell, in, config.hidden);
  }
  if (config.attention == AttentionKind::none) return;
  attention_.emplace(parameters / "attention", config.attention, config.hidden, config.heads);
  combine_.emplace(parameters / "combine", 2 * config.hidden, config.hidden, Activation::tanh);
}

SequenceToSequence::Encoded SequenceToSequence::encode(Value source, Value source_lengths,
                                                       const Regularization& regularization) const {
  Scope scope(source.graph(), "encoder");
  Value embedded = regularization.embedding(source_embedding_(transpose(source)), 1);  // [source, batch, embedding]
  RecurrentResult result = encoder_(embedded, source_lengths, regularization.layers);
  Encoded encoded;
  for (const Values& layer : result.states) encoded.carries.insert(encoded.carries.end(), layer.begin(), layer.end());
  if (config_.input_feeding)
    encoded.carries.push_back(fill(source.graph(), config_.dtype, {source.dim(0), config_.hidden}, 0));
  if (!has_attention()) return encoded;
  encoded.states = transpose(result.outputs, {1, 0, 2});
  if (attention_->has_keys()) encoded.keys = attention_->keys(encoded.states);
  return encoded;
}

SequenceToSequence::Decoded SequenceToSequence::decode(Value previous, const Values& carries, const Encoded& encoded,
                                                       Value mask, const Regularization& regularization) const {
  Value x = regularization.embedding(target_embedding_(previous), 0);  // [batch, embedding]
  if (config_.input_feeding) x = concatenation({x, carries.back()});
  Decoded next;
  std::size_t kinds = states_per_layer();
  for (std::size_t i = 0; i < decoder_.size(); ++i) {
    Scope scope(x.graph(), concat_text("layer_", i));
    if (i > 0) x = regularization.layers(x, 0);
    auto first = carries.begin() + static_cast<std::ptrdiff_t>(i * kinds);
    Values state = decoder_[i](x, Values(first, first + static_cast<std::ptrdiff_t>(kinds)));
    next.carries.insert(next.carries.end(), state.begin(), state.end());
    x = state[0];
  }
  if (has_attention()) {
    Attended attended = (*attention_)(x, encoded.states, encoded.keys ? encoded.keys : encoded.states, mask);
    next.attention = attended.weights;
    Scope scope(x.graph(), "combine");
    x = (*combine_)(concatenation({x, attended.context}));
    if (config_.input_feeding) next.carries.push_back(x);
  }
  Scope scope(x.graph(), "output");
  next.logits = output_(regularization.output(x, 0));
  return next;
}

SequenceToSequence::Losses SequenceToSequence::declare_losses(Graph& graph,
                                                              const Regularization& regularization) const {
  Value source = graph.input("source", DType::int32, {"batch", "source_length"});
  Value source_lengths = graph.input("source_lengths", DType::int32, {"batch"});
  Value target_in = graph.input("target_in", DType::int32, {"batch", "target_length"});
  Value target_out = graph.input("target_out", DType::int32, {"batch", "target_length"});
  Value target_lengths = graph.input("target_lengths", DType::int32, {"batch"});
  Encoded encoded = encode(source, source_lengths, regularization);
  Losses losses;
  {
    Scope scope(graph, "decoder");
    Value mask = has_attention() ? sequence_mask(source_lengths, source.dim(1)) : Value();
    ScanResult decoded = scan(encoded.carries, {transpose(target_in), transpose(target_out)},
                              [&](const Values& carries, const Values& words) {
                                Decoded step = decode(words[0], carries, encoded, mask, regularization);
                                Values outputs{cross_entropy(step.logits, words[1], regularization.label_smoothing)};
                                if (step.attention) outputs.push_back(step.attention);
                                return Step{step.carries, outputs};
                              },
                              {.lengths = target_lengths});
    losses.loss_sum = sum(decoded.outputs[0]);
    if (has_attention()) losses.attention = transpose(decoded.outputs[1], {1, 0, 2});
  }
  losses.tokens = sum(cast(target_lengths, DType::int64));
  Value at_least_one = maximum(losses.tokens, scalar_like(losses.tokens, 1));
  losses.loss = losses.loss_sum / cast(at_least_one, config_.dtype);
  return losses;
}

void SequenceToSequence::declare_outputs(Graph& graph, const Losses& losses) {
  graph.output("loss", losses.loss);
  graph.output("loss_sum", losses.loss_sum);
  graph.output("tokens", losses.tokens);
  if (losses.attention) graph.output("attention", losses.attention);
}

void SequenceToSequence::declare_loss() const {
  Graph& graph = module_.add_function("loss");
  declare_outputs(graph, declare_losses(graph));
}

void SequenceToSequence::declare_decoding() const {
  std::size_t kinds = states_per_layer(), layers = decoder_.size();
  {
    Graph& graph = module_.add_function("encode");
    Value source = graph.input("source", DType::int32, {"batch", "source_length"});
    Value source_lengths = graph.input("source_lengths", DType::int32, {"batch"});
    Encoded encoded = encode(source, source_lengths, {});
    if (encoded.states) graph.output("encoder_states", encoded.states);
    if (encoded.keys) graph.output("attention_keys", encoded.keys);
    Values joined = join_layers(encoded.carries, layers, kinds);
    graph.output("state", joined[0]);
    if (kinds == 2) graph.output("cell", joined[1]);
    if (config_.input_feeding) graph.output("feed", encoded.carries.back());
  }
  Graph& graph = module_.add_function("decode_step");
  Encoded encoded;
  Value mask;
  if (has_attention()) {
    encoded.states = graph.input("encoder_states", config_.dtype, {"batch", "source_length", config_.hidden});
    if (attention_->has_keys()) {
      std::int64_t width = config_.attention == AttentionKind::scaled ? 2 * config_.hidden : config_.hidden;
      encoded.keys = graph.input("attention_keys", config_.dtype, {"batch", "source_length", width});
    }
    Value source_lengths = graph.input("source_lengths", DType::int32, {"batch"});
    mask = sequence_mask(source_lengths, "source_length");
  }
  Value previous = graph.input("previous", DType::int32, {"batch"});
  auto num_layers = static_cast<std::int64_t>(layers);
  Values stacked{graph.input("state", config_.dtype, {"batch", num_layers, config_.hidden})};
  if (kinds == 2) stacked.push_back(graph.input("cell", config_.dtype, {"batch", num_layers, config_.hidden}));
  Values carries;
  for (std::int64_t layer = 0; layer < num_layers; ++layer)
    for (const Value& all : stacked) carries.push_back(squeeze(slice(all, 1, layer, layer + 1), {1}));
  if (config_.input_feeding) carries.push_back(graph.input("feed", config_.dtype, {"batch", config_.hidden}));
  Decoded next = decode(previous, carries, encoded, mask, {});
  graph.output("log_probabilities", log_softmax(next.logits));
  if (next.attention) graph.output("attention", next.attention);
  Values joined = join_layers(next.carries, layers, kinds);
  graph.output("next_state", joined[0]);
  if (kinds == 2) graph.output("next_cell", joined[1]);
  if (config_.input_feeding) graph.output("next_feed", next.carries.back());
}

}  // namespace gradloom
