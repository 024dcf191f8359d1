// How well a model translates a file: BLEU and chrF of its translations, and the perplexity of the reference.
#pragma once

#include <string>
#include <vector>

#include "text/bleu.h"
#include "training/translation.h"

namespace gradloom {

struct Evaluation {
  BleuScore bleu;
  double chrf = 0;  ///< chrF2
  double loss = 0;  ///< mean over the reference's tokens, end tokens counted
  double perplexity = 0;
  std::vector<std::string> translations;
};

/// A UserError (Fault::input) when the files are missing, empty or of unequal length.
Evaluation evaluate(Translator& translator, const std::string& source_path, const std::string& reference_path,
                    const TranslationOptions& options = {}, const BleuOptions& bleu = {});

}  // namespace gradloom
