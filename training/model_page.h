// The page about one translator or two, during training and after it: how they learnt, how they translate by the length
// of a sentence, what attention looked at, the best and the worst sentences.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "text/corpus.h"
#include "training/config.h"
#include "training/log_curves.h"
#include "training/picture.h"
#include "training/sentence_scores.h"
#include "training/translation.h"

namespace gradloom {

/// One model of the page.
struct PageModel {
  std::string name;
  TrainingConfig config;
  std::int64_t parameters = 0;
  LogCurves curves;
  double loss = 0;                        ///< of the references, mean over their tokens
  std::vector<std::string> translations;  ///< of the page's text; may be empty
};

/// What a corpus is made of.
struct TextStatistics {
  CorpusCounts counts;
  std::int64_t source_vocabulary = 0, target_vocabulary = 0;
  std::vector<std::int64_t> source_lengths, target_lengths;  ///< sentences of 0, 1, 2, ... tokens
};
TextStatistics statistics_of(const EncodedCorpus& corpus, const Languages& languages);

struct ModelPage {
  std::string title;
  std::vector<PageModel> models;  ///< one, or two to compare
  ReferenceText text;
  std::vector<AttentionMap> maps;  ///< of a few sentences
  TextStatistics statistics;
  std::string statistics_of;      ///< `the training corpus`
  std::optional<double> p_value;  ///< of the second's BLEU against the first's
};

/// The file report.html.
std::string model_page(const ModelPage& page);

/// What the model looked at when it made some of these translations: up to six, of sentences of 5 to 14 words. Nothing
/// without attention.
std::vector<AttentionMap> sample_maps(Translator& translator, const ReferenceText& text,
                                      std::span<const std::string> translations);

/// The number of trained numbers.
std::int64_t parameter_count(const Module& module);

}  // namespace gradloom
