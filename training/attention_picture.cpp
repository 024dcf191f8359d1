// The heat map of one sentence pair.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/error.h"
#include "training/markup.h"
#include "training/picture.h"

namespace gradloom {

namespace {

constexpr std::int64_t most_columns = 24;  // of a word
constexpr double cell = 28;
constexpr double letter = 8.2;  // width of a column of text of 14 px, with room to spare
constexpr double margin = 8;
constexpr double slope = 0.8;  // about the sine and cosine of the source words' angle, 50 degrees

std::string fixed(double value, int digits) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
  return buffer;
}

double widest(const std::vector<std::string>& words) {
  std::int64_t columns = 1;
  for (const std::string& word : words) columns = std::max(columns, std::min(most_columns, column_count(word)));
  return static_cast<double>(columns) * letter;
}

std::string label(const std::string& word, double x, double y, std::string_view attributes) {
  std::string shown = shortened(word, most_columns);
  std::string title = shown == word ? "" : concat_text("<title>", escape_markup(word), "</title>");
  return concat_text("<text x=\"", fixed(x, 1), "\" y=\"", fixed(y, 1), "\"", attributes, ">", title,
                     escape_markup(shown), "</text>\n");
}

}  // namespace

std::string attention_svg(const AttentionMap& map) {
  std::size_t rows = map.targets.size(), columns = map.sources.size();
  require(map.weights.size() == rows * columns, Fault::usage, "attention map: ", map.weights.size(), " weights given, ",
          rows, " target words times ", columns, " source words need ", rows * columns);
  double left = margin + widest(map.targets) + 6, above = margin + slope * widest(map.sources) + 10;
  double width = left + static_cast<double>(columns) * cell, height = above + static_cast<double>(rows) * cell + margin;
  // The last source word leans out to the right.
  double full_width = width + margin + slope * widest(map.sources);

  std::string out =
      concat_text("<svg class=\"map\" xmlns=\"http://www.w3.org/2000/svg\" width=\"", fixed(full_width, 0),
                  "\" height=\"", fixed(height, 0), "\" viewBox=\"0 0 ", fixed(full_width, 0), " ", fixed(height, 0),
                  "\" role=\"img\" aria-label=\"attention: ", escape_markup(join(map.sources, " ")), " / ",
                  escape_markup(join(map.targets, " ")), "\">\n");
  for (std::size_t i = 0; i < columns; ++i) {
    double x = left + (static_cast<double>(i) + 0.5) * cell + 3, y = above - 6;
    out += label(map.sources[i], x, y, concat_text(" transform=\"rotate(-50 ", fixed(x, 1), " ", fixed(y, 1), ")\""));
  }
  for (std::size_t t = 0; t < rows; ++t) {
    double y = above + static_cast<double>(t) * cell;
    out += label(map.targets[t], left - 6, y + cell / 2 + 5, " text-anchor=\"end\"");
    for (std::size_t i = 0; i < columns; ++i) {
      float weight = map.weights[t * columns + i];
      AlignmentLink link{static_cast<std::int32_t>(i), static_cast<std::int32_t>(t)};
      bool is_expected = std::ranges::find(map.expected, link) != map.expected.end();
      double shown = std::isfinite(weight) ? std::clamp(static_cast<double>(weight), 0.0, 1.0) : 0.0;
      // The ground shows where there is next to no weight; the outline lies above both.
      out += concat_text("<g><title>", escape_markup(map.targets[t]), " ← ", escape_markup(map.sources[i]), ": ",
                         fixed(static_cast<double>(weight), 3), is_expected ? ", these correspond" : "", "</title>");
      std::string place =
          concat_text("x=\"", fixed(left + static_cast<double>(i) * cell + 1, 1), "\" y=\"", fixed(y + 1, 1),
                      "\" width=\"", fixed(cell - 2, 1), "\" height=\"", fixed(cell - 2, 1), "\"");
      out += concat_text("<rect class=\"ground\" ", place, "/>");
      if (shown >= 0.005)
        out += concat_text("<rect class=\"weight\" ", place, " fill-opacity=\"", fixed(shown, 2), "\"/>");
      if (is_expected) out += concat_text("<rect class=\"expected\" ", place, "/>");
      out += "</g>\n";
    }
  }
  return out + "</svg>\n";
}

}  // namespace gradloom
