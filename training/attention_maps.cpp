// Runs the function `loss`, which is handed both sides and gives the attention of every step.
#include "training/attention_maps.h"

#include <algorithm>

#include "base/error.h"
#include "text/batches.h"

namespace gradloom {

namespace {

constexpr std::int64_t batch_tokens = 4096;

std::vector<std::string> surfaces(std::span<const std::string> tokens) {
  std::vector<std::string> words;
  for (const std::string& token : tokens) words.push_back(token_surface(token));
  return words;
}

// The rows of one sentence out of [target_length, source_length], without the end token's and without padding.
std::vector<float> trimmed(std::span<const float> weights, std::size_t targets, std::size_t sources,
                           std::size_t columns) {
  std::vector<float> out;
  for (std::size_t t = 0; t < targets; ++t) {
    auto row = weights.subspan(t * columns, sources);
    out.insert(out.end(), row.begin(), row.end());
  }
  return out;
}

}  // namespace

std::vector<AttentionMap> attention_maps(Translator& translator,
                                         std::span<const std::pair<std::string, std::string>> pairs) {
  require(translator.has_attention(), Fault::usage, "attention maps: the model has no attention");
  const Languages& languages = translator.languages();
  std::vector<AttentionMap> maps;
  IdPairs ids;
  for (const auto& [source, target] : pairs) {
    std::vector<std::string> from = languages.source_tokenizer->encode(source);
    std::vector<std::string> to = languages.target_tokenizer->encode(target);
    ids.add(languages.source_vocabulary.ids(from), languages.target_vocabulary.ids(to));
    maps.push_back({surfaces(from), surfaces(to), {}});
  }
  if (maps.empty()) return maps;
  BatchPlan plan = plan_by_length(ids, {.sentences = 0, .tokens = batch_tokens});
  for (std::int64_t i = 0; i < plan.size(); ++i) {
    Batch batch = make_batch(ids, plan.rows(i));
    TensorMap outputs = translator.session().run("loss", {{"source", batch.source},
                                                          {"source_lengths", batch.source_lengths},
                                                          {"target_in", batch.target_in},
                                                          {"target_out", batch.target_out},
                                                          {"target_lengths", batch.target_lengths}});
    const Tensor& attention = outputs.at("attention");  // [batch, target_length, source_length]
    auto columns = static_cast<std::size_t>(attention.shape()[2]);
    auto sentence = static_cast<std::size_t>(attention.shape()[1]) * columns;
    for (std::size_t row = 0; row < batch.pairs.size(); ++row) {
      AttentionMap& map = maps[static_cast<std::size_t>(batch.pairs[row])];
      map.weights = trimmed(attention.values<float>().subspan(row * sentence, sentence), map.targets.size(),
                            map.sources.size(), columns);
    }
  }
  return maps;
}

AlignmentAccuracies alignment_accuracy(std::span<const Phrase> phrases, std::span<const AttentionMap> maps) {
  ensure(phrases.size() == maps.size(), "alignment accuracy: ", phrases.size(), " phrases, ", maps.size(), " maps");
  AlignmentAccuracies result;
  for (std::size_t i = 0; i < phrases.size(); ++i) {
    const Phrase& phrase = phrases[i];
    auto sources = static_cast<std::int64_t>(phrase.source_content.size());
    auto targets = static_cast<std::int64_t>(phrase.target_content.size());
    std::vector<AlignmentLink> found = strongest_links(maps[i].weights, targets, sources, sources);
    std::vector<bool> reordered = reordered_targets(phrase.links, targets);
    for (std::int64_t t = 0; t < targets; ++t) {
      auto place = static_cast<std::size_t>(t);
      auto target = static_cast<std::int32_t>(t);
      bool has_link = std::ranges::find(phrase.links, target, &AlignmentLink::target) != phrase.links.end();
      if (!phrase.target_content[place] || !has_link) continue;
      // The middle of the target word, on the source's scale.
      AlignmentLink straight{static_cast<std::int32_t>((2 * t + 1) * sources / (2 * targets)), target};
      auto is_right = [&](const AlignmentLink& link) {
        return std::ranges::find(phrase.links, link) != phrase.links.end();
      };
      for (AlignmentAccuracy* part : {&result.all, &result.reordered}) {
        if (part == &result.reordered && !reordered[place]) continue;
        part->words += 1;
        part->right += is_right(found[place]) ? 1 : 0;
        part->diagonal += is_right(straight) ? 1 : 0;
      }
    }
  }
  return result;
}

}  // namespace gradloom
