// report.html of the demonstration.
#include <array>
#include <cstdio>

#include "training/demonstration.h"
#include "training/report.h"

namespace gradloom {

namespace {

std::string fixed(double value, int digits) {
  std::array<char, 64> buffer;
  std::snprintf(buffer.data(), buffer.size(), "%.*f", digits, value);
  return buffer.data();
}

void add_table(ReportPage& page, const Demonstration& result) {
  const DemonstrationModel &traditional = result.traditional, &attention = result.attention;
  std::vector<std::vector<std::string>> rows{
      {"parameters", concat_text(traditional.parameters), concat_text(attention.parameters)},
      {"seconds of training", fixed(traditional.seconds, 1), fixed(attention.seconds, 1)},
      {"loss on the test part", fixed(traditional.loss, 3), fixed(attention.loss, 3)},
      {"BLEU on the test part", fixed(traditional.bleu, 1), fixed(attention.bleu, 1)}};
  for (std::size_t i = 0; i < result.lengths.size(); ++i)
    rows.push_back(
        {concat_text("of ", result.lengths[i].name(), " words (", result.lengths[i].sentences, " sentences)"),
         fixed(traditional.bleu_by_length[i], 1), fixed(attention.bleu_by_length[i], 1)});
  page.table(std::vector<std::string>{"", "traditional", "attention"}, rows);
}

void add_maps(ReportPage& page, const Demonstration& result) {
  page.heading("What the attention model looked at");
  page.paragraph(
      "Each row is a French word as the model wrote it, each column an English word; the stronger the colour, the more "
      "weight. Where the translation is that of the phrasebook, the words that correspond are outlined. Point at a "
      "cell "
      "for its number.");
  std::vector<ReportPage::Figure> figures;
  for (std::size_t k = 0; k < result.shown.size(); ++k)
    figures.push_back({attention_svg(result.maps[k]), concat_text(result.phrasebook.test[result.shown[k]].source, " → ",
                                                                  result.attention.translations[result.shown[k]])});
  page.figures(figures);

  auto percent = [](double share) { return fixed(100 * share, 1) + " %"; };
  page.paragraph(
      "How often the largest weight is on the right source word, over the content words of the test part (nouns, "
      "verbs, "
      "adjectives, adverbs), beside what looking along the plain diagonal would score:");
  std::vector<std::vector<std::string>> rows;
  for (auto [name, part] : {std::pair("all content words", &result.accuracy.all),
                            std::pair("those that change places", &result.accuracy.reordered)})
    rows.push_back({name, concat_text(part->words), percent(part->share()), percent(part->diagonal_share())});
  page.table(std::vector<std::string>{"", "words", "attention", "diagonal"}, rows);
}

void add_curves(ReportPage& page, const Demonstration& result) {
  const DemonstrationModel &traditional = result.traditional, &attention = result.attention;
  LineChart loss{"Training loss", "updates", "nats a word", {}};
  loss.curves = {{"traditional", traditional.losses}, {"attention", attention.losses}};
  LineChart bleu{"BLEU while learning", "updates", "BLEU, validation part", {}};
  bleu.curves = {{"traditional", traditional.bleus}, {"attention", attention.bleus}};
  bleu.marks = true;
  LineChart lengths{"BLEU by sentence length", "words of the English sentence", "BLEU, test part", {}};
  lengths.curves = {{"traditional", {}}, {"attention", {}}};
  lengths.marks = true;
  for (std::size_t i = 0; i < result.lengths.size(); ++i) {
    lengths.x_labels.push_back(result.lengths[i].name());
    lengths.curves[0].points.emplace_back(i, traditional.bleu_by_length[i]);
    lengths.curves[1].points.emplace_back(i, attention.bleu_by_length[i]);
  }
  page.heading("Learning, and what length does");
  page.figures(std::vector<ReportPage::Figure>{
      {line_chart_svg(lengths), "One state has to hold the whole sentence: the longer it is, the more is lost."},
      {line_chart_svg(loss), "Of the training batches, each a mean over its real words."},
      {line_chart_svg(bleu), "Greedy translations of sentences that training never saw."}});
}

void add_translations(ReportPage& page, const Demonstration& result) {
  page.heading("Translations");
  for (std::size_t i : result.shown) {
    const Phrase& phrase = result.phrasebook.test[i];
    page.list(std::vector<std::pair<std::string, std::string>>{{"English", phrase.source},
                                                               {"French", phrase.target},
                                                               {"traditional", result.traditional.translations[i]},
                                                               {"attention", result.attention.translations[i]}});
  }
}

}  // namespace

std::string demonstration_page(const Demonstration& result) {
  ReportPage page("Two translators, with and without attention");
  page.paragraph(
      "Both models read an English sentence with a recurrent network and write it in French with another. The "
      "traditional model hands over only the reader's last state; the attention model hands over all of them, and at "
      "each word looks at those it needs.");
  page.paragraph(concat_text("Same sentences, same order, same sizes: ", demonstration_sizes(result.steps), "."));
  add_table(page, result);
  add_maps(page, result);
  add_curves(page, result);
  add_translations(page, result);
  return page.html();
}

}  // namespace gradloom
