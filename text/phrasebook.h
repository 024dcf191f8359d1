// The built-in phrasebook: English sentences and their French translations, made by a small grammar that knows which
// words correspond. It lets a demonstration train, and check what attention looked at, without any download.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "text/alignment.h"

namespace gradloom {

/// A sentence pair. Tokens are those of WordTokenizer.
struct Phrase {
  std::string source, target;
  std::vector<AlignmentLink> links;                  ///< sorted; a token may have none or several
  std::vector<bool> source_content, target_content;  ///< token by token: nouns, verbs, adjectives, adverbs
  std::vector<std::string> described;                ///< each `noun adjective` of the English side: "cat black"
};

struct PhrasebookOptions {
  std::int64_t train = 8000, valid = 500, test = 1000;  ///< sentence pairs
  std::uint64_t seed = 1;
};

/// No English and no French sentence stands twice, in the same part or in two. The first sentence of the test part is
/// "The black cat ate the mouse."; a third of that part describes a noun by an adjective that never describes it in the
/// other parts.
struct Phrasebook {
  std::vector<Phrase> train, valid, test;
};

/// The same options give the same phrasebook on every machine. Sizes below 0, or above what the grammar can make, are a
/// UserError.
Phrasebook make_phrasebook(const PhrasebookOptions& options = {});

}  // namespace gradloom
