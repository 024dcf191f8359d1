// The model's losses with dropout and smoothing, an optimizer behind them, and the functions without either.
#include "training/translator.h"

#include "training/optimizer.h"

namespace gradloom {

namespace {

// Random draws differ from batch to batch, also where several batches make one update.
constexpr const char* batch_counter = "batches";

class TrainingFunctions {
 public:
  TrainingFunctions(const SequenceToSequence& model, const TrainingConfig& config) : model_(model), config_(config) {}

  // Adds the gradients of a batch to those before it.
  void declare_accumulation() const {
    Graph& graph = model_.module().add_function("accumulate_step");
    auto losses = declare_losses(graph);
    accumulate(graph, losses.loss_sum, losses.tokens);
    SequenceToSequence::declare_outputs(graph, losses);
  }

  void declare_step() const {
    Graph& graph = model_.module().add_function("train_step");
    auto losses = declare_losses(graph);
    Value rate = graph.input("learning_rate", model_.config().dtype, {});
    Value norm = accumulates()
                     ? minimize_accumulated(graph, losses.loss_sum, losses.tokens, rate, optimizer(), config_.clip)
                     : minimize(graph, losses.loss, rate, optimizer(), config_.clip);
    if (config_.averaging > 0) average_parameters(graph, config_.averaging);
    SequenceToSequence::declare_outputs(graph, losses);
    graph.output("gradient_norm", norm);
  }

  bool accumulates() const { return config_.accumulate > 1; }

 private:
  SequenceToSequence::Losses declare_losses(Graph& graph) const {
    Regularization regularization;
    regularization.label_smoothing = config_.label_smoothing;
    const char* counter = accumulates() ? batch_counter : step_variable;
    auto dropout = [&](double share) {
      double rate = share < 0 ? config_.dropout : share;
      return rate > 0 ? Dropout{rate, {graph.variable(key_variable), graph.variable(counter)}} : Dropout{};
    };
    regularization.embedding = dropout(config_.dropout_embedding);
    regularization.layers = dropout(config_.dropout_layers);
    regularization.output = dropout(config_.dropout_output);
    if (accumulates()) graph.update(batch_counter, graph.variable(batch_counter) + 1);
    return model_.declare_losses(graph, regularization);
  }

  Optimizer optimizer() const {
    if (config_.optimizer == "sgd") return GradientDescent{config_.momentum};
    return Adam{.weight_decay = config_.weight_decay};
  }

  const SequenceToSequence& model_;
  const TrainingConfig& config_;
};

}  // namespace

void declare_translator(Module& module, const TrainingConfig& config, std::int64_t source_vocabulary,
                        std::int64_t target_vocabulary) {
  SequenceToSequence model(module, translator_config(config, source_vocabulary, target_vocabulary));
  TrainingFunctions training(model, config);
  model.declare_loss();
  declare_counters(module);
  if (training.accumulates()) {
    Variable counter;
    counter.name = batch_counter;
    counter.dtype = DType::int64;
    counter.role = Role::counter;
    module.add_variable(std::move(counter));
    training.declare_accumulation();
  }
  training.declare_step();
  model.declare_decoding();
}

}  // namespace gradloom
