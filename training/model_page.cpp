// Section by section, each left out when there is nothing to show.
#include "training/model_page.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "base/error.h"
#include "text/chrf.h"
#include "training/attention_maps.h"
#include "training/report.h"

namespace gradloom {

namespace {

constexpr std::size_t sentences_shown = 8;

std::string fixed(double value, int digits) {
  std::array<char, 64> buffer;
  std::snprintf(buffer.data(), buffer.size(), "%.*f", digits, value);
  return buffer.data();
}

std::string sizes(const TrainingConfig& config) {
  return concat_text(config.bidirectional ? "bidirectional " : "", config.cell, ", ", config.layers,
                     config.layers == 1 ? " layer" : " layers", ", embedding ", config.embedding, ", hidden ",
                     config.hidden, ", attention ", config.attention, ", tokenizer ", config.tokenizer);
}

bool is_translated(const ModelPage& page) {
  return std::ranges::any_of(page.models, [](const PageModel& model) { return !model.translations.empty(); });
}

void add_summary(ReportPage& out, const ModelPage& page) {
  std::vector<std::string> head{""};
  std::vector<std::vector<std::string>> rows{{"parameters"}, {"updates"}, {"perplexity"}};
  if (is_translated(page)) rows.insert(rows.end(), {{"BLEU"}, {"chrF2"}});
  for (const PageModel& model : page.models) {
    head.push_back(model.name);
    rows[0].push_back(concat_text(model.parameters));
    rows[1].push_back(model.curves.loss.empty() ? "0" : fixed(model.curves.loss.back().first, 0));
    rows[2].push_back(model.loss > 0 ? fixed(std::exp(model.loss), 2) : "");
    if (!is_translated(page)) continue;
    rows[3].push_back(fixed(corpus_bleu(model.translations, page.text.references).score, 2));
    rows[4].push_back(fixed(corpus_chrf(model.translations, page.text.references), 2));
  }
  for (const PageModel& model : page.models) out.paragraph(concat_text(model.name, ": ", sizes(model.config), "."));
  out.table(head, rows);
  if (page.p_value)
    out.paragraph(concat_text("Paired bootstrap: two equal systems would differ as much in ",
                              fixed(100 * *page.p_value, 1), " % of the cases (p = ", fixed(*page.p_value, 4), ")."));
}

// A curve of every model that has one; the model's name only where there are two.
void add_curves_of(const ModelPage& page, LineChart& chart, const char* name,
                   LogCurves::Points (*points)(const LogCurves&)) {
  for (const PageModel& model : page.models) {
    LogCurves::Points found = points(model.curves);
    if (!found.empty()) chart.curves.push_back({page.models.size() == 1 ? name : model.name + ", " + name, found});
  }
}

void add_curves(ReportPage& out, const ModelPage& page) {
  std::vector<ReportPage::Figure> figures;
  auto add = [&](const LineChart& chart, const char* caption) {
    if (!chart.curves.empty()) figures.push_back({line_chart_svg(chart), caption});
  };
  LineChart loss{"Loss", "updates", "nats a token", {}}, perplexity{"Perplexity", "updates", "validation", {}},
      bleu{"BLEU", "updates", "validation", {}}, rate{"Learning rate", "updates", "", {}},
      norm{"Norm of the gradients", "updates", "before clipping", {}};
  add_curves_of(page, loss, "training", [](const LogCurves& curves) { return curves.loss; });
  add_curves_of(page, loss, "validation", [](const LogCurves& curves) { return curves.validation_loss; });
  add_curves_of(page, perplexity, "validation", [](const LogCurves& c) { return perplexities(c.validation_loss); });
  add_curves_of(page, bleu, "validation", [](const LogCurves& curves) { return curves.bleu; });
  add_curves_of(page, rate, "learning rate", [](const LogCurves& curves) { return curves.learning_rate; });
  add_curves_of(page, norm, "mean", [](const LogCurves& curves) { return curves.gradient_norm; });
  perplexity.marks = bleu.marks = true;
  add(loss, "With dropout in training, without in validation.");
  add(perplexity, "Among how many words the model hesitates at each.");
  add(bleu, "Greedy translations of validation sentences.");
  add(rate, "What the schedule made of it.");
  add(norm, "Means over the updates between two points.");
  if (figures.empty()) return;
  out.heading("Learning");
  out.figures(figures);
}

void add_lengths(ReportPage& out, const ModelPage& page) {
  if (!is_translated(page)) return;
  std::vector<LengthRange> ranges = length_ranges(page.text);
  LineChart chart{"BLEU by sentence length", "words of the source", "BLEU", {}};
  chart.marks = true;
  std::vector<std::string> head{"words", "sentences"};
  std::vector<std::vector<std::string>> rows;
  for (const LengthRange& range : ranges) {
    chart.x_labels.push_back(range.name());
    rows.push_back({range.name(), concat_text(range.sentences.size())});
  }
  for (const PageModel& model : page.models) {
    head.push_back(model.name);
    Curve curve{model.name, {}};
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      double score = bleu_of_range(page.text, model.translations, ranges[i]);
      curve.points.emplace_back(static_cast<double>(i), score);
      rows[i].push_back(fixed(score, 2));
    }
    chart.curves.push_back(std::move(curve));
  }
  out.heading("What length does");
  out.figures(std::vector<ReportPage::Figure>{
      {line_chart_svg(chart),
       "Without attention one state has to hold the whole sentence; with it, length costs less."}});
  out.table(head, rows);
}

void add_maps(ReportPage& out, const ModelPage& page) {
  if (page.maps.empty()) return;
  out.heading("What attention looked at");
  out.paragraph(
      "Each row is a word as the model wrote it, each column a word of the source; the stronger the colour, the more "
      "weight. Point at a cell for its number.");
  std::vector<ReportPage::Figure> figures;
  for (const AttentionMap& map : page.maps) figures.push_back({attention_svg(map), ""});
  out.figures(figures);
}

void add_sentences(ReportPage& out, const ModelPage& page) {
  if (!is_translated(page)) return;
  std::vector<ScoredSentence> ranked = ranked_sentences(page.text, page.models[0].translations);
  auto show = [&](const ScoredSentence& scored) {
    std::vector<std::pair<std::string, std::string>> entries{
        {concat_text("source of sentence ", scored.index + 1), page.text.sources[scored.index]},
        {"reference", page.text.references[scored.index]}};
    for (const PageModel& model : page.models)
      entries.emplace_back(
          concat_text(model.name, ", BLEU ",
                      fixed(sentence_bleu(model.translations[scored.index], page.text.references[scored.index]), 1)),
          model.translations[scored.index]);
    out.list(entries);
  };
  std::size_t count = std::min(sentences_shown, ranked.size());
  out.heading("Best sentences");
  for (std::size_t i = 0; i < count; ++i) show(ranked[i]);
  out.heading("Worst sentences");
  for (std::size_t i = 0; i < std::min(count, ranked.size() - count); ++i) show(ranked[ranked.size() - 1 - i]);
}

void add_statistics(ReportPage& out, const ModelPage& page) {
  const TextStatistics& statistics = page.statistics;
  if (statistics.counts.lines == 0) return;
  const CorpusCounts& counts = statistics.counts;
  auto share = [](std::int64_t part, std::int64_t whole) {
    return whole == 0 ? "" : fixed(100 * static_cast<double>(part) / static_cast<double>(whole), 2) + " %";
  };
  auto mean = [&](std::int64_t tokens) {
    return counts.kept == 0 ? "" : fixed(static_cast<double>(tokens) / static_cast<double>(counts.kept), 2);
  };
  out.heading(concat_text("What ", page.statistics_of, " is made of"));
  out.table(std::vector<std::string>{"", "source", "target"},
            std::vector<std::vector<std::string>>{
                {"sentence pairs", concat_text(counts.kept), concat_text(counts.kept)},
                {"skipped: empty or too long", concat_text(counts.empty + counts.too_long),
                 concat_text(counts.empty + counts.too_long)},
                {"tokens", concat_text(counts.source_tokens), concat_text(counts.target_tokens)},
                {"tokens a sentence", mean(counts.source_tokens), mean(counts.target_tokens)},
                {"vocabulary", concat_text(statistics.source_vocabulary), concat_text(statistics.target_vocabulary)},
                {"unknown tokens", share(counts.source_unknown, counts.source_tokens),
                 share(counts.target_unknown, counts.target_tokens)}});
  LineChart chart{"Length of sentences", "tokens", "% of the sentences", {}};
  for (auto [name, lengths] :
       {std::pair("source", &statistics.source_lengths), std::pair("target", &statistics.target_lengths)}) {
    Curve curve{name, {}};
    for (std::size_t length = 0; length < lengths->size(); ++length)
      curve.points.emplace_back(
          static_cast<double>(length),
          100 * static_cast<double>((*lengths)[length]) / static_cast<double>(std::max<std::int64_t>(counts.kept, 1)));
    chart.curves.push_back(std::move(curve));
  }
  out.figures(
      std::vector<ReportPage::Figure>{{line_chart_svg(chart), "Lengths of both sides, end tokens not counted."}});
}

}  // namespace

TextStatistics statistics_of(const EncodedCorpus& corpus, const Languages& languages) {
  TextStatistics statistics;
  statistics.counts = corpus.counts;
  statistics.source_vocabulary = languages.source_vocabulary.size();
  statistics.target_vocabulary = languages.target_vocabulary.size();
  auto count = [](std::vector<std::int64_t>& lengths, std::int64_t length) {
    auto place = static_cast<std::size_t>(length);
    if (lengths.size() <= place) lengths.resize(place + 1);
    lengths[place] += 1;
  };
  for (std::int64_t pair = 0; pair < corpus.pairs.size(); ++pair) {
    count(statistics.source_lengths, corpus.pairs.source_length(pair));
    count(statistics.target_lengths, corpus.pairs.target_length(pair));
  }
  return statistics;
}

std::vector<AttentionMap> sample_maps(Translator& translator, const ReferenceText& text,
                                      std::span<const std::string> translations) {
  constexpr std::size_t wanted = 6;
  constexpr std::int64_t shortest = 5, longest = 14;
  if (!translator.has_attention()) return {};
  std::vector<std::pair<std::string, std::string>> pairs;
  for (std::size_t i = 0; i < translations.size() && pairs.size() < wanted; ++i) {
    std::int64_t words = word_count(text.sources[i]);
    // A test file has a line for each of several references.
    bool is_shown = std::ranges::any_of(pairs, [&](const auto& pair) { return pair.first == text.sources[i]; });
    if (!is_shown && words >= shortest && words <= longest && word_count(translations[i]) > 0 &&
        word_count(translations[i]) <= 2 * longest)
      pairs.emplace_back(text.sources[i], translations[i]);
  }
  return attention_maps(translator, pairs);
}

std::int64_t parameter_count(const Module& module) {
  std::int64_t count = 0;
  for (const Variable& variable : module.variables())
    if (variable.role == Role::parameter) count += element_count(variable.shape);
  return count;
}

std::string model_page(const ModelPage& page) {
  require(!page.models.empty(), Fault::usage, "report: no model given, at least 1 is needed");
  ReportPage out(page.title);
  add_summary(out, page);
  add_curves(out, page);
  add_lengths(out, page);
  add_maps(out, page);
  add_sentences(out, page);
  add_statistics(out, page);
  return out.html();
}

}  // namespace gradloom
