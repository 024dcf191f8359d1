// The function `loss` over batches of nearly equal length; sums in float64, in a fixed order.
#include "training/validation.h"

#include "text/batches.h"

namespace gradloom {

namespace {
constexpr std::int64_t batch_tokens = 4096;
}

std::optional<double> validation_loss(Session& session, const IdPairs& pairs, const std::function<bool()>& stop) {
  BatchPlan plan = plan_by_length(pairs, {.sentences = 0, .tokens = batch_tokens});
  double sum = 0;
  std::int64_t tokens = 0;
  for (std::int64_t i = 0; i < plan.size(); ++i) {
    if (stop && stop()) return std::nullopt;
    Batch batch = make_batch(pairs, plan.rows(i));
    TensorMap outputs = session.run("loss", {{"source", batch.source},
                                             {"source_lengths", batch.source_lengths},
                                             {"target_in", batch.target_in},
                                             {"target_out", batch.target_out},
                                             {"target_lengths", batch.target_lengths}});
    sum += outputs.at("loss_sum").item();
    tokens += batch.target_tokens;
  }
  return sum / static_cast<double>(tokens);
}

}  // namespace gradloom
