// The function `loss` over batches of nearly equal length, sums in float64, in a fixed order; and greedy
// translations.
#include "training/validation.h"

#include <algorithm>

#include "text/batches.h"
#include "text/bleu.h"
#include "training/averaged_parameters.h"

namespace gradloom {

namespace {
constexpr std::int64_t batch_tokens = 4096;
constexpr std::size_t lines_at_once = 512;
}  // namespace

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

std::optional<Validation> validate(Session& session, const Languages& languages, const TrainingData& data,
                                   const std::function<bool()>& stop) {
  AveragedParameters averaged(session);
  Validation result;
  std::optional<double> loss = validation_loss(session, data.valid.pairs, stop);
  if (!loss) return std::nullopt;
  result.loss = *loss;
  if (data.valid_sources.empty()) return result;
  Translator translator(session, languages);
  for (std::size_t begin = 0; begin < data.valid_sources.size(); begin += lines_at_once) {
    if (stop && stop()) return std::nullopt;
    auto lines = std::span(data.valid_sources).subspan(begin);
    for (const std::vector<TranslatedText>& found :
         translator.translate(lines.first(std::min(lines_at_once, lines.size()))))
      result.translations.push_back(found.empty() ? "" : found[0].text);
  }
  result.bleu = corpus_bleu(result.translations, data.valid_references).score;
  return result;
}

}  // namespace gradloom
