// The comparison for a terminal: a table, translations, an alignment in shades; and as JSON.
#include <algorithm>
#include <array>
#include <cstdio>

#include "serialization/json_writer.h"
#include "training/demonstration.h"
#include "training/markup.h"

namespace gradloom {

namespace {

constexpr std::int64_t name_columns = 26, number_columns = 13;

std::string fixed(double value, int digits) {
  std::array<char, 64> buffer;
  std::snprintf(buffer.data(), buffer.size(), "%.*f", digits, value);
  return buffer.data();
}

std::string spaces(std::int64_t count) {
  return std::string(static_cast<std::size_t>(std::max<std::int64_t>(0, count)), ' ');
}

std::string left(const std::string& text, std::int64_t columns) { return text + spaces(columns - column_count(text)); }
std::string right(const std::string& text, std::int64_t columns) { return spaces(columns - column_count(text)) + text; }

std::string row(const std::string& name, const std::string& traditional, const std::string& attention) {
  return concat_text(left(name, name_columns), right(traditional, number_columns), right(attention, number_columns),
                     "\n");
}

// A cell is two columns wide, so that it is about as wide as high.
std::string shade(float weight) {
  if (weight >= 0.75f) return "██";
  if (weight >= 0.5f) return "▓▓";
  if (weight >= 0.25f) return "▒▒";
  return weight >= 0.1f ? "░░" : "· ";
}

// Source words above, one under the other at their column.
std::string map_text(const AttentionMap& map) {
  std::int64_t width = 0;
  for (const std::string& word : map.targets) width = std::max(width, column_count(word));
  std::string text, lines;
  for (std::size_t i = 0; i < map.sources.size(); ++i) {
    text += concat_text("  ", spaces(width + 1), lines, map.sources[i], "\n");
    lines += "│ ";
  }
  for (std::size_t t = 0; t < map.targets.size(); ++t) {
    text += concat_text("  ", right(map.targets[t], width), " ");
    for (std::size_t i = 0; i < map.sources.size(); ++i) text += shade(map.weights[t * map.sources.size() + i]);
    text += "\n";
  }
  return text;
}

// `chat(cat) noir(black)`: each word with the one it looked at most.
std::string alignment_text(const AttentionMap& map) {
  auto targets = static_cast<std::int64_t>(map.targets.size()), sources = static_cast<std::int64_t>(map.sources.size());
  std::string text;
  for (const AlignmentLink& link : strongest_links(map.weights, targets, sources, sources))
    text += concat_text(text.empty() ? "" : " ", map.targets[static_cast<std::size_t>(link.target)], "(",
                        map.sources[static_cast<std::size_t>(link.source)], ")");
  return text;
}

std::string model_json(const DemonstrationModel& model, const std::string& more) {
  return concat_text("{\"bleu\": ", json_number(model.bleu), ", \"loss\": ", json_number(model.loss),
                     ", \"seconds\": ", json_number(model.seconds), ", \"parameters\": ", model.parameters, more, "}");
}

}  // namespace

std::string demonstration_sizes(std::int64_t steps) {
  TrainingConfig config = demonstration_config();
  PhrasebookOptions book = demonstration_phrasebook();
  return concat_text(config.cell, ", embedding ", config.embedding, ", hidden ", config.hidden,
                     config.bidirectional ? ", bidirectional encoder" : "", "; ",
                     counted(static_cast<std::uint64_t>(steps), "update"), " of ", config.batch,
                     " sentence pairs out of ", book.train, ", learning rate ", config.learning_rate, ", seed ",
                     config.seed);
}

std::string demonstration_text(const Demonstration& result) {
  const DemonstrationModel &traditional = result.traditional, &attention = result.attention;
  std::string text = row("", "traditional", "attention");
  text += row("parameters", concat_text(traditional.parameters), concat_text(attention.parameters));
  text += row("seconds of training", fixed(traditional.seconds, 1), fixed(attention.seconds, 1));
  text += row("loss on the test part", fixed(traditional.loss, 3), fixed(attention.loss, 3));
  text += row("BLEU on the test part", fixed(traditional.bleu, 1), fixed(attention.bleu, 1));
  for (std::size_t i = 0; i < result.lengths.size(); ++i)
    text += row(concat_text("  of ", result.lengths[i].name(), " words"), fixed(traditional.bleu_by_length[i], 1),
                fixed(attention.bleu_by_length[i], 1));

  auto percent = [](double share) { return fixed(100 * share, 1) + " %"; };
  text += "\nThe largest attention weight is on the right source word for\n";
  auto line = [&](const AlignmentAccuracy& part, std::string_view words) {
    text += concat_text("  ", percent(part.share()), " of ", part.words, words,
                        " (the plain diagonal: ", percent(part.diagonal_share()), ")\n");
  };
  line(result.accuracy.all, " content words");
  line(result.accuracy.reordered, " content words that change places");

  for (std::size_t k = 0; k < result.shown.size(); ++k) {
    std::size_t i = result.shown[k];
    const Phrase& phrase = result.phrasebook.test[i];
    text += concat_text("\nEnglish      ", phrase.source, "\nFrench       ", phrase.target, "\ntraditional  ",
                        traditional.translations[i], "\nattention    ", attention.translations[i], "\n");
    text +=
        k == 0 ? "\n" + map_text(result.maps[k]) : concat_text("looked at    ", alignment_text(result.maps[k]), "\n");
  }
  return text;
}

std::string demonstration_json(const Demonstration& result) {
  return concat_text(
      "{\"traditional\": ", model_json(result.traditional, ""), ", \"attention\": ",
      model_json(result.attention, concat_text(", \"alignment_accuracy\": ", json_number(result.accuracy.all.share()))),
      "}");
}

}  // namespace gradloom
