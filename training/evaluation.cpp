// Both files are read twice: as text for BLEU, and as ids for the loss.
#include "training/evaluation.h"

#include <cmath>

#include "text/chrf.h"
#include "training/validation.h"

namespace gradloom {

Evaluation evaluate(Translator& translator, const std::string& source_path, const std::string& reference_path,
                    const TranslationOptions& options, const BleuOptions& bleu) {
  require_rereadable(source_path);
  require_rereadable(reference_path);
  const Languages& languages = translator.languages();
  EncodedCorpus corpus = encode_corpus(source_path, reference_path, languages.source(), languages.target());
  std::vector<std::string> sources, references;
  ParallelReader reader(source_path, reference_path);
  for (std::string source, reference; reader.next(source, reference);) {
    sources.push_back(source);
    references.push_back(reference);
  }
  TranslationOptions translation = options;
  translation.file = source_path;
  Evaluation result;
  for (const std::vector<TranslatedText>& found : translator.translate(sources, translation))
    result.translations.push_back(found.empty() ? "" : found[0].text);
  result.loss = *validation_loss(translator.session(), corpus.pairs);
  result.perplexity = std::exp(result.loss);
  result.bleu = corpus_bleu(result.translations, references, bleu);
  result.chrf = corpus_chrf(result.translations, references);
  return result;
}

}  // namespace gradloom
