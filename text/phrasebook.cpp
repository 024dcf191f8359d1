// Drawing of sentences and their division into training, validation and test, as declared in phrasebook.h.
#include "text/phrasebook.h"

#include <algorithm>
#include <unordered_set>

#include "base/error.h"
#include "text/draws.h"
#include "text/phrasebook_grammar.h"

namespace gradloom {
namespace {

using phrasebook::Sentence;
using phrasebook::Words;

constexpr std::size_t shortest = 2, longest = 20;  // English words, punctuation not counted

bool is_punctuation_word(const phrasebook::Word& word) {
  return std::string_view(",.?!").find(word.text) != std::string_view::npos;
}

std::size_t word_count(const Words& words) {
  return words.size() - static_cast<std::size_t>(std::ranges::count_if(words, is_punctuation_word));
}

std::vector<bool> content_of(const Words& words) {
  std::vector<bool> content;
  for (const auto& word : words) content.push_back(word.content);
  return content;
}

bool share_link(const phrasebook::Word& a, const phrasebook::Word& b) {
  return std::ranges::any_of(a.links, [&](int link) { return link != 0 && std::ranges::count(b.links, link) > 0; });
}

Phrase phrase_of(const Sentence& sentence) {
  Phrase phrase{.source = phrasebook::sentence_text(sentence.english),
                .target = phrasebook::sentence_text(sentence.french),
                .links = {},
                .source_content = content_of(sentence.english),
                .target_content = content_of(sentence.french),
                .described = sentence.described};
  for (std::size_t i = 0; i < sentence.english.size(); ++i)
    for (std::size_t j = 0; j < sentence.french.size(); ++j)
      if (share_link(sentence.english[i], sentence.french[j]))
        phrase.links.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(j)});
  return phrase;
}

// One pair of noun and adjective in eight is kept for the test part; that of the lesson's own sentence is not.
bool is_kept_apart(const std::string& pair, std::uint64_t seed) {
  if (pair == "cat black") return false;
  std::uint64_t hash = seed;
  for (char c : pair) hash = mix_bits(hash ^ static_cast<unsigned char>(c)) + seed;
  return hash % 8 == 0;
}

}  // namespace

Phrasebook make_phrasebook(const PhrasebookOptions& options) {
  for (auto [name, size] :
       {std::pair("training", options.train), {"validation", options.valid}, {"test", options.test}})
    require(size >= 0, Fault::usage, "phrasebook: ", size, " ", name, " sentences given, 0 or more needed");

  Draws draws(options.seed, 0);
  phrasebook::Composer composer(draws);
  std::unordered_set<std::string> sources, targets;
  auto lesson = phrase_of(composer.lesson_sentence());
  sources.insert(lesson.source);
  targets.insert(lesson.target);

  auto wanted_new = static_cast<std::size_t>(options.test / 3);
  auto wanted = static_cast<std::size_t>(options.train + options.valid + options.test);
  wanted -= std::min(wanted, wanted_new + (options.test > 0 ? 1 : 0));
  std::vector<Phrase> known, apart;
  std::int64_t repeated = 0;
  while (known.size() < wanted || apart.size() < wanted_new) {
    auto sentence = composer.sentence(static_cast<double>(draws.below(1000)) / 999);
    if (auto words = word_count(sentence.english); words < shortest || words > longest) continue;
    auto phrase = phrase_of(sentence);
    if (sources.contains(phrase.source) || targets.contains(phrase.target)) {
      require(++repeated < 50 * static_cast<std::int64_t>(wanted) + 100000, Fault::usage, "phrasebook: ", wanted,
              " different sentences asked; the grammar made ", known.size());
      continue;
    }
    sources.insert(phrase.source);
    targets.insert(phrase.target);
    bool keeps_apart =
        std::ranges::any_of(phrase.described, [&](auto& pair) { return is_kept_apart(pair, options.seed); });
    auto& part = keeps_apart ? apart : known;
    if (part.size() < (keeps_apart ? wanted_new : wanted)) part.push_back(std::move(phrase));
  }

  // The later a sentence was found, the longer it tends to be: the short ones are used up first.
  draws.shuffle(std::span(known));
  Phrasebook book;
  auto take = [&known](std::vector<Phrase>& part, std::int64_t count) {
    for (; count > 0; --count) {
      part.push_back(std::move(known.back()));
      known.pop_back();
    }
  };
  take(book.train, options.train);
  take(book.valid, options.valid);
  book.test = std::move(known);
  std::ranges::move(apart, std::back_inserter(book.test));
  draws.shuffle(std::span(book.test));
  if (options.test > 0) book.test.insert(book.test.begin(), std::move(lesson));
  return book;
}

}  // namespace gradloom
