// Lines are sorted by length into batches and put back into their order.
#include "training/translation.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace gradloom {

namespace {

// Rows of a batch, the hypotheses of a beam counted: enough that packing the output layer costs little beside using it.
constexpr std::int64_t most_rows = 256;

struct EncodedLine {
  std::int64_t index = 0;
  std::vector<std::string> tokens;
  std::vector<std::int32_t> ids;
};

LoadedModel load_translator(const std::string& folder, int threads) {
  SessionOptions options;
  options.threads = threads;
  return load_model(ModelFiles(folder), options);
}

}  // namespace

Translator::Translator(const std::string& folder, int threads)
    : model_(load_translator(folder, threads)),
      own_languages_(read_languages(read_config(ModelFiles(folder).config()).config, folder, *model_.module)),
      session_(model_.session.get()),
      languages_(&own_languages_),
      decoder_(*session_) {}

std::vector<std::vector<TranslatedText>> Translator::translate(std::span<const std::string> lines,
                                                               const TranslationOptions& options) {
  std::vector<std::vector<TranslatedText>> results(lines.size());
  std::vector<EncodedLine> encoded;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::vector<std::string> tokens = languages_->source_tokenizer->encode(lines[i]);
    auto length = static_cast<std::int64_t>(tokens.size()), index = static_cast<std::int64_t>(i);
    require(length <= options.maximum_length, Fault::input, options.file, options.file.empty() ? "line " : ", line ",
            options.first_line + index, " has ", length, " tokens, more than the ", options.maximum_length,
            " that are translated at once");
    if (tokens.empty()) {
      results[i].emplace_back();
      continue;
    }
    std::vector<std::int32_t> ids = languages_->source_vocabulary.ids(tokens);
    encoded.push_back({index, std::move(tokens), std::move(ids)});
  }
  std::ranges::stable_sort(encoded, {}, [](const EncodedLine& line) { return line.ids.size(); });

  DecodeOptions search;
  search.beam = options.beam;
  search.length_normalisation = options.length_normalisation;
  search.attention = options.attention || options.replace_unknown;
  if (!options.allow_unknown && !options.replace_unknown) search.forbidden.push_back(unknown_id);
  auto rows = static_cast<std::size_t>(std::max<std::int64_t>(1, most_rows / options.beam));
  for (std::size_t begin = 0; begin < encoded.size(); begin += rows) {
    auto batch = std::span(encoded).subspan(begin, std::min(rows, encoded.size() - begin));
    auto count = static_cast<std::int64_t>(batch.size());
    auto width = static_cast<std::int64_t>(batch.back().ids.size());
    Tensor source(DType::int32, {count, width}), lengths(DType::int32, {count});
    auto ids = source.mutable_values<std::int32_t>();
    auto sizes = lengths.mutable_values<std::int32_t>();
    for (std::size_t row = 0; row < batch.size(); ++row) {
      std::ranges::copy(batch[row].ids, ids.begin() + static_cast<std::ptrdiff_t>(row) * width);
      sizes[row] = static_cast<std::int32_t>(batch[row].ids.size());
    }
    std::vector<std::vector<Hypothesis>> found = decoder_.decode(source, lengths, search);
    for (std::size_t row = 0; row < batch.size(); ++row)
      for (const Hypothesis& hypothesis : found[row])
        results[static_cast<std::size_t>(batch[row].index)].push_back(
            text_of(hypothesis, batch[row].tokens, width, options));
  }
  return results;
}

TranslatedText Translator::text_of(const Hypothesis& hypothesis, std::span<const std::string> sources,
                                   std::int64_t columns, const TranslationOptions& options) const {
  TranslatedText result;
  std::vector<std::string> tokens = languages_->target_vocabulary.tokens(hypothesis.tokens);
  result.score = hypothesis.score;
  result.normalised = hypothesis.normalised;
  auto targets = static_cast<std::int64_t>(tokens.size()), real = static_cast<std::int64_t>(sources.size());
  if (!hypothesis.attention.empty()) result.links = strongest_links(hypothesis.attention, targets, columns, real);
  if (options.replace_unknown)
    for (const AlignmentLink& link : result.links)
      if (hypothesis.tokens[static_cast<std::size_t>(link.target)] == unknown_id)
        tokens[static_cast<std::size_t>(link.target)] = sources[static_cast<std::size_t>(link.source)];
  result.text = languages_->target_tokenizer->decode(tokens);
  if (!options.attention || hypothesis.attention.empty()) {
    result.links.clear();
    return result;
  }
  for (const std::string& token : sources) result.attention.sources.push_back(token_surface(token));
  for (const std::string& token : tokens) result.attention.targets.push_back(token_surface(token));
  for (std::int64_t t = 0; t < targets; ++t) {
    auto row = std::span(hypothesis.attention).subspan(static_cast<std::size_t>(t * columns), sources.size());
    result.attention.weights.insert(result.attention.weights.end(), row.begin(), row.end());
  }
  return result;
}

}  // namespace gradloom
