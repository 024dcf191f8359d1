// The model's losses with dropout and smoothing, Adam behind them, and the functions without either.
#include "training/translator.h"

#include "training/optimizer.h"

namespace gradloom {

void declare_translator(Module& module, const TrainingConfig& config, std::int64_t source_vocabulary,
                        std::int64_t target_vocabulary) {
  SequenceToSequence model(module, translator_config(config, source_vocabulary, target_vocabulary));
  model.declare_loss();
  declare_counters(module);
  Graph& graph = module.add_function("train_step");
  Regularization regularization;
  regularization.label_smoothing = config.label_smoothing;
  if (config.dropout > 0)
    regularization.dropout = {config.dropout, {graph.variable(key_variable), graph.variable(step_variable)}};
  auto losses = model.declare_losses(graph, regularization);
  Value rate = graph.input("learning_rate", model.config().dtype, {});
  Value norm = minimize(graph, losses.loss, rate, Adam{}, config.clip);
  SequenceToSequence::declare_outputs(graph, losses);
  graph.output("gradient_norm", norm);
  model.declare_decoding();
}

}  // namespace gradloom
